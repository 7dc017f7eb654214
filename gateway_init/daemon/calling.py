"""By which path calls go, as whoever watches the paths goes on learning."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from gateway_init.config.health import Health as Limits
from gateway_init.daemon.watched import Watched
from gateway_init.evidence import calls, opener
from gateway_init.evidence.opener import Opener

log = logging.getLogger(__name__)

ANY_GAIN = 0.0
"""A voice feels a twentieth of a second, whatever share of the whole it is."""


class Calling:
    """It changes at once where the path is in doubt or gone, and otherwise for a lasting gain alone."""

    def __init__(self, limits: Limits, before: str, whither: str = "") -> None:
        """`before`: the path that a predecessor chose; `whither`: that they go to this destination, for whoever is
        told."""
        self._limits = limits
        self._whither = whither
        self._caller = Opener(before)

    @property
    def path(self) -> str:
        """Empty where nobody knows a better one than the first."""
        return self._caller.path

    def choose(self, watched: Mapping[str, Watched], now: float) -> bool:
        """Whether calls go by another path from now on."""
        costs = {
            name: cost
            for name, each in watched.items()
            if (cost := calls.cost(each.health, each.probes.lost(now), each.way.rank, metered=each.way.metered))
        }
        before = self.path
        self._caller = opener.choose(self._caller, costs, watched, now, self._limits, ANY_GAIN)
        if before != self.path:
            log.info("calls%s go by path %s", self._whither, self.path or "as the config has it first")
        return before != self.path
