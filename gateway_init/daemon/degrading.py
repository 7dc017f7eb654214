"""Which paths are to carry only what no other can, as whoever watches the paths goes on learning."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection, Iterator, Mapping

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.flows import Flows
from gateway_init.daemon.watched import Watched
from gateway_init.evidence import degraded
from gateway_init.evidence.degraded import Degraded, Seen

log = logging.getLogger(__name__)

LATELY = 2.0
"""Seconds over which a share of what the subflows carry says how it is now: over less, who sends in bursts may seem to
carry nothing."""
SAMPLE = 10_000
"""Bytes of which a share says anything."""
KNOWN = 20
"""Probes of which what is lost says anything."""
FEW = 12
"""The last ones, by which it is seen whether loss is over."""


class Degrading:
    """`names` are those paths now. What becomes of one decides with each answer of its probes."""

    def __init__(self, limits: Limits, before: Mapping[str, float]) -> None:
        """`before`: those that a predecessor knew, with the seconds that their answers usually take."""
        self._limits = limits
        self._known = {name: Degraded(usual, since=0.0, falls=1) for name, usual in before.items()}
        self._carried: dict[tuple[str, int], int] = {}
        """By path and port: what a subflow that has ended carried is nobody's loss."""
        self._at = float("-inf")
        self._grown: deque[tuple[float, dict[str, int]]] = deque()
        """What each path has carried more at looks of lately."""
        self._shares: dict[str, float] = {}

    def names(self) -> dict[str, float]:
        """With the seconds that their answers usually take."""
        return {name: each.usual or 0.0 for name, each in list(self._known.items()) if each.since is not None}

    def answered(self) -> frozenset[str]:
        """The paths whose probes were answered at some time: of others nobody knows how they are."""
        return frozenset(list(self._known))

    def strained(self, watched: Mapping[str, Watched]) -> frozenset[str]:
        """Those that would be set back, if they did not carry their part."""
        known, least = dict(self._known), self._limits.least_share / 100
        carry = [name for name, each in list(watched.items()) if each.health.carries and name in known]
        return frozenset(
            name for name in carry if degraded.strained(known[name]) and self._shares.get(name, 0.0) >= least
        )

    def curious(self, watched: Mapping[str, Watched]) -> bool:
        """Whether the subflows are to be looked at: what a path carries decides."""
        known = self._known
        return any(
            name in known and degraded.wants(known[name]) and each.health.carries for name, each in watched.items()
        )

    def look(self, flows: Flows, now: float) -> None:
        """Take note of what the subflows have carried."""
        carried = {(name, flow.port): flow.sent + flow.received for name, each in flows.items() for flow in each}
        grown = dict.fromkeys(flows, 0)
        for (name, port), count in carried.items():
            grown[name] += max(0, count - self._carried.get((name, port), 0))
        if now - self._at <= LATELY:
            self._grown.append((now, grown))
        while self._grown and now - self._grown[0][0] > LATELY:
            self._grown.popleft()
        lately = {name: sum(each.get(name, 0) for _, each in self._grown) for name in grown}
        whole = sum(lately.values())
        self._shares = {name: count / whole for name, count in lately.items()} if whole >= SAMPLE else {}
        self._carried, self._at = carried, now

    def keep(self, names: Collection[str]) -> None:
        """Those paths are there, and no others."""
        for gone in self._known.keys() - names:
            self.forget(gone)

    def hear(self, name: str, took: float, watched: Mapping[str, Watched], now: float) -> bool:
        """Take note of an answer of a path, after so many seconds. Whether it changes anything."""
        each = watched[name]
        each.took.append(took)
        if not each.health.carries:
            return False
        others = [*self._others(name, watched)]
        sure = [other for other in others if other.health.condition == "up" and other.health.rtt is not None]
        beside, lost_beside = min(((_lately(other), _lost(other, now)) for other in sure), default=(None, 0.0))
        seen = Seen(
            at=now,
            rtt=took,
            lost=_lost(each, now),
            lately=each.probes.lost(now, last=FEW),
            alone=not others,
            beside=beside,
            lost_beside=lost_beside,
            share=self._share(name, now),
        )
        before = self._known.get(name, Degraded())
        after = self._known[name] = degraded.step(before, seen, self._limits)
        if (before.since is None) == (after.since is None):
            return False
        if after.since is None:
            each.returned = now
            log.info("path %s: it is as good as the others again", name)
        else:
            log.info(
                "path %s: answers take %.2f s, %.2f s is usual; %.0f %% are lost: it carries what no other can",
                name,
                took,
                after.usual or 0.0,
                seen.lost * 100,
            )
        return True

    def forget(self, name: str) -> None:
        """That path is another one now."""
        self._known.pop(name, None)

    def _share(self, name: str, now: float) -> float | None:
        return self._shares.get(name, 0.0) if self._shares and now - self._at <= LATELY else None

    def _others(self, name: str, watched: Mapping[str, Watched]) -> Iterator[Watched]:
        """Those beside which it is judged, that carry and are not set back: of its line, or where that has no other
        path, of all lines that are used no later."""
        own = watched[name].way
        for other, each in watched.items():
            carries = each.health.carries and self._known.get(other, Degraded()).since is None
            beside = each.way.rank <= own.rank if own.lone else each.way.line == own.line
            if other != name and beside and carries:
                yield each


def _lately(each: Watched) -> float | None:
    """The longest that its last answers took: a queue that all share has grown since, or drained."""
    return max(each.took, default=each.health.rtt)


def _lost(each: Watched, now: float) -> float:
    return each.probes.lost(now, since=each.returned, least=KNOWN)
