"""A capture of what left the gateway by a line, judged: how many packets of each class, and those of none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from qemu.world.leak.header import dissect
from qemu.world.leak.matcher import NAMELESS, PLAIN, Matcher
from qemu.world.leak.pcap import Record

FIRST = 10
"""So many of those that should not be there are shown."""


@dataclass
class Verdict:
    """Of the packets that were looked at."""

    packets: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    """Of each class."""
    foreign: int = 0
    """Packets of no class."""
    foreign_bytes: int = 0
    """On the wire, with their frames."""
    shown: list[str] = field(default_factory=list)
    """The first of them, in a line each, with their bytes in hexadecimal."""
    plain: list[str] = field(default_factory=list)
    """The first that opened a connection to the destination without Multipath TCP."""
    end: int = 0
    """Where the next packet will begin in the file."""

    def as_plain(self) -> dict[str, Any]:
        return asdict(self)


def judge(
    records: Iterable[Record],
    allowed: Iterable[Mapping[str, Any]],
    own: Iterable[str],
    names: Mapping[str, str] = NAMELESS,
) -> Verdict:
    """`allowed`, `own` and `names` as Matcher takes them."""
    matcher, verdict = Matcher(allowed, own, names), Verdict()
    for record in records:
        verdict.end = record.end
        verdict.packets += 1
        packet = dissect(record.data, record.length)
        what = matcher.what(packet)
        if what and what != PLAIN:
            verdict.counts[what] = verdict.counts.get(what, 0) + 1
            continue
        shown = f"{record.at:.6f} {packet}: {record.data.hex()}"
        if what == PLAIN:
            verdict.counts[PLAIN] = verdict.counts.get(PLAIN, 0) + 1
            verdict.plain += [shown] if len(verdict.plain) < FIRST else []
            continue
        verdict.foreign += 1
        verdict.foreign_bytes += record.length
        verdict.shown += [shown] if len(verdict.shown) < FIRST else []
    return verdict
