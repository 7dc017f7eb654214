"""By which path connections open, as whoever watches the paths goes on learning."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.flows import Flows
from gateway_init.evidence import opener
from gateway_init.evidence.opener import Cost, Opener

log = logging.getLogger(__name__)

SETTLED = 5.0
"""Seconds after which those connections are through that began to open by the path of before."""


class Opening:
    """It looks at what befalls those that open, too: a path that lets plain TCP through alone opens none."""

    def __init__(self, limits: Limits, opens: str, fallbacks: Callable[[], int], whither: str = "") -> None:
        """`opens`: the path that a predecessor chose; `fallbacks`: how many connections have become plain TCP;
        `whither`: that they go to this destination, for whoever is told."""
        self._limits = limits
        self._whither = whither
        self._opener = Opener(opens)
        self._fallbacks = fallbacks
        self._fell_back = fallbacks()
        self._changed = float("-inf")
        self.deserted = 0
        """How often another path opened because the one by which connections did had come into doubt."""
        self.stripped: dict[str, set[int]] = {}
        """Paths on whose way something takes Multipath TCP away, with the ports of the subflows that they had then."""

    @property
    def path(self) -> str:
        """Empty where nobody knows a better one than the first."""
        return self._opener.path

    def look(self, flows: Callable[[], Flows | None], now: float) -> None:
        """Whether connections have become plain TCP that opened since the last look. `flows`: all of now, by path; None
        where nobody could tell."""
        fell_back = self._fallbacks()
        more, self._fell_back = fell_back > self._fell_back, fell_back
        # Soon after a change it could have been either.
        if not more or now - self._changed < SETTLED or not self.path or self.path in self.stripped:
            return
        if (found := flows()) is not None:
            taken = "path %s: something on the way takes Multipath TCP away; connections%s open elsewhere"
            log.warning(taken, self.path, self._whither)
            self.stripped[self.path] = {flow.port for flow in found.get(self.path, ())}

    def hear(self, flows: Flows) -> None:
        """A subflow over a path that was not there before shows that Multipath TCP gets through again."""
        for path, before in list(self.stripped.items()):
            if any(flow.port not in before for flow in flows.get(path, ())):
                del self.stripped[path]
                log.info("path %s: Multipath TCP gets through again", path)

    def choose(self, costs: Mapping[str, Cost], there: Collection[str], now: float) -> bool:
        """Whether another path opens from now on. `costs` are those of the paths in no doubt; `there` are all."""
        for gone in self.stripped.keys() - set(there):
            # It may come back by another way.
            del self.stripped[gone]
        good = {path: cost for path, cost in costs.items() if path not in self.stripped} or costs
        before, self._opener = self.path, opener.choose(self._opener, good, there, now, self._limits)
        if before != self.path:
            self._changed = now
            # Whoever is told so finds the other one chosen.
            self.deserted += bool(before and self.path) and before not in costs
            log.info("connections%s open by path %s", self._whither, self.path or "as the config has it first")
        return before != self.path
