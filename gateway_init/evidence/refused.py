"""Addresses that a line was given and must not have: it carries nothing then, whatever its kind, and the rest goes on.

They belong to the site, or to another line: many sticks hand out one and the same, and what comes from it could leave
by either. Whoever uses it keeps it.

The plan takes such an address off the interface and stops what dials the line. So the refusal is remembered, and after
HOLD the line is tried again: a provider may give another address, or have been mended.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
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
    reason: str = ""


def fault(site: Site, given: Given, others: Iterable[tuple[str, Given]] = ()) -> str:
    """What is wrong with what an uplink was given; empty if nothing is. `others`: what other uplinks have, by name."""
    if owner := whose(site, given.address):
        return f"the provider gave {given.address}, but {owner}"
    if given.peer and (owner := whose(site, given.peer)):
        return f"the provider's own end is {given.peer}, but {owner}"
    for name, other in others:
        if given.address in (other.address, other.peer):
            return f"the provider gave {given.address}, but uplinks.{name} has that already"
        if given.peer == other.address:
            return f"the provider's own end is {given.peer}, but uplinks.{name} has that already"
    return ""


def stray(site: Site, facts: Facts) -> Iterator[Address]:
    """The addresses that must go from the uplinks' interfaces, of those that whoever dials has set."""
    for kind, line in site.lines:
        link = None if kind.assigns else facts.link(kind.interface(line))
        if link:
            yield from (each for each in facts.on(link) if fault(site, Given(each.address, each.peer)))


def refusals(site: Site, facts: Facts, before: Mapping[str, Refused]) -> dict[str, Refused]:
    """What is held against uplinks, by name; `before` is what was held against them at the last look."""
    found: dict[str, Refused] = {}
    have: list[tuple[str, Given]] = []
    # Who was there first keeps what he has, whatever the order in the file.
    using = {line.name for kind, line in site.lines if _uses(kind, line, facts)}
    for kind, line in sorted(site.lines, key=lambda each: (each[1].name in before, each[1].name not in using)):
        given = kind.given(line, facts)
        asked = (*([before[line.name]] if line.name in before else []), *given)
        faulty = ((each, reason) for each in asked if (reason := fault(site, each, have)))
        if held := next(faulty, None):
            found[line.name] = Refused(held[0].address, held[0].peer, reason=held[1])
        else:
            have += [(line.name, each) for each in given]
    return found


def _uses(kind: Kind[Any], line: Line[Any], facts: Facts) -> bool:
    """Whether it has an address that it was given on its interface."""
    link = facts.link(kind.interface(line))
    return link is not None and any(each.address in facts.addresses_on(link) for each in kind.given(line, facts))


def judged(state: State, held: Refused | None) -> State:
    """The state of an uplink: down, where something is held against it."""
    return State(reason=f"{held.reason}; {AGAIN}") if held else state


def noted(before: Mapping[str, Refused], seen: Mapping[str, Refused], now: float) -> dict[str, Refused]:
    """The refusals with their times: what was held before keeps its own, what is new gets `now`."""
    return {name: before.get(name) or structs.replace(each, at=now) for name, each in seen.items()}


def lasting(refused: Mapping[str, Refused], now: float) -> dict[str, Refused]:
    """Those that are not over yet."""
    return {name: each for name, each in refused.items() if now - each.at < HOLD}
