"""A home full of devices, for as long as it takes 20,000 connections (BRAID_SOAK) to come and go: `invoke bench soak`.

50 devices open 30 connections a second, each for a small page; 2,000 are open at once. One line, 8 Mbit/s down and
1 Mbit/s up, with the queue of a real modem. An emulated box opens some ten a second, so all of it goes on in slow
motion: so many times as seldom, over a line that is as many times slower; what is told is divided by that again.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.table import Figure, render
from gateway_init.config.site import Site
from gateway_init.wellknown import unit
from image.work import step
from qemu.drive.rate import tell
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import CheckFailed, Shell
from qemu.machine.accel import slowness
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import DOWN_KBIT, UP_KBIT
from qemu.world.uplink import REAL_QUEUE

COUNT = int(os.environ.get("BRAID_SOAK", "20000"))
DEVICES = 50
NEW = 30.0
"""Connections a second."""
OPEN = 2000
"""At once."""
MOTION = 3.0
"""Times slower than the reference machine's second."""
PAGE = 10_000
"""Bytes."""
PATIENCE = 30.0
"""Seconds until a person gives up."""
DEVICES_COMMAND = "cd /run/world/src && RES_OPTIONS='timeout:30 attempts:2' exec python3 -m qemu.world.inside.devices"
"""Who asks for a name waits as long in slow motion as he does otherwise (resolv.conf(5): twice 5 s)."""

FAILED = 0.1
"""Per cent of the pages, at most."""
NAMES = 300.0
"""Milliseconds until a name is known that nobody asked for before, at most: of 95 in 100."""
SPARE = 16
"""Descriptors that may be left over."""
LOOK = 20.0
"""Seconds between two looks at the box's memory."""
OVER = 300.0
"""Seconds on the reference machine after which nothing of a connection that was closed is left."""


class Held(Struct, frozen=True):
    """What a program of the box's has."""

    descriptors: int
    memory: float
    """MB (VmRSS in proc(5))."""
    closing: int
    """Connections that the other end has closed, and this one not."""


