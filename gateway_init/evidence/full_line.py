"""Whether a line is so full towards the home that the path straight over it is to carry alone: a pure state machine.

Where it is the line that is narrow, its other paths bring nothing, and take some of it: what they carry is wrapped. So
they are kept in reserve, as backup subflows (RFC 8684, 3.3.8), that carry at once where the straight path dies. Where
it is the straight path's own way that is narrower, it does not fill the line: all carry again, for ever longer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, structs

from gateway_init.config.full_line import FullLine as Limits
from gateway_init.config.site import Site
from gateway_init.evidence.load import Load, share_down
from gateway_init.evidence.pace import Paces

QUIET = 0.2
"""Share of a line below which nobody wants more of it: that the straight path does not fill it is not its fault."""
LONGEST = 3600.0
"""Seconds that all paths of a full line carry at most, whatever was tried before."""


class FullLine(Struct, frozen=True, omit_defaults=True):
    """What is remembered of a line. Times are seconds since boot."""

    full: float | None = None
    """Since when it is full; None where it is not."""
    since: float | None = None
    """Since when the straight path carries alone; None where all do."""
    short: float | None = None
    """Since when it is full no more, while that one carries alone; None where it still is."""
    falls: int = 0
    """How often that one did not fill it, one time after the other."""
    last: float = float("-inf")
    """When that was last."""


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
        return structs.replace(before, short=None)
    short = seen.at if before.short is None else before.short
    if seen.at - short < limits.short_seconds:
        return structs.replace(before, short=short)
    return FullLine() if seen.share < QUIET else FullLine(falls=before.falls + 1, last=seen.at)


def pause(falls: int, limits: Limits) -> float:
    """Seconds for which all paths carry after the straight one did not fill the line so often."""
    return min(limits.again_seconds * 2.0 ** min(falls - 1, 20), LONGEST) if falls else 0.0


def heard(
    site: Site, before: Mapping[str, FullLine], load: Load, paces: Mapping[str, Paces], strained: Collection[str]
) -> dict[str, FullLine]:
    """What is known of the lines after a new sample; nothing of those of which there is nothing to be remembered.
    `paces`: what was found out of what they carry; `strained`: paths that carry, and are late or lose much for their
    own sake."""
    known = {}
    for name, settings in site.uplinks.items():
        last = before.get(name, FullLine())
        straight = [each for each, path in site.paths.items() if path.uplink == name and path.through is None]
        rate, found_out = load.rates.get(name), paces.get(name, Paces()).down.rate
        share = share_down(settings, rate, found_out) if rate else None
        if share is None or not straight:
            # A line that was away, or of which nobody knows how much it carries, begins anew.
            known[name] = FullLine(falls=last.falls, last=last.last)
        else:
            seen = Seen(load.at, share, strained=any(each in strained for each in straight))
            known[name] = step(last, seen, site.policy.full_line)
    return {name: each for name, each in known.items() if each != FullLine()}


def reserved(
    site: Site, known: Mapping[str, FullLine], up: Collection[str], without: Collection[str]
) -> frozenset[str]:
    """Of each full line whose straight path carries, the others that are up. `without`: paths that are set back, or
    spared, or late for their own sake."""
    full = {line for line, each in known.items() if each.since is not None}
    able = {
        path.uplink
        for name, path in site.paths.items()
        if path.uplink in full and path.through is None and name in up and name not in without
    }
    others = (name for name, path in site.paths.items() if path.uplink in able and path.through is not None)
    return frozenset(name for name in others if name in up and name not in without)


def changes(before: Mapping[str, FullLine], after: Mapping[str, FullLine]) -> Iterator[str]:
    """What a person is told."""
    for name in dict.fromkeys([*before, *after]):
        had, has = (name in each and each[name].since is not None for each in (before, after))
        if has and not had:
            yield f"{name}: full towards the home, the path straight over it carries, the others are in reserve"
        elif had and not has:
            yield f"{name}: all of its paths carry again, it is full no more, or not by the straight one"


def _all(before: FullLine, seen: Seen, limits: Limits) -> FullLine:
    if seen.share * 100 < limits.share:
        return structs.replace(before, full=None)
    full = seen.at if before.full is None else before.full
    waits = seen.at - full < limits.seconds or seen.at < before.last + pause(before.falls, limits)
    return structs.replace(before, full=full, since=None if waits or seen.strained else seen.at)
