"""What 50 devices' short connections take of a line's way up, by how many of its paths carry: `invoke bench uplink`.

Each opens a connection for a small page. What leaves by the line is counted, with what ADSL adds to each packet, and
told as it would be of 30 connections a second on 1 Mbit/s. What leaves without any, probes above all, is told apart:
an emulated box opens a few connections a second, beside which they would be much.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.soak import DEVICES_COMMAND, NEW, PATIENCE, addresses
from gateway_init.base.table import table
from gateway_init.config.site import Site
from gateway_init.wellknown.framing import FRAMINGS
from image.work import step
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import UP_KBIT

COUNT = int(os.environ.get("BRAID_UPLINK", "200"))
PAGE = 1000
"""Bytes."""
PACE = 4.0
"""Times as seldom as at home they come: an emulated box opens some ten a second."""
WARM = 50
"""Connections before it is counted."""
HELD = 2.0
"""Seconds that each stays open."""
SELDOM = 5.0
"""Times as seldom as that, for a tenth as many, they come for comparison."""
ADDED = 25.0
"""Per cent of the line that more than one path may take, as the box is set."""


class Sent(Struct, frozen=True):
    """By the line."""

    seconds: float
    failed: int
    """Of the connections."""
    bytes: int
    """Of IP."""
    packets: int


class Found(Struct, frozen=True):
    """Of one connection, on its way up."""

    paths: int
    """That carry at the most."""
    failed: int
    packets: float
    bytes: float
    """Of IP."""
    besides: float
    """Bytes of IP a second, without any."""

    @property
    def taken(self) -> float:
        """Bytes of ADSL's cells."""
        return FRAMINGS["adsl"].taken(self.bytes, self.packets)

    @property
    def share(self) -> float:
        """Per cent of the line."""
        return 100 * self.taken * NEW * 8 / (UP_KBIT * 1000)


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print. Raises SystemExit(1) where what is added to one path misses its limit."""
    with Saved(image, site, secrets, logs).restored(logs, "uplink") as rig:
        found = list(measured(rig))
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else text(found))
    few = [each for each in found if each.paths <= site.policy.busy_uplink.paths]
    if few[-1].share - few[0].share > ADDED or any(each.failed for each in found):
        raise SystemExit(1)


def text(found: list[Found]) -> str:
    """A table; the first line is of one path.

    >>> print(text([Found(1, 0, 10, 1400, 900), Found(2, 0, 17, 2000, 900)]))
    PATHS  FAILED  PACKETS UP  BYTES  ON ADSL  OF THE LINE  ADDED  BESIDES
    1      0       10          1400   2120     51 %         0 %    900 B/s
    2      0       17          2000   3604     86 %         36 %   900 B/s
    """
    rows = [
        [
            str(each.paths),
            str(each.failed),
            *(f"{count:.0f}" for count in (each.packets, each.bytes, each.taken)),
            *(f"{share:.0f} %" for share in (each.share, each.share - found[0].share)),
            f"{each.besides:.0f} B/s",
        ]
        for each in found
    ]
    return table(["PATHS", "FAILED", "PACKETS UP", "BYTES", "ON ADSL", "OF THE LINE", "ADDED", "BESIDES"], rows)


def measured(rig: Rehearsal) -> Iterator[Found]:
    (line,) = {rig.site.paths[path].uplink for path in rig.site.paths if path not in rig.to_come}
    there = len(rig.site.paths) - len(rig.to_come)
    for paths in sorted({1, rig.site.policy.busy_uplink.paths, there}):
        with step.step(f"{COUNT} connections over {paths} of {there} paths"):
            _only(rig, paths)
            # What is used at all makes the line busy then.
            _visits(rig, WARM)
            rig.gateway.wait_until("braid status --json", partial(_carry, paths), 60, "others carry, too")
            few = _sent_by(rig, line, COUNT // 10, SELDOM)
            many = _sent_by(rig, line, COUNT)
            if not _carry(paths, rig.gateway.succeed("braid status --json")):
                raise AssertionError("others carried meanwhile")
        length, besides = _parted(few.seconds, few.bytes, many.seconds, many.bytes)
        packets, _ = _parted(few.seconds, few.packets, many.seconds, many.packets)
        yield Found(paths, few.failed + many.failed, packets, length, besides)


def _parted(few_seconds: float, few: int, many_seconds: float, many: int) -> tuple[float, float]:
    """What of a count is due to each connection, and what to each second: of a tenth of COUNT, and of COUNT.

    >>> a, b = _parted(100.0, COUNT // 10 * 7 + 100 * 3, 50.0, COUNT * 7 + 50 * 3)
    >>> round(a), round(b)
    (7, 3)
    """
    each = (many / many_seconds - few / few_seconds) / (COUNT / many_seconds - COUNT // 10 / few_seconds)
    return each, (few - each * (COUNT // 10)) / few_seconds


def _sent_by(rig: Rehearsal, line: str, count: int, seldom: float = 1.0) -> Sent:
    """What leaves by the line for so many connections, so many times as seldom."""
    begun, before = time.monotonic(), _sent(rig.gateway, line)
    failed = _visits(rig, count, seldom)
    length, packets = (now - then for then, now in zip(before, _sent(rig.gateway, line), strict=True))
    return Sent(time.monotonic() - begun, failed, length, packets)


def _only(rig: Rehearsal, paths: int) -> None:
    """Have so many paths carry, from the first use on."""
    told = f"{{paths: {paths}, share: 1, seconds: 2, eased: 1, eased_seconds: 3600}}"
    edit = f"/^  busy_uplink:/d; s/^policy:$/&\\n  busy_uplink: {told}/"
    rig.gateway.succeed(f"sed '{edit}' /etc/braid/gateway.yaml >/run/few.yaml && braid config set /run/few.yaml")


def _visits(rig: Rehearsal, count: int, seldom: float = 1.0) -> int:
    """How many failed of so many."""
    pace = PACE * slowness() * seldom
    words = [",".join(addresses(rig.site)), rig.world.description.web.pages, PAGE, count, pace / NEW]
    words += [HELD, PACE * slowness() * PATIENCE]
    command = f"{DEVICES_COMMAND} {' '.join(map(str, words))}"
    told = rig.world.host("lan").succeed(command, count * PACE * seldom / NEW + 4 * PATIENCE)
    return sum(json.loads(told.splitlines()[-1])["failed"].values())


def _carry(paths: int, told: str) -> bool:
    """Whether so many do, by a status."""
    return sum(bool(path["endpoint"]) for path in json.loads(told)["paths"]) == paths


def _sent(gateway: Shell, line: str) -> tuple[int, int]:
    """Bytes of IP that have left by it, and packets."""
    (link,) = json.loads(gateway.succeed(f"ip -json -stats link show dev {line}"))
    return link["stats64"]["tx"]["bytes"], link["stats64"]["tx"]["packets"]
