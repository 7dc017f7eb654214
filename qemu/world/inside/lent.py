"""What the world has on its own USB, handed out to whoever connects (usbredirect(1)): that is QEMU, with the gateway in
it. Run in the VM."""

from __future__ import annotations

import time
from pathlib import Path

from gateway_init.base import process
from qemu.world.description import Description, Line
from qemu.world.inside import gadget

SOURCES = Path("/run/world/src")
WORLD = Path("/run/world/world.json")
LOOK = 0.3
"""Seconds between two looks at whether something is there."""
CONTROLLERS = 8
"""As many as a site can have lines."""
DEVICES = Path("/sys/bus/usb/devices")
HANDED = Path("/run/world/handed")
"""A file for each line: which of those that lent it somebody was sent to last."""
GROUPS = Path("/sys/fs/cgroup/system.slice")
"""A folder for each of systemd's units that runs."""


def ready() -> None:
    """Have the kernel take gadgets, and sockets for them, one for each line."""
    process.run(["modprobe", "dummy_hcd", f"num={CONTROLLERS}"])
    gadget.ready()


def controller(line: Line) -> str:
    """The socket of a line's, as Gadget.plug takes it."""
    return f"dummy_udc.{line.number}"


def start(unit: str, module: str, *words: str) -> list[str]:
    """The command that has a module of the world's run on as a unit."""
    place = f"--property=WorkingDirectory={SOURCES}"
    return ["systemd-run", "--quiet", "--collect", f"--unit={unit}", place, "python3", "-m", module, *words]


def lend(world: Description, line: Line, number: str) -> Path:
    """Hand a line's gadget out by its VENDOR:PRODUCT as soon as it is there; the folder of that which does so is there
    until whoever had it has pulled it out."""
    while number not in _seen():
        time.sleep(LOOK)
    where = f"{world.operator_address.partition('/')[0]}:{line.redirected}"
    unit = f"{_unit(line)}.service"
    words = ["ip", "netns", "exec", "lan", "usbredirect", "--device", number, "--as", where]
    process.run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", *words])
    return GROUPS / unit


def new(line: Line) -> str:
    """A command for the host `lan` that succeeds once for each that lends a line's: as soon as it can be had. The one
    before may still be there for a moment when all was pulled out, and whoever is sent to him gets nothing."""
    note, unit = HANDED / line.name, _unit(line)
    return (
        f'now=$(systemctl show --value -p InvocationID {unit}) && [ "$now" ] && '
        f'[ "$now" != "$(cat {note} 2>/dev/null)" ] && ss -Hltn sport = :{line.redirected} | grep -q . && '
        f"mkdir -p {HANDED} && echo $now >{note}"
    )


def _unit(line: Line) -> str:
    return f"lent-{line.name}"


def lend_until_pulled(world: Description, line: Line, number: str) -> None:
    """The same, and wait until then."""
    handed = lend(world, line, number)
    while handed.is_dir():
        time.sleep(LOOK)


def _seen() -> set[str]:
    """What is plugged in, by its number."""
    found = DEVICES.glob("*/idVendor")
    return {f"{file.read_text().strip()}:{(file.parent / 'idProduct').read_text().strip()}" for file in found}
