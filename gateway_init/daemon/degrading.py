"""Which paths are to carry only what no other can, as whoever watches the paths goes on learning."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.opening import Flows
from gateway_init.daemon.watched import Watched
from gateway_init.evidence import degraded
from gateway_init.evidence.degraded import Degraded, Seen

log = logging.getLogger(__name__)

LATELY = 3.0
"""Seconds between two looks at the subflows over which a share of what they carry says how it is now."""


class Degrading:
    """`names` are those paths now. What becomes of one decides with each answer of its probes."""

    def __init__(self, limits: Limits, before: Mapping[str, float]) -> None:
        """`before`: those that a predecessor knew, with the seconds that their answers usually take."""
        self._limits = limits
        self._known = {name: Degraded(usual, since=0.0, falls=1) for name, usual in before.items()}
        self._carried: dict[str, int] = {}
        self._at = float("-inf")
        self._shares: dict[str, float] = {}
        self._doubted: set[str] = set()

    def names(self) -> dict[str, float]:
        """With the seconds that their answers usually take."""
        return {name: each.usual or 0.0 for name, each in list(self._known.items()) if each.since is not None}

    @property
    def curious(self) -> bool:
        """Whether the subflows are to be looked at: what a path carries decides."""
        return bool(self._doubted)

    def look(self, flows: Flows, now: float) -> None:
        """Take note of what the subflows have carried."""
        carried = {name: sum(flow.sent + flow.received for flow in each) for name, each in flows.items()}
        grown = {name: max(0, count - self._carried.get(name, count)) for name, count in carried.items()}
        recent, whole = now - self._at <= LATELY, sum(grown.values())
        self._shares = {name: count / whole if whole else 0.0 for name, count in grown.items()} if recent else {}
        self._carried, self._at = carried, now

    def hear(self, name: str, took: float, watched: Mapping[str, Watched], now: float) -> bool:
        """Take note of an answer of a path, after so many seconds. Whether it changes anything."""
        each = watched[name]
        beside, lost_beside = min(self._beside(name, watched, now), default=(None, 0.0))
        seen = Seen(now, took, each.probes.lost(now), beside, lost_beside, self._share(name, now))
        before = self._known.get(name, Degraded())
        after = self._known[name] = degraded.step(before, seen, self._limits)
        (self._doubted.add if degraded.wants(after) else self._doubted.discard)(name)
        if (before.since is None) == (after.since is None):
            return False
        if after.since is None:
            log.info("path %s: it is as good as the others of its line again", name)
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
        self._doubted.discard(name)

    def _share(self, name: str, now: float) -> float | None:
        return self._shares.get(name, 0.0) if self._shares and now - self._at <= LATELY else None

    def _beside(self, name: str, watched: Mapping[str, Watched], now: float) -> Iterator[tuple[float, float]]:
        """How long answers of the others of its line take, and what those lose."""
        for other, each in watched.items():
            good = each.health.condition == "up" and self._known.get(other, Degraded()).since is None
            if other != name and each.way.line == watched[name].way.line and good and each.health.rtt is not None:
                yield each.health.rtt, each.probes.lost(now)
