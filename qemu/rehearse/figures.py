"""What a rehearsal found, and how it is told: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct

from gateway_init.base.table import table


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
    connection: float | None
    """From the fault's begin to the first new connection that was served; None where none was while it lasted."""
    back: float | None
    """From the fault's end until the path carried again; None where it did not."""
    leaked: int
    """Bytes that left a line and belong to no path."""


class Report(Struct, frozen=True, kw_only=True):
    """What `invoke rehearse --json` prints."""

    site: str
    slowness: float
    """How many times slower machines run here than on the reference machine."""
    sum: Sum | None = None
    rows: tuple[Row, ...] = ()
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


def text(report: Report) -> str:
    """The report for a person."""
    head = (
        f"site {report.site}: seconds of this machine, which is {report.slowness:.1f} times slower than the reference"
    )
    if report.sum is None:
        return f"{head}\nnothing was measured"
    speed = f"all paths together: {report.sum.download:.1f} Mbit/s down, {report.sum.upload:.1f} Mbit/s up"
    rows = table(
        ["PATH", "SHARE", "FAULT", "LIVE FLOW", "NEW CONNECTION", "CARRIES AGAIN", "LEAKED"],
        [
            [
                row.path,
                f"{row.share:.0%}",
                row.fault,
                "ended" if row.gap is None else f"gap {row.gap:.1f} s",
                "none" if row.connection is None else f"{row.connection:.1f} s",
                "no" if row.back is None else f"{row.back:.1f} s",
                f"{row.leaked} bytes" if row.leaked else "nothing",
            ]
            for row in report.rows
        ],
    )
    rest = "" if report.whole else "\nnot gone through to its end"
    return f"{head}\n{speed}\n\n{rows}{rest}" if report.rows else f"{head}\n{speed}{rest}"


def as_json(report: Report) -> str:
    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
