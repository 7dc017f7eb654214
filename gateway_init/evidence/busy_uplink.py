"""Whether a line is so busy towards the Internet that few of its paths are to carry: a pure state machine.

Each subflow costs a line its handshake and its end, whether it brings anything or not: where many connections open,
that is much. Few paths are as good as all, unless it is their own ways that are narrow, and not the line: then the line
has room, and their probes are late, or lost, while those of the paths beside them are not. All of them carry then, for
ever longer.

Which ones are the few is chosen once: each change ends subflows, when the line has least to spare. All that is under
way of an upload is then sent anew, by whichever path it went (__mptcp_retransmit_pending_data of net/mptcp/protocol.c):
so for uploads alone nothing of this is done.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from msgspec import Struct, structs

from gateway_init.config.busy_uplink import BusyUplink as Limits
from gateway_init.config.site import Site
from gateway_init.evidence import fewer
from gateway_init.evidence.fewer import pause
from gateway_init.evidence.load import Load, Rate, share_up

FULL = 0.9
"""Share of a line from which on it is what is narrow, whatever probes say: they may wait behind what they compare."""
JOIN, JOINED = 960, 8
"""Bytes and packets up that a connection takes for a path beyond the first, from its handshake to its end: a mean of
those straight over a line and those in a tunnel (`./invoke bench uplink`)."""


class BusyUplink(Struct, frozen=True, omit_defaults=True):
    """What is remembered of a line. Times are seconds since boot."""

    busy: float | None = None
    """Since when it is busy; None where it is not."""
    since: float | None = None
    """Since when few of its paths carry; None where all do."""
    eased: float | None = None
    """Since when it is busy no more, while few carry; None where it still is."""
    falls: int = 0
    """How often it showed, one time after the other, that the ways of the few are too narrow."""
    last: float = float("-inf")
    """When that was last."""
    kept: tuple[str, ...] = ()
    """The paths that carry, while few do."""


class Seen(Struct, frozen=True):
    """A new sample of what a line carries."""

    at: float
    share: float
    """The part of what it carries towards the Internet that is used."""
    joins: float
    """The part of it that new connections take for the paths beyond the few, if all carry."""
    strained: bool = False
    """Whether a path of it that carries is late, or loses much, and others of it are not."""


def step(before: BusyUplink, seen: Seen, limits: Limits) -> BusyUplink:
    """The next state."""
    return _few(before, seen, limits) if before.since is not None else _all(before, seen, limits)


def heard(site: Site, before: Mapping[str, BusyUplink], load: Load, strained: Collection[str]) -> dict[str, BusyUplink]:
    """What is known of the lines after a new sample; nothing of those of which there is nothing to be remembered.
    `strained`: paths that carry, and are late or lose much for their own sake."""
    limits, known = site.policy.busy_uplink, dict[str, BusyUplink]()
    narrow = {site.paths[name].uplink for name in strained if name in site.paths}
    for name, settings in site.uplinks.items():
        # A line that was away, or of which nobody knows how much it carries, begins anew.
        last = before.get(name, BusyUplink())
        known[name] = BusyUplink(falls=last.falls, last=last.last)
        share = share_up(settings, load.rates[name]) if name in load.rates else None
        beyond = sum(path.uplink == name for path in site.paths.values()) - limits.paths
        if share is not None and beyond > 0:
            many = load.openings * beyond
            joins = share_up(settings, Rate(0, up=many * JOIN * 8, packets_up=many * JOINED)) or 0.0
            known[name] = step(last, Seen(load.at, share, joins, strained=name in narrow and share < FULL), limits)
    return {name: each for name, each in known.items() if each != BusyUplink()}


def chosen(
    site: Site,
    known: Mapping[str, BusyUplink],
    up: Collection[str],
    degraded: Collection[str],
    openers: Mapping[str, str],
) -> dict[str, BusyUplink]:
    """The same, with the paths that carry of each line of which few are to. `openers`: the paths by which connections
    open, by destination: they are the first ones, that of the main destination before the others', and those straight
    over the line next. Those that carried before stay, unless they are down or degraded."""
    found = dict(known)
    for line, each in known.items():
        paths = [name for name, path in site.paths.items() if path.uplink == line and name in up]

        def worse(name: str, had: tuple[str, ...] = each.kept) -> tuple[bool, ...]:
            opens, through = openers.get(site.main) == name, site.paths[name].through
            return name in degraded, name not in had, not opens, name not in openers.values(), through is not None

        few = sorted(paths, key=worse)[: site.policy.busy_uplink.paths] if each.since is not None else []
        found[line] = structs.replace(each, kept=tuple(name for name in paths if name in few))
    return found


def spared(site: Site, known: Mapping[str, BusyUplink], up: Collection[str]) -> frozenset[str]:
    """Of each line of which few paths carry, the others that are up."""
    few = {line: each.kept for line, each in known.items() if each.since is not None}
    lines = {name: path.uplink for name, path in site.paths.items() if path.uplink in few}
    return frozenset(name for name, line in lines.items() if name in up and name not in few[line])


def changes(before: Mapping[str, BusyUplink], after: Mapping[str, BusyUplink]) -> Iterator[str]:
    """What a person is told."""
    begins = "busy towards the Internet, connections do with fewer of its paths"
    return fewer.changes(before, after, begins, "all of its paths carry again")


def _all(before: BusyUplink, seen: Seen, limits: Limits) -> BusyUplink:
    if seen.share * 100 < limits.share or seen.joins * 100 < limits.joins:
        return structs.replace(before, busy=None)
    busy = seen.at if before.busy is None else before.busy
    waits = seen.at - busy < limits.seconds or seen.at < before.last + pause(before.falls, limits.again_seconds)
    return structs.replace(before, busy=busy, since=None if waits or seen.strained else seen.at)


def _few(before: BusyUplink, seen: Seen, limits: Limits) -> BusyUplink:
    if seen.strained:
        return BusyUplink(falls=before.falls + 1, last=seen.at)
    if seen.share * 100 >= min(limits.eased, limits.share) and seen.joins * 100 >= limits.joins / 2:
        return structs.replace(before, eased=None)
    eased = seen.at if before.eased is None else before.eased
    return BusyUplink() if seen.at - eased >= limits.eased_seconds else structs.replace(before, eased=eased)
