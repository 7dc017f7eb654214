"""How much longer answers take while a line is full both ways, by what the box knows of the line's rate: pings of the
LAN's, which go by the carrier, beside a download and an upload that do not end. The modem and the provider let packets
wait for 2 s, as real ones do; the rates are such that this machine's emulated box fills them.

`invoke bench latency`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from gateway_init.base.table import table
from gateway_init.config.site import Site
from image.work import step
from qemu.drive.rate import tell
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.rehearse.measure import FLOW, filled
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import UP_KBIT
from qemu.world.uplink import REAL_QUEUE
from qemu.world.vm import World

PINGS, EVERY = 200, 0.2
"""How many, and the seconds from one to the next: the kernel's least for who is not root."""
SOME = 20
"""Of them, for a look at whether it is quiet."""
FILLS, FINDS_OUT = 15, 60
"""Seconds after which flows have filled whatever queue there is, and after which the box has found out what the line
carries."""
ENDLESS = 300_000_000
LIMIT = 600.0
MOST = 50.0
"""Milliseconds by which answers may take longer, of 95 in 100, once both rates are known."""
LEAST = 0.85
"""Share of the line that is to be used meanwhile."""


class Case(NamedTuple):
    """What the box is told of the line."""

    title: str
    rate: str = ""
    find_out: bool = False
    """Whether it finds out what it is not told."""


CASES = (
    Case("left alone"),
    Case("up known", "up: {up}, over: ethernet"),
    Case("found out", find_out=True),
    Case("both known", "up: {up}, down: {down}, over: ethernet"),
)


class Found(Struct, frozen=True):
    """One case. Milliseconds; shares are of what the line carries."""

    rate: str
    rest: float
    """An answer with nobody else there, of 95 in 100 the longest; the same for all cases."""
    full: float
    """While the line is full."""
    down: float
    up: float

    @property
    def longer(self) -> float:
        return self.full - self.rest


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises SystemExit(1) where MOST or LEAST is missed once both rates are known."""
    with Saved(image, site, secrets, logs).restored(logs, "latency") as rig:
        found = list(_measured(rig))
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else text(found))
    if found[-1].longer > MOST or min(found[-1].down, found[-1].up) < LEAST:
        raise SystemExit(1)


def text(found: list[Found]) -> str:
    """A table.

    >>> print(text([Found("unknown", 31.0, 2031.0, 0.9, 0.95)]))
    RATE     AT REST, MS  FULL, MS  LONGER, MS  DOWN  UP
    unknown  31           2031      2000        0.90  0.95
    """
    rows = [
        [
            each.rate,
            *(f"{took:.0f}" for took in (each.rest, each.full, each.longer)),
            f"{each.down:.2f}",
            f"{each.up:.2f}",
        ]
        for each in found
    ]
    return table(["RATE", "AT REST, MS", "FULL, MS", "LONGER, MS", "DOWN", "UP"], rows)


def _measured(rig: Rehearsal) -> Iterator[Found]:
    (name,) = {rig.site.paths[path].uplink for path in rig.site.paths if path not in rig.to_come}
    line, lan = rig.world.uplink(name), rig.world.host("lan")
    down, up = filled(1), round(UP_KBIT / slowness())
    line.shape(down_kbit=down, up_kbit=up, queue=REAL_QUEUE)
    rest = longest(_pinged(lan, rig.world, PINGS))
    for case in CASES:
        with step.step(f"rate {case.title}"):
            rig.gateway.succeed("braid config reset")
            if not case.find_out:
                rate = case.rate.format(up=up, down=down)
                tell(rig.gateway, [name] if rate else [], rate, find_out=False)
            _wait_until_quiet(lan, rig.world, rest)
            # While the line is still busy with what the flows of before have left, few of its paths carry.
            wait_until_all_up(rig.gateway, LIMIT, but=rig.to_come)
            host = rig.world.description.web.name
            flows = [
                lan.start(f"exec curl -sS --fail -o /dev/null http://{host}/bytes/{ENDLESS}"),
                lan.start(f"{FLOW} send {host} {ENDLESS}"),
            ]
            fills = FINDS_OUT if case.find_out else FILLS
            lan.succeed(f"sleep {fills}", 2 * fills)
            before = _carried(rig, name)
            full = longest(_pinged(lan, rig.world, PINGS))
            after = _carried(rig, name)
            for flow in flows:
                flow.stop()
        seconds = after[0] - before[0]
        shares = [
            (then - once) * 0.008 / seconds / most
            for then, once, most in zip(after[1:], before[1:], (down, up), strict=True)
        ]
        yield Found(case.title, rest, full, *shares)


def _pinged(lan: Shell, world: World, count: int) -> str:
    return lan.execute(f"ping -n -c {count} -i {EVERY} {world.description.web.address}", LIMIT).output


def _wait_until_quiet(lan: Shell, world: World, rest: float) -> None:
    """Until what the flows of before have left behind is through."""
    deadline = time.monotonic() + LIMIT
    while longest(_pinged(lan, world, SOME)) > rest + MOST and time.monotonic() < deadline:
        pass


def longest(text: str) -> float:
    """Milliseconds that 95 in 100 answers took at most; one that never came took for ever.

    >>> longest("64 bytes from 198.18.0.2: icmp_seq=1 ttl=61 time=30.5 ms\\\\n1 packets transmitted, 1 received")
    30.5
    """
    took = sorted(float(each) for each in re.findall(r"time=([0-9.]+) ms", text))
    sent = int(re.findall(r"(\d+) packets transmitted", text)[0])
    took += [float("inf")] * (sent - len(took))
    return took[max(0, -(-95 * sent // 100) - 1)]


def _carried(rig: Rehearsal, uplink: str) -> tuple[float, int, int]:
    """When, in seconds, and the bytes that a line had carried by then, down and up."""
    counters = f"/sys/class/net/{rig.world.description.line(uplink).device}/statistics"
    told = rig.world.host("isp").succeed(f"date +%s.%N; cat {counters}/tx_bytes {counters}/rx_bytes")
    at, down, up = told.split()
    return float(at), int(down), int(up)
