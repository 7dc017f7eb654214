"""A page of 20 small objects, over all paths and over the best of them alone: `invoke bench pages`.

The rates are such that this machine's emulated box fills the line, and each way adds as much as the middle of Europe.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import msgspec
from msgspec import Struct

from bench.alone import alone
from gateway_init.base.table import table
from gateway_init.config.site import Site
from image.work import step
from qemu.drive.ready import wait_until_all_up
from qemu.machine.accel import slowness
from qemu.rehearse.measure import filled
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import UP_KBIT
from qemu.world.uplink import REAL_QUEUE

OBJECTS, SIZE = 20, 10_000
"""Bytes of each."""
TIMES = 20
FAR = "20ms"
"""One way."""
LIMIT = 900.0
PAGE = "cd /run/world/src && exec python3 -m qemu.world.inside.page"


class Found(Struct, frozen=True):
    """Seconds of the reference machine that a page took."""

    by: str
    median: float
    worst: float


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print."""
    with Saved(image, site, secrets, logs).restored(logs, "pages") as rig:
        found = list(measured(rig))
    print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if as_json else text(found))


def text(found: list[Found]) -> str:
    """A table.

    >>> print(text([Found("adsl alone", 1.0, 1.5), Found("all paths", 1.1, 1.2)]))
    BY          MEDIAN  WORST
    adsl alone  1.00 s  1.50 s
    all paths   1.10 s  1.20 s
    """
    return table(
        ["BY", "MEDIAN", "WORST"], [[each.by, f"{each.median:.2f} s", f"{each.worst:.2f} s"] for each in found]
    )


def measured(rig: Rehearsal) -> Iterator[Found]:
    paths = [name for name in rig.site.paths if name not in rig.to_come]
    lines = {rig.site.paths[path].uplink for path in paths}
    for line in lines:
        rig.world.uplink(line).shape(down_kbit=filled(len(lines)), up_kbit=UP_KBIT, queue=REAL_QUEUE)
    for path in paths:
        rig.world.route(path).shape(delay=FAR)
    wait_until_all_up(rig.gateway, but=rig.to_come)
    # What is emulated for the first time takes longer.
    _loaded(rig, 3)
    yield _found("all paths", _loaded(rig, TIMES))
    best = next(path for path in paths if rig.site.paths[path].through is None)
    with alone(rig, best):
        yield _found(f"{best} alone", _loaded(rig, TIMES))


def _found(by: str, took: list[float]) -> Found:
    return Found(by, median(took) / slowness(), max(took) / slowness())


def _loaded(rig: Rehearsal, times: int) -> list[float]:
    with step.step(f"{times} pages"):
        told = rig.world.host("lan").succeed(f"{PAGE} {rig.world.description.web.name} {OBJECTS} {SIZE} {times}", LIMIT)
    seconds: list[float] = json.loads(told)
    return seconds
