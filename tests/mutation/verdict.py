"""What became of the faults: whether a test noticed, for a person and for a program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import msgspec
from msgspec import Struct

from gateway_init.base.table import table
from tests.mutation.fault import Fault, Origin

PROMISED = 80
"""Of 100 faults, how many the tests are to notice at the least: of the listed ones, and of the random ones."""


class Verdict(Struct, frozen=True):
    """Of one fault."""

    fault: Fault
    caught: bool
    by: str
    """The first test that noticed; where none did, how many tests came by it."""
    diff: tuple[str, ...]
    """What the fault changes, line by line."""


def kept(verdicts: Sequence[Verdict]) -> bool:
    """Whether the promise is."""
    return all(100 * caught >= PROMISED * faults for caught, faults in _shares(verdicts).values())


def as_text(verdicts: Sequence[Verdict]) -> str:
    """The survivors, each with its place and what it changes; then how many were caught, by room and in all."""
    lines = []
    for each in verdicts:
        if not each.caught:
            fault = each.fault
            lines.append(f"{fault.file}:{fault.line}: {fault.name} ({each.by})")
            lines += [f"  {line}" for line in (*each.diff, *filter(None, [fault.why]))]
    ordered = sorted(verdicts, key=lambda each: _room(each.fault))
    rooms = {room: _count(list(each)) for room, each in groupby(ordered, lambda each: _room(each.fault))}
    rows = [[room, str(faults), str(caught), _percent(caught, faults)] for room, (caught, faults) in rooms.items()]
    told = [
        f"{origin} faults: {caught} of {faults} caught, {_percent(caught, faults)}"
        + ("" if 100 * caught >= PROMISED * faults else f" (at least {PROMISED} %: MISSED)")
        for origin, (caught, faults) in _shares(verdicts).items()
    ]
    survivors = ["No test notices:", *lines, ""] if lines else []
    return "\n".join([*survivors, table(["ROOM", "FAULTS", "CAUGHT", ""], rows), "", *told]) + "\n"


def as_json(verdicts: Sequence[Verdict]) -> str:
    """Every verdict as one JSON list."""
    return msgspec.json.format(msgspec.json.encode(list(verdicts)), indent=2).decode() + "\n"


def _shares(verdicts: Sequence[Verdict]) -> Mapping[Origin, tuple[int, int]]:
    origins: list[Origin] = ["listed", "random"]
    counts = {origin: _count([each for each in verdicts if each.fault.origin == origin]) for origin in origins}
    return {origin: count for origin, count in counts.items() if count[1]}


def _count(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    return sum(each.caught for each in verdicts), len(verdicts)


def _room(fault: Fault) -> str:
    """
    >>> from tests.mutation.change import in_file
    >>> [_room(in_file(name, "x = 1")[0]) for name in ("gateway_init/plan/plan.py", "servers/kit.py")]
    ['gateway_init/plan', 'servers']
    """
    house, *inner = fault.file.split("/")
    return f"{house}/{inner[0]}" if house == "gateway_init" and len(inner) > 1 else house


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %"
