"""What an uplink needs: its interface up, the address that it was given, a way for packets that are marked for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Item, LineAddress, Mtu, Route, Rule


def items(site: Site, facts: Facts, evidence: Evidence, numbers: Allotment) -> Iterator[Item]:
    """Those of all uplinks."""
    for kind, line in site.lines:
        yield from kind.items(line, facts)
        device = kind.hardware(line, facts)
        if device:
            yield Mtu(device.name, kind.mtu(line, facts))
        if device and kind.assigns and line.name not in evidence.refused:
            yield from (LineAddress(device.index, each.address) for each in kind.given(line, facts))
    for name, state in evidence.uplinks.items():
        if state.link:
            table = numbers.uplink_table(name)
            yield Route(table, state.link.index, state.gateway)
            yield Rule(numbers.mark_rule(name), table, mark=numbers.mark(name))


def idle(site: Site, facts: Facts, refused: Collection[str]) -> set[str]:
    """Names of units that are not to run: there is nothing for them to do, or what their uplink was given was refused,
    and a provider would but give it again."""
    resting = ((kind, line) for kind, line in site.lines if line.name in refused or kind.idle(line, facts))
    return {service for kind, line in resting for service in kind.services(line)}
