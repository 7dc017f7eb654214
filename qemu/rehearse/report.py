"""What a rehearsal tells a person, and a program: pure functions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from statistics import median_low
from typing import TypeVar

import msgspec
from msgspec import Struct

from gateway_init.base.table import table
from qemu.rehearse.call import Call
from qemu.rehearse.figures import NEVER, Failure, Row, Sum, Survival

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


class Report(Struct, frozen=True, kw_only=True):
    """What `invoke rehearse --json` prints."""

    site: str
    slowness: float
    """How many times slower machines run here than on the reference machine."""
    sum: Sum | None = None
    rows: tuple[Row, ...] = ()
    outages: tuple[Survival, ...] = ()
    failures: tuple[Failure, ...] = ()
    whole: bool = False
    """Whether it was gone through to its end."""


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
    if report.failures:
        parts.append(_one_of_a_kind(report.failures))
    return "\n\n".join(parts) + ("" if report.whole else "\nnot gone through to its end")


def _alike(found: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    """All runs of the same."""
    alike: dict[K, list[T]] = {}
    for each in found:
        alike.setdefault(key(each), []).append(each)
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
            for (fault, path), each in _alike(rows, lambda row: (row.fault, row.path)).items()
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
            for (fault, path), each in _alike(rows, lambda row: (row.fault, row.path)).items()
            for calls in [[row.call for row in each]]
        ],
    )


def _address(calls: Sequence[Call | None]) -> str:
    """What became of the public address of calls."""
    if not all(calls):
        return "none"
    return "the same" if all(call and len(call.addresses) == 1 for call in calls) else "another one"


def _all_at_once(outages: Sequence[Survival]) -> str:
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
            for outage, each in _alike(outages, lambda one: one.outage).items()
        ],
    )


def _one_of_a_kind(failures: Sequence[Failure]) -> str:
    return table(
        ["ONE OF A KIND", "IS", "LONGEST GAP", "UNSERVED", "LEAKED"],
        [
            [
                which,
                what,
                _all(each, "gap", "ended"),
                _all(each, "unserved", "for ever"),
                _bytes(sum(one.leaked for one in each)),
            ]
            for (which, what), each in _alike(failures, lambda one: (one.which, one.what)).items()
        ],
    )


def _all(each: Sequence[Row] | Sequence[Survival] | Sequence[Failure], name: str, never: str) -> str:
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
