"""What an uplink needs: its interface up, and a way for packets that are marked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Item, Route, Rule
from gateway_init.uplink.kind import State


def items(site: Site, facts: Facts, states: Mapping[str, State], numbers: Allotment) -> Iterator[Item]:
    """Those of all uplinks."""
    for kind, line in site.lines:
        yield from kind.items(line, facts)
    for name, state in states.items():
        if state.link:
            table = numbers.uplink_table(name)
            yield Route(table, state.link.index)
            yield Rule(numbers.mark_rule(name), table, mark=numbers.mark(name))


def refused(site: Site, names: Collection[str]) -> set[str]:
    """Names of the units of the named uplinks, whose addresses were refused: a provider would but give them again."""
    return {service for kind, line in site.lines if line.name in names for service in kind.services(line)}
