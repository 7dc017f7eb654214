"""What a rehearsal found, and how it is told: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median_low

import msgspec
from msgspec import Struct

from gateway_init.base.table import table
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


class Report(Struct, frozen=True, kw_only=True):
    """What `invoke rehearse --json` prints."""

    site: str
    slowness: float
    """How many times slower machines run here than on the reference machine."""
    sum: Sum | None = None
    rows: tuple[Row, ...] = ()
    outages: tuple[Survival, ...] = ()
    whole: bool = False
    """Whether it was gone through to its end."""


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


def text(report: Report) -> str:
    """The report for a person; of several runs the median, and the worst."""
    head = (
        f"site {report.site}: seconds of this machine, which is {report.slowness:.1f} times slower than the reference"
    )
    if report.sum is None:
        return f"{head}\nnothing was measured"
    speed = f"all paths together: {report.sum.download:.1f} Mbit/s down, {report.sum.upload:.1f} Mbit/s up"
    parts = [f"{head}\n{speed}"]
    if report.rows:
        parts.append(_by_path(report.rows))
        parts += [_calls(report.rows)] if any(row.call for row in report.rows) else []
    if report.outages:
        parts.append(_all_at_once(report.outages))
    return "\n\n".join(parts) + ("" if report.whole else "\nnot gone through to its end")


def _alike(rows: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """All runs of the same, by fault and path."""
    alike: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        alike.setdefault((row.fault, row.path), []).append(row)
    return alike


def _by_path(rows: Sequence[Row]) -> str:
    return table(
        [
            "FAULT",
            "PATH",
            "SHARE",
            "LIVE FLOW",
            "LONGEST GAP",
            "NEW CONNECTION",
            "LATER ONES",
            "CARRIES AGAIN",
            "LEAKED",
        ],
        [
            [
                fault,
                path,
                f"{each[0].share:.0%}",
                f"{median_low(row.rate for row in each):.1f} Mbit/s",
                _all(each, "gap", "ended"),
                _all(each, "connection", "none"),
                _all(each, "later", "not all"),
                _all(each, "back", "no"),
                _bytes(sum(row.leaked for row in each)),
            ]
            for (fault, path), each in _alike(rows).items()
        ],
    )


def _calls(rows: Sequence[Row]) -> str:
    return table(
        ["A CALL BY UDP", "PATH", "LOST", "JITTER", "LONGEST SILENCE", "PUBLIC ADDRESS"],
        [
            [
                fault,
                path,
                _several([call.lost if call else None for call in calls], "{:.1%}".format, "all"),
                _several([call.jitter if call else None for call in calls], _milliseconds, "-"),
                _several([call.silence if call else None for call in calls], "{:.1f} s".format, "for ever"),
                _address(calls),
            ]
            for (fault, path), each in _alike(rows).items()
            for calls in [[row.call for row in each]]
        ],
    )


def _address(calls: Sequence[Call | None]) -> str:
    """What became of the public address of calls."""
    if not all(calls):
        return "none"
    return "the same" if all(call and len(call.addresses) == 1 for call in calls) else "another one"


def _all_at_once(outages: Sequence[Survival]) -> str:
    alike: dict[str, list[Survival]] = {}
    for one in outages:
        alike.setdefault(one.outage, []).append(one)
    return table(
        ["ALL PATHS AT ONCE", "OPEN CONNECTIONS", "THE FIRST", "THE LAST", "NEW CONNECTION", "A CALL", "LEAKED"],
        [
            [
                outage,
                f"{min(one.resumed for one in each):.0%} go on",
                _all(each, "first", "none"),
                _all(each, "last", "none"),
                _all(each, "connection", "none"),
                _address([one.call for one in each]),
                _bytes(sum(one.leaked for one in each)),
            ]
            for outage, each in alike.items()
        ],
    )


def _all(each: Sequence[Row] | Sequence[Survival], name: str, never: str) -> str:
    """Of the seconds of one run, or of several; `never` is what None means."""
    return _several([getattr(one, name) for one in each], "{:.1f} s".format, never)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _several(values: Sequence[float | None], say: Callable[[float], str], never: str) -> str:
    """What one run had, or the median of several and the worst; `never` is what None means, which is the worst."""
    found = [NEVER if value is None else value for value in values]
    middle, worst = (never if value == NEVER else say(value) for value in (median_low(found), max(found)))
    return middle if len(found) == 1 else f"{middle}, worst {worst}"


def _bytes(leaked: int) -> str:
    return f"{leaked} bytes" if leaked else "nothing"


def as_json(report: Report) -> str:
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
