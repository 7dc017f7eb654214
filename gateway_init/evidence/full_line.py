"""Whether a line is so full towards the home that the path straight over it is to carry alone: a pure state machine.

Where it is the line that is narrow, its other paths bring nothing, and take some of it: what they carry is wrapped. So
they are kept in reserve, as backup subflows (RFC 8684, 3.3.8), that carry at once where the straight path dies. Where
it is the straight path's own way that is narrower, it does not fill the line: all carry again, for ever longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, structs

from gateway_init.config.full_line import NEVER
from gateway_init.config.full_line import FullLine as Limits
from gateway_init.config.site import Site
from gateway_init.evidence import fewer
from gateway_init.evidence.fewer import pause
from gateway_init.evidence.load import Load, share_down
from gateway_init.evidence.pace import Paces

QUIET = 0.2
"""Share of a line below which nobody may want more of it: that the straight path does not fill it need not be its
fault."""
PROVEN = 15.0
"""Seconds in which a line is full again that was not filled for want of a way, and not because a download was over."""


class FullLine(Struct, frozen=True, omit_defaults=True):
    """What is remembered of a line. Times are seconds since boot."""

    full: float | None = None
    """Since when it is full; None where it is not."""
    since: float | None = None
    """Since when the straight path carries alone; None where all do."""
    short: float | None = None
    """Since when it is full no more, while that one carries alone; None where it still is."""
    filled: bool = False
    """Whether that one has filled it by itself."""
    falls: int = 0
    """How often it has not, one time after the other."""
    last: float = float("-inf")
    """When that was last."""
    doubtful: bool = False
    """Whether the download may just have been over then."""


class Seen(Struct, frozen=True):
    """A new sample of what a line carries."""

    at: float
    share: float
    """The part of what it carries towards the home that is used."""
    strained: bool = False
    """Whether the straight path is late, or loses much, and others of the line are not."""


def step(before: FullLine, seen: Seen, limits: Limits) -> FullLine:
    """The next state."""
    if before.since is None:
        return _all(before, seen, limits)
    if seen.strained:
        return FullLine(falls=before.falls + 1, last=seen.at)
    if seen.share * 100 >= min(limits.least, limits.share):
        # At first, what the others had under way comes besides.
        filled = before.filled or seen.at - before.since >= limits.short_seconds
        return structs.replace(before, short=None, filled=filled)
    short = seen.at if before.short is None else before.short
    if seen.at - short < limits.short_seconds:
        return structs.replace(before, short=short)
    if before.filled:
        return FullLine()
    return FullLine(falls=before.falls + 1, last=seen.at, doubtful=seen.share < QUIET)


def heard(
    site: Site,
    before: Mapping[str, FullLine],
    load: Load,
    paces: Mapping[str, Paces],
    carrying: Collection[str],
    strained: Collection[str],
) -> dict[str, FullLine]:
    """What is known of the lines after a new sample; nothing of those of which there is nothing to be remembered.
    `paces`: what was found out of what they carry; `carrying`: paths that carry, and whose probes are answered;
    `strained`: those of them that are late or lose much for their own sake."""
    known = {}
    for name, settings in site.uplinks.items():
        last, paths = before.get(name, FullLine()), [each for each in _straight(site, name) if each in carrying]
        rate, pace = load.rates.get(name), paces.get(name, Paces()).down
        # Of what is let on, more than the line carries is tried now and then.
        share = share_down(settings, rate, min(pace.rate, pace.over)) if rate else None
        if share is None or not paths or settings.use == "backup" or site.policy.full_line.share >= NEVER:
            # A line that was away, or of which nobody knows how much it carries, begins anew; so does its way.
            known[name] = FullLine(falls=last.falls, last=last.last)
        else:
            seen = Seen(load.at, share, strained=any(each in strained for each in paths))
            known[name] = step(last, seen, site.policy.full_line)
    return {name: each for name, each in known.items() if each != FullLine()}


def reserved(
    site: Site, known: Mapping[str, FullLine], carrying: Collection[str], strained: Collection[str]
) -> frozenset[str]:
    """Of each full line whose straight path carries, and is not late for its own sake, the others that would carry."""
    able = {
        line
        for line, each in known.items()
        if each.since is not None and any(name in carrying and name not in strained for name in _straight(site, line))
    }
    others = (name for name, path in site.paths.items() if path.uplink in able and path.through is not None)
    return frozenset(name for name in others if name in carrying)


def changes(before: Mapping[str, FullLine], after: Mapping[str, FullLine]) -> Iterator[str]:
    """What a person is told."""
    begins = "full towards the home, the path straight over it carries, the others are in reserve"
    is_over = "all of its paths carry again, it is full no more, or not by the straight one"
    return fewer.changes(before, after, begins, is_over)


def _straight(site: Site, line: str) -> Iterator[str]:
    return (name for name, path in site.paths.items() if path.uplink == line and path.through is None)


def _all(before: FullLine, seen: Seen, limits: Limits) -> FullLine:
    if before.doubtful and seen.at - before.last >= PROVEN:
        falls = before.falls - 1
        before = structs.replace(before, falls=falls, doubtful=False) if falls else FullLine(full=before.full)
    if seen.share * 100 < limits.share:
        return structs.replace(before, full=None)
    before = structs.replace(before, doubtful=False)
    full = seen.at if before.full is None else before.full
    waits = seen.at - full < limits.seconds or seen.at < before.last + pause(before.falls, limits.again_seconds)
    return structs.replace(before, full=full, since=None if waits or seen.strained else seen.at)
