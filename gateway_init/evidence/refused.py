"""Addresses that a line was given and must not have: it carries nothing then, whatever its kind, and the rest goes on.

The plan takes such an address off the interface and stops what dials the line. So the refusal is remembered, and after
HOLD the line is tried again: a provider may give another address, or have been mended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from gateway_init.config.site import Site
from gateway_init.config.taken import whose
from gateway_init.facts.facts import Address, Facts
from gateway_init.uplink.kind import Given, Kind, Line, State

HOLD = 300.0
"""Seconds until a line whose address was refused is tried again."""
AGAIN = "tried again after 5 minutes"


class Refused(Given, frozen=True):
    """What is held against an uplink."""

    at: float = 0.0
    """When it was refused, in seconds since boot."""


def fault(site: Site, given: Given) -> str:
    """What is wrong with what an uplink was given; empty if nothing is."""
    if owner := whose(site, given.address):
        return f"the provider gave {given.address}, but {owner}"
    if given.peer and (owner := whose(site, given.peer)):
        return f"the provider's own end is {given.peer}, but {owner}"
    return ""


def stray(site: Site, facts: Facts) -> Iterator[Address]:
    """The addresses that must go from the uplinks' interfaces, of those that whoever dials has set."""
    for kind, line in site.lines:
        link = None if kind.assigns else facts.link(kind.interface(line))
        if link:
            yield from (each for each in facts.on(link) if fault(site, Given(each.address, each.peer)))


def refusal(site: Site, kind: Kind[Any], line: Line[Any], facts: Facts, before: Refused | None) -> Refused | None:
    """What is held against an uplink; `before` is what was held against it at the last look."""
    if before and fault(site, before):
        return before
    faulty = (each for each in kind.given(line, facts) if fault(site, each))
    return next((Refused(each.address, each.peer) for each in faulty), None)


def judged(site: Site, state: State, refused: Refused | None) -> State:
    """The state of an uplink: down, where something is held against it."""
    return State(reason=f"{fault(site, refused)}; {AGAIN}") if refused else state


def noted(before: Mapping[str, Refused], seen: Mapping[str, Refused], now: float) -> dict[str, Refused]:
    """The refusals with their times: what was held before keeps its own, what is new gets `now`."""
    return {name: before.get(name) or structs.replace(each, at=now) for name, each in seen.items()}


def lasting(refused: Mapping[str, Refused], now: float) -> dict[str, Refused]:
    """Those that are not over yet."""
    return {name: each for name, each in refused.items() if now - each.at < HOLD}
