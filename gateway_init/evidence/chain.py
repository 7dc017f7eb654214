"""The chain that carries the LAN: whether it stands, and what requests through the whole of it showed."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.facts.facts import Facts
from gateway_init.wellknown import unit

PATIENCE = 2
"""Failed requests in a row that take the word `ready` back: one may be lost while paths change."""
RETRY = 2.0
"""Seconds from a failed request through the chain to the next."""
DOUBTED = 10.0
"""The same while all paths are in doubt."""
REPEAT = 30.0
"""Seconds from an answered request through the chain to the next."""


class Verdict(Struct, frozen=True, omit_defaults=True):
    """What the requests through the whole chain showed so far."""

    answered: bool = False
    """Whether one was ever answered since the daemon's start."""
    failures: int = 0
    """Failed ones since the last answer."""
    reason: str = ""
    """What went wrong with the last one."""
    at: float = float("-inf")
    """When the last one ended, in seconds since boot."""

    def after(self, reason: str, now: float) -> Verdict:
        """The verdict after one more request; `reason` is empty where it was answered."""
        if not reason:
            return Verdict(answered=True, at=now)
        return Verdict(self.answered, self.failures + 1, reason, now)

    @property
    def good(self) -> bool:
        return self.answered and self.failures < PATIENCE

    def due(self, now: float, *, doubted: bool = False) -> bool:
        """Whether it is time for the next request. `doubted`: over no path is anything heard."""
        if self.failures or not self.answered:
            return now - self.at >= RETRY
        return now - self.at >= (DOUBTED if doubted else REPEAT)


def idle_services(facts: Facts, destination: str) -> list[str]:
    """Each program of the chain to a destination that does not run, and how far it is."""
    return [
        f"{name.removeprefix('braid-').removesuffix('.service')}: {found.sub if found else 'not started yet'}"
        for name in unit.carrying(destination)
        if (found := facts.units.get(name)) is None or not found.runs
    ]
