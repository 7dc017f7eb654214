"""The sum of the lines in one connection: a download and an upload over all paths, against the most that could be.

The rates down are so low that this machine's emulated box fills them, the modem's queue is a real one's. `invoke bench
aggregate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from bench.alone import alone
from bench.flow import Way, most
from gateway_init.base.table import table
from gateway_init.config.site import Site
from image.work import step
from qemu.drive.rate import tell, tell_speed
from qemu.rehearse.measure import FLOW, LIMIT, filled
from qemu.world.rehearsal import Rehearsal
from qemu.world.saved import Saved
from qemu.world.topology import STREAM_NAME, UP_KBIT
from qemu.world.uplink import REAL_QUEUE

SECONDS = 30.0
"""That a transfer lasts at the least."""
NARROW = 0.8
"""Share of a line that its ways have together, where they are the narrowest part."""


class Case(Struct, frozen=True):
    """How the ways of paths differ. Both in the order of the file, again from the first where there are more paths."""

    name: str
    parts: tuple[int, ...] = ()
    """Of the rate that they have together; none where nothing is narrower than the line."""
    delays: tuple[int, ...] = (0,)
    """Milliseconds, one way."""
    both: bool = False
    """Whether half of it goes to the second destination, at the same time."""
    told: bool = False
    """Whether the box knows the line's rate up, so that packets wait in its own queue and not in the modem's."""
    known: bool = False
    """Whether it knows what the line carries at its best, so that it can tell when the line is full."""


CASES = (
    Case("nothing narrower than the line"),
    Case("the same to two destinations at once", both=True),
    Case("the same, the box knowing the line's rate", both=True, told=True),
    Case("the same, the box knowing the line's speed", known=True),
    Case("ways alike", (1,), (20,)),
    Case("round trips of 1 and 2", (1,), (20, 40)),
    Case("round trips of 1 and 5", (1,), (20, 100)),
    Case("rates of 8, 8, 2 and 1", (8, 8, 2, 1), (20,)),
)


class Found(Struct, frozen=True):
    """One transfer; kbit/s of its own bytes."""

    case: str
    direction: str
    alone: float
    """By the best of the paths, the others being dead."""
    together: float
    most: float
    """That the lines and ways could carry."""


def run(image: Path, site: Site, secrets: Path, logs: Path, *, as_json: bool) -> None:
    """Measure and print; after Ctrl-C, what was found until then."""
    found: list[Found] = []
    try:
        with Saved(image, site, secrets, logs).restored(logs, "aggregate") as rig:
            found.extend(_measured(rig))
    finally:
        if as_json:
            print(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
        else:
            print(text(found))


def text(found: list[Found]) -> str:
    """A table.

    >>> print(text([Found("ways alike", "down", 500, 1900, 2000)]))
    CASE        DIRECTION  BEST ALONE  TOGETHER  MOST  OF THE MOST
    ways alike  down       500         1900      2000  0.95
    """
    rows = []
    for each in found:
        rates = [f"{rate:.0f}" for rate in (each.alone, each.together, each.most)]
        rows.append([each.case, each.direction, *rates, f"{each.together / each.most:.2f}"])
    return table(["CASE", "DIRECTION", "BEST ALONE", "TOGETHER", "MOST", "OF THE MOST"], rows)


def _measured(rig: Rehearsal) -> Iterator[Found]:
    paths = [name for name in rig.site.paths if name not in rig.to_come]
    names = {rig.site.paths[path].uplink for path in paths}
    # Up it is the real rate: of less, a packet alone takes so long that connections lose most of theirs in the modem.
    lines = {"down": float(filled(len(names))), "up": float(UP_KBIT)}
    for name in names:
        rig.world.uplink(name).shape(down_kbit=round(lines["down"]), up_kbit=round(lines["up"]), queue=REAL_QUEUE)
    for case in CASES:
        rig.gateway.succeed("braid config reset")
        if case.told:
            tell(rig.gateway, names, f"up: {UP_KBIT}, over: ethernet")
        if case.known:
            tell_speed(rig.gateway, names, f"down: {lines['down']:.0f}, up: {lines['up']:.0f}")
        ways = _ways(rig.site, paths, case, lines["down"])
        for number, (name, way) in enumerate(ways.items()):
            width = 0 if way.kbit == float("inf") else round(way.kbit)
            rig.world.route(name).restore().shape(kbit=width, delay=f"{case.delays[number % len(case.delays)]}ms")
        best = max(ways, key=lambda name: min(ways[name].kbit, lines["down"]) * ways[name].of_line)
        web = rig.world.description.web
        hosts = (web.name, STREAM_NAME) if case.both else (web.name,)
        with step.step(f"{case.name}: all paths together"):
            together = _rates(rig, lines, ways, hosts)
        with step.step(f"{case.name}: {best} alone"):
            by_itself = _alone(rig, best, lines, ways)
        for direction, kbit in lines.items():
            yield Found(case.name, direction, by_itself[direction], together[direction], _most(kbit, ways))


def _most(kbit: float, ways: Mapping[str, Way]) -> float:
    """Of ways over lines that have as much each."""
    return most(dict.fromkeys({way.line for way in ways.values()}, kbit), ways)


def _ways(site: Site, paths: list[str], case: Case, line: float) -> dict[str, Way]:
    parts = [case.parts[number % len(case.parts)] for number in range(len(paths))] if case.parts else []
    unit = NARROW * line / sum(parts) if parts else float("inf")
    return {
        name: Way(site.paths[name].uplink, site.paths[name].through is not None, unit * (parts[number] if parts else 1))
        for number, name in enumerate(paths)
    }


def _alone(rig: Rehearsal, best: str, lines: Mapping[str, float], ways: Mapping[str, Way]) -> dict[str, float]:
    """The rates by one path, the others being dead and left."""
    with alone(rig, best):
        return _rates(rig, lines, {best: ways[best]}, (rig.world.description.web.name,))


def _rates(
    rig: Rehearsal, lines: Mapping[str, float], ways: Mapping[str, Way], hosts: Sequence[str]
) -> dict[str, float]:
    """kbit/s of connections' own bytes, by direction, of as many each to all hosts at once."""
    sizes = {
        direction: round(_most(kbit, ways) * SECONDS * 125 / len(hosts)) * len(hosts)
        for direction, kbit in lines.items()
    }
    down = "curl -sS --fail -o /dev/null -w '%{time_total}\\n' http://HOST/bytes/SIZE"
    took = {
        "down": _longest(rig, down, hosts, sizes["down"]),
        "up": _longest(rig, f"{FLOW} send HOST SIZE", hosts, sizes["up"]),
    }
    return {direction: size / 125 / took[direction] for direction, size in sizes.items()}


def _longest(rig: Rehearsal, command: str, hosts: Sequence[str], size: int) -> float:
    """Seconds until the last of them was through, each with its part of all bytes."""
    part = str(size // len(hosts))
    commands = [f"({command.replace('HOST', host).replace('SIZE', part)}) &" for host in hosts]
    told = rig.world.host("lan").succeed(f"{' '.join(commands)} wait", LIMIT).splitlines()
    if len(told) != len(hosts):
        raise AssertionError(f"of {len(hosts)} transfers {len(told)} came to their end")
    return max(float(line.split()[0]) for line in told)
