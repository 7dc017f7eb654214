"""What a rehearsal found, and how it is made out: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from msgspec import Struct

from qemu.rehearse.call import Call

NEVER = float("inf")
KNOWN = 1.0
"""Seconds after which a fault is to be known."""


class Sum(Struct, frozen=True, kw_only=True):
    """What all paths do together while nothing is wrong."""

    download: float
    """Mbit/s."""
    upload: float
    """Mbit/s."""
    shares: dict[str, float]
    """Of the bytes of the download, by path."""


class Row(Struct, frozen=True, kw_only=True):
    """One fault on one path. Seconds are the world's."""

    path: str
    fault: str
    share: float
    """Of the bytes of the download before, from 0 to 1."""
    gap: float | None
    """The longest time without a byte in the live flow; None where the flow ended."""
    rate: float
    """Of the live flow while the fault lasted, in Mbit/s."""
    connection: float | None
    """From the fault's begin to the first new connection that was served; None where none was while it lasted."""
    later: float | None
    """The longest that a new connection took which began while it lasted, from the first second on; None where one was
    not served."""
    back: float | None
    """From the fault's end until the path carried again; None where it did not."""
    leaked: int
    """Bytes that left a line and belong to no path."""
    call: Call | None = None
    """What became of a call meanwhile; None where the site carries no UDP, or nothing of the call came back."""


class Survival(Struct, frozen=True, kw_only=True):
    """An outage of all paths. Seconds are the world's, from its end."""

    outage: str
    connection: float | None
    """Until a new connection was served; None where none was."""
    resumed: float
    """Of the connections that were open before, the share that was served again, from 0 to 1."""
    first: float | None
    """Until the first of them was; None where none was."""
    last: float | None
    """Until the last of them was that resumed."""
    leaked: int
    """Bytes that left a line and belong to no path."""
    call: Call | None = None
    """What became of a call meanwhile; None where the site carries no UDP, or the call did not go on."""


class Failure(Struct, frozen=True, kw_only=True):
    """Something failed that there is one of. Seconds are the world's."""

    what: str
    """Became of it, for a person."""
    which: str
    gap: float | None
    """The longest time without a byte in the live flow; None where the flow ended."""
    unserved: float | None
    """The longest that somebody who connects again and again was served by none, from its end, or from a signal, on;
    None where none was in the end."""
    leaked: int
    """Bytes that left a line and belong to no path."""


class Arrival(Struct, frozen=True):
    at: float
    bytes: int


def arrivals(text: str) -> tuple[list[Arrival], bool]:
    """What the watch on a live flow has noted, and whether the flow goes on.

    >>> arrivals("10.000 500\\n10.500 700\\n")
    ([Arrival(at=10.0, bytes=500), Arrival(at=10.5, bytes=700)], True)
    """
    lines = text.splitlines()
    found = [line.split() for line in lines if line[:1].isdigit()]
    alive = len(found) == len(lines)
    return [Arrival(float(at), int(count)) for at, count in found], alive


def longest_gap(came: Sequence[Arrival], begin: float, end: float) -> float:
    """The longest time without a byte between two times, their own edges included.

    >>> longest_gap([Arrival(1, 9), Arrival(2, 9), Arrival(6, 9)], 1.5, 7)
    4
    """
    before = max((each.at for each in came if each.at <= begin), default=begin)
    times = [before, *(each.at for each in came if begin < each.at < end), end]
    return max(later - earlier for earlier, later in pairwise(times))


class Attempt(Struct, frozen=True):
    """A new connection. Seconds since the fault's begin."""

    begun: float
    whole: float | None
    """When it was served; None where it was not."""


def attempts(text: str) -> list[Attempt]:
    """What whoever connects anew has noted.

    >>> attempts("ready\\n0.000 1.500\\n1.000 none\\n")
    [Attempt(begun=0.0, whole=1.5), Attempt(begun=1.0, whole=None)]
    """
    found = [line.split() for line in text.splitlines() if line[:1].isdigit()]
    return [Attempt(float(begun), None if whole == "none" else float(whole)) for begun, whole in found]


def soonest(tried: Sequence[Attempt], lasted: float) -> float | None:
    """When the first of them was served, while a fault lasted so many seconds; None where none was.

    >>> soonest([Attempt(0.0, 31.0), Attempt(1.0, 1.6)], 30), soonest([Attempt(0.0, 31.0)], 30)
    (1.6, None)
    """
    return min((each.whole for each in tried if each.whole is not None and each.whole <= lasted), default=None)


def slowest(tried: Sequence[Attempt]) -> float | None:
    """The longest that one of them took which began a second after the fault or later: before that nobody can know.

    >>> slowest([Attempt(0.0, 1.5), Attempt(1.0, 1.6), Attempt(4.0, 5.0)])
    1.0
    """
    took = [NEVER if each.whole is None else each.whole - each.begun for each in tried if each.begun >= KNOWN]
    worst = max(took, default=0.0)
    return None if worst == NEVER else worst


def unserved(tried: Sequence[Attempt], since: float) -> float | None:
    """The longest that somebody was served by none who began then, or later, and tried again and again; None where none
    was in the end.

    >>> unserved([Attempt(0.0, 9.0), Attempt(1.0, None), Attempt(5.0, 5.5), Attempt(9.0, 9.1)], 0.5)
    5.0
    """
    served = [(each.begun, each.whole) for each in tried if each.whole is not None]
    waits = [min((whole for _, whole in served if whole >= since), default=NEVER) - since]
    for at in (each.begun for each in tried if each.begun >= since):
        waits.append(min((whole for begun, whole in served if begun >= at), default=NEVER) - at)
    return None if max(waits) == NEVER else max(waits)
