"""The part of what is that we own, in the form of a plan."""

from __future__ import annotations

from gateway_init.config.site import Site
from gateway_init.evidence.refused import stray
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import (
    Bridge,
    Endpoint,
    Firewall,
    Item,
    LanAddress,
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
    ridden = (kind.hardware(line, facts) for kind, line in site.lines)
    minded = {*site.lan.ports, number.BRIDGE, *(link.name for link in ridden if link)}
    items |= {Up(link.name) for link in facts.links if link.up and link.name in minded}
    items |= {StrayAddress(each.link, each.address, each.prefix, each.peer) for each in stray(site, facts)}
    if bridge := facts.link(number.BRIDGE):
        items.add(Bridge(bridge.name))
        items |= {Port(link.name, bridge.name) for link in facts.links if link.master == bridge.index}
        items |= {LanAddress(each.address, each.prefix) for each in facts.addresses if each.link == bridge.index}
    return frozenset(items)
