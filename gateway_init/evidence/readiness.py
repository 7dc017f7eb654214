"""What a person is told of the whole: which paths are up, and what is missing before the LAN is served."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.config import Site
from gateway_init.evidence.evidence import path_states, uplink_states
from gateway_init.facts.facts import Facts
from gateway_init.report.console_line import View
from gateway_init.wellknown import unit as service_name

PATIENCE = 2
"""Failed requests in a row that take the word `ready` back: one may be lost while paths change."""
RETRY = 2.0
"""Seconds from a failed request through the chain to the next."""
REPEAT = 30.0
"""Seconds from an answered request through the chain to the next."""


class Verdict(Struct, frozen=True):
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

    def due(self, now: float) -> bool:
        """Whether it is time for the next request."""
        return now - self.at >= (REPEAT if self.answered and not self.failures else RETRY)


def chain_ready(site: Site, facts: Facts) -> bool:
    """Whether a request through the chain could be answered: a path is up and every link of the chain runs."""
    return any(state.up for state in path_states(site, facts).values()) and not _idle_services(facts)


def view(site: Site, facts: Facts, verdict: Verdict) -> View:
    """The paths that are up, and what the LAN waits for: nothing, when a request through the chain was answered."""
    paths = path_states(site, facts)
    up = tuple(name for name, state in paths.items() if state.up)
    if up and verdict.good and chain_ready(site, facts):
        return View(up, ())
    waits = [f"{name}: {state.reason}" for name, state in uplink_states(site, facts).items() if not state.up]
    if not up and not waits:
        waits = [f"{name}: {state.reason}" for name, state in paths.items() if not state.up]
    if up:
        waits = _idle_services(facts) or [f"{site.policy.destination}: {verdict.reason or 'first request sent'}"]
    return View(up, tuple(waits))


def _idle_services(facts: Facts) -> list[str]:
    return [
        f"{name.removeprefix('braid-').removesuffix('.service')}: {unit.sub if unit else 'not started yet'}"
        for name in service_name.carrying()
        if (unit := facts.units.get(name)) is None or unit.active != "active"
    ]