class Result(Struct, frozen=True):
    """What is printed with --json. Times in milliseconds, as they would be without slow motion."""

    motion: float
    """How many times slower all went on."""
    failed: dict[str, int]
    ended: int
    """Connections that were ended while they were quiet."""
    most: int
    """Open at once."""
    page: float
    """The median."""
    page_late: float
    """Of 95 in 100 the longest."""
    name: float
    name_late: float
    memory: float
    """MB of the box's that it took, at the most."""
    before: dict[str, Held]
    """By unit."""
    after: dict[str, Held]


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises SystemExit(1) where a figure misses its limit."""
    with Saved(image, site, secrets, logs).restored(logs, "soak") as rig:
        result = measure(rig)
    figures = judged(result)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(result), indent=2).decode())
    else:
        title = f"{COUNT} connections of {DEVICES} devices, in motion {result.motion:.1f} times slower"
        print(render(title, figures))
    if not all(figure.kept for figure in figures):
        raise SystemExit(1)


def judged(result: Result) -> list[Figure]:
    figures = [
        Figure("pages that failed", 100 * sum(result.failed.values()) / COUNT, "%", FAILED),
        *(Figure(f"... by {what}", count, "") for what, count in result.failed.items()),
        Figure("connections that ended by themselves", result.ended, "", 0),
        Figure("open at once", result.most, ""),
        Figure("memory of the box's that they took", result.memory, "MB"),
        Figure("a page, the median", result.page, "ms"),
        Figure("a page, of 95 in 100", result.page_late, "ms"),
        Figure("a fresh name, the median", result.name, "ms"),
        Figure("a fresh name, of 95 in 100", result.name_late, "ms", NAMES),
    ]
    for name, held in result.after.items():
        before = result.before[name]
        figures += [
            Figure(f"{name}: descriptors", held.descriptors, "", before.descriptors + SPARE),
            Figure(f"{name}: left unclosed", held.closing, "", before.closing),
            Figure(f"{name}: memory", held.memory, "MB"),
        ]
    return figures


def measure(rig: Rehearsal) -> Result:
    pace, lan, gateway = MOTION * slowness(), rig.world.host("lan"), rig.gateway
    (name,) = {rig.site.paths[path].uplink for path in rig.site.paths if path not in rig.to_come}
    down, up = round(DOWN_KBIT / pace), round(UP_KBIT / pace)
    rig.world.uplink(name).shape(down_kbit=down, up_kbit=up, queue=REAL_QUEUE)
    tell(gateway, [name], f"up: {up}, down: {down}, over: ethernet")
    wait_until_all_up(gateway, but=rig.to_come)
    units = unit.carrying(rig.site.main)
    before = {each: _held(gateway, each) for each in units}
    web, each, held = rig.world.description.web, pace / NEW, pace * OPEN / NEW
    words = [",".join(addresses(rig.site)), web.pages, PAGE, COUNT, each, held, pace * PATIENCE]
    free = _free(gateway)
    least = free
    with step.step(f"{COUNT} connections"):
        lasts = pace * ((COUNT + OPEN) / NEW + 2 * PATIENCE)
        going = lan.start(f"{DEVICES_COMMAND} {' '.join(map(str, words))}")
        for _ in range(int(lasts / LOOK)):
            rig.world.host("isp").succeed(f"sleep {LOOK}")
            least = min(least, _free(gateway))
        told = going.wait(2 * lasts)
    seen = json.loads(told.splitlines()[-1])
    if len(seen["pages"]) + sum(seen["failed"].values()) != COUNT:
        raise AssertionError(f"of {COUNT} connections some ended otherwise:\n{told}")
    with step.step("Waiting until nothing of them is left"):
        done = {each: before[each].descriptors + SPARE for each in units}
        # Where something is left after that, the figures tell.
        with suppress(CheckFailed):
            gateway.wait_until(
                "; ".join(f"ls /proc/{_main(each)}/fd | wc -l" for each in units),
                lambda text: all(int(a) <= b for a, b in zip(text.split(), done.values(), strict=True)),
                OVER,
            )
    page, names = sorted(seen["pages"]), sorted(seen["names"])
    return Result(
        motion=round(pace, 2),
        failed=seen["failed"],
        ended=seen["ended"],
        most=seen["most"],
        page=_part(page, 0.5) / pace,
        page_late=_part(page, 0.95) / pace,
        name=_part(names, 0.5) / pace,
        name_late=_part(names, 0.95) / pace,
        memory=free - least,
        before=before,
        after={each: _held(gateway, each) for each in units},
    )


def addresses(site: Site) -> list[str]:
    """The devices': of the LAN's those of nobody, from its end. Fewer than DEVICES where it has no more."""
    dhcp, own = site.lan.dhcp, {site.lan.address.ip, *(host.address for host in site.lan.hosts.values())}
    free = (
        each
        for each in reversed(list(site.lan.address.network.hosts()))
        if each not in own and not dhcp.first <= each <= dhcp.last
    )
    return [str(each) for each in islice(free, DEVICES)]


def _free(gateway: Shell) -> float:
    """MB that may still be taken (proc_meminfo(5))."""
    return int(gateway.succeed("grep MemAvailable /proc/meminfo").split()[1]) / 1000


def _part(seconds: list[float], part: float) -> float:
    """Milliseconds that so great a part of them took at the most."""
    return 1000 * seconds[min(len(seconds) - 1, int(part * len(seconds)))] if seconds else float("inf")


def _main(name: str) -> str:
    return f"$(systemctl show -P MainPID {name})"


def _held(gateway: Shell, name: str) -> Held:
    process = f"p={_main(name)}"
    told = gateway.succeed(
        f"{process}; ls /proc/$p/fd | wc -l; grep VmRSS /proc/$p/status; "
        "ss -Htanp state close-wait | grep -c pid=$p, || true"
    ).splitlines()
    return Held(int(told[0]), int(told[1].split()[1]) / 1000, int(told[2]))
