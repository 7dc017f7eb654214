"""How many boots of the image end in a kernel that gives up: two machines side by side, again and again.

QEMU 7.2 with a thread for each processor loses a race against the kernel's patching of its own text ("Oops: int3")
about once in fifteen boots; with the suite's own QEMU and one thread, none may be seen in BRAID_BOOTS of them, 200 if
that is not set.
`invoke bench boots`.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.table import Figure, render
from image.work import step
from qemu.drive.gateway import BOOT_LIMIT, Gateway
from qemu.machine.rundir import run_folder
from qemu.wire.console import PANIC, Panic, Silent

COUNT = int(os.environ.get("BRAID_BOOTS", "200"))
SIDE_BY_SIDE = 2
TOLD = 10
"""Boots from one word of how far it is to the next."""
SAID = "braid: waiting"
"""The daemon's first line, there being no world: all that the kernel patches at boot is patched by then."""


class Boot(Struct, frozen=True):
    """One boot."""

    fault: str
    """What the kernel, or the wait for it, said; empty where all was well."""


def run(image: Path, logs: Path, *, as_json: bool) -> None:
    """Boot, count and print. Raises SystemExit(1) where one ended in a fault; its log stays."""
    title = f"Booting {COUNT} times, {SIDE_BY_SIDE} machines side by side"
    boots: list[Boot] = []
    with step.step(title), ThreadPoolExecutor(SIDE_BY_SIDE) as machines:
        for each in machines.map(lambda number: boot(image, logs / f"boot-{number}.log"), range(COUNT)):
            boots.append(each)
            if each.fault or len(boots) % TOLD == 0:
                step.say(f"{len(boots)} of {COUNT}, {sum(bool(each.fault) for each in boots)} ended in a fault")
    faults = [each.fault for each in boots if each.fault]
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(boots), indent=2).decode())
    else:
        print(render(f"{COUNT} boots", [Figure("ended in a fault", len(faults), "", 0)], faults))
    if faults:
        raise SystemExit(1)


def boot(image: Path, log: Path) -> Boot:
    """Start a machine without a world until its daemon speaks, and pull the plug."""
    fault = ""
    with run_folder() as folder:
        gateway = Gateway(folder, image, log)
        try:
            gateway.power_on()
            gateway.wait_for_line(SAID, 2 * BOOT_LIMIT)
        except (Panic, Silent) as error:
            fault = str(error).splitlines()[0]
        finally:
            gateway.close()
    seen = PANIC.search(log.read_text(encoding="utf-8", errors="replace"))
    if seen or fault:
        return Boot(f"{seen.group() if seen else fault}; {log.name}")
    log.unlink()
    return Boot("")
