"""The part of what is that we own, in the form of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from gateway_init.config.site import Site
from gateway_init.evidence.refused import stray
from gateway_init.facts.facts import Address, Facts
from gateway_init.facts.item import (
    Bridge,
    Endpoint,
    Firewall,
    Item,
    LanAddress,
    LineAddress,
    Mtu,
    Neighbour,
    Port,
    Service,
    StrayAddress,
    SubflowLimit,
    Up,
)
from gateway_init.wellknown import number


def ours(site: Site, facts: Facts) -> frozenset[Item]:
    """Everything that no plan of ours would leave as it is, were it not in it."""
    items: set[Item] = {Endpoint(each.address, each.link) for each in facts.endpoints}
    items |= facts.routes | facts.rules
    items |= {Service(name, digest) for name, digest in facts.services}
    if facts.firewall:
        items.add(Firewall(facts.firewall))
    if facts.subflow_limit:
        items.add(SubflowLimit(facts.subflow_limit))
    ridden = [link for kind, line in site.lines if (link := kind.hardware(line, facts))]
    minded = {*site.lan.ports, number.BRIDGE, *(link.name for link in ridden)}
    items |= {Up(link.name) for link in facts.links if link.up and link.name in minded}
    tunnels = [link for name in site.tunnels if (link := facts.link(name))]
    items |= {Mtu(link.name, link.mtu) for link in (*ridden, *tunnels)}
    items |= {item for item in _asked(site, facts) if item in facts.neighbours}
    items |= {LineAddress(each.link, each.address, each.prefix) for each in _set_by_us(site, facts)}
    items |= {StrayAddress(each.link, each.address, each.prefix, each.peer) for each in stray(site, facts)}
    if bridge := facts.link(number.BRIDGE):
        items.add(Bridge(bridge.name))
        items |= {Port(link.name, bridge.name) for link in facts.links if link.master == bridge.index}
        items |= {LanAddress(each.address, each.prefix) for each in facts.on(bridge)}
    return frozenset(items)


def _set_by_us(site: Site, facts: Facts) -> Iterator[Address]:
    """The addresses of what lines ride on, but for those that whoever dials a line sets there."""
    for kind, line in site.lines:
        device = kind.hardware(line, facts)
        if device and (kind.assigns or device.name != kind.interface(line)):
            yield from facts.on(device)


def _asked(site: Site, facts: Facts) -> Iterator[Neighbour]:
    """The routers that lines go by: all others are none of ours."""
    for kind, line in site.lines:
        yield from (item for item in kind.items(line, facts) if isinstance(item, Neighbour))
