"""What an uplink needs: its interface up, the address that it was given, a queue, a way for what is marked for it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_init.config.allotted import Allotment
from gateway_init.config.allowed import unwrapped
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.pace import Paces
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Forwards, Inbound, Item, LineAddress, Mtu, Named, Queue, Route, Rule, Up, Vlan
from gateway_init.uplink.kind import Rate
from gateway_init.wellknown.framing import BARE
from gateway_init.wellknown.number import BRIDGE

BELOW = 0.95
"""Share of what comes in by a line at its best that is let on at once: with as much as the line carries, packets would
wait at the provider's end."""


def items(site: Site, facts: Facts, evidence: Evidence, numbers: Allotment) -> Iterator[Item]:
    """Those of all uplinks."""
    for kind, line in site.lines:
        rests = evidence.uplinks[line.name].rests
        # Of a line that rests, its interface shows that it is there: nothing else may have it say a word.
        yield from (item for item in kind.items(line, facts) if not rests or isinstance(item, (Named, Up, Vlan)))
        device = kind.hardware(line, facts)
        if device:
            yield Mtu(device.name, kind.mtu(line, facts))
        if device and kind.assigns and not rests and line.name not in evidence.refused:
            yield from (LineAddress(device.index, each.address) for each in kind.given(line, facts))
    forwarding = unwrapped(site)
    if forwarding:
        # Whether or not its line is up: only what would be forwarded is told that there is no way.
        yield Forwards(BRIDGE)
    for name, state in evidence.uplinks.items():
        if state.link:
            table = numbers.uplink_table(name)
            yield Route(table, state.link.index, state.gateway)
            yield Rule(numbers.mark_rule(name), table, mark=numbers.mark(name))
            yield from _queues(state.link.index, site.uplinks[name].rate, evidence.paces.get(name, Paces()))
            if name in forwarding:
                lan = site.lan.address.network
                yield Forwards(state.link.name)
                yield Rule(numbers.late_rule(name), table, lan.network_address, prefix=lan.prefixlen)


def _queues(link: int, rate: Rate | None, found_out: Paces) -> Iterator[Queue | Inbound]:
    """At the rates that the config tells, each way, or else at those that were found out."""
    if rate:
        yield Queue(link, rate.up, rate.over)
    elif found_out.up.rate:
        yield Queue(link, round(found_out.up.rate), BARE)
    if rate and rate.down:
        yield Inbound(link, round(rate.down * BELOW), rate.over)
    elif found_out.down.rate:
        yield Inbound(link, round(found_out.down.rate), BARE)


def idle(site: Site, facts: Facts, evidence: Evidence) -> set[str]:
    """Names of units that are not to run: there is nothing for them to do, or their uplink rests, or what it was given
    was refused, and a provider would but give it again."""
    off = {*evidence.refused, *(name for name, state in evidence.uplinks.items() if state.rests)}
    idle = (kind.services(line) if line.name in off else kind.idle(line, facts) for kind, line in site.lines)
    return {service for services in idle for service in services}
