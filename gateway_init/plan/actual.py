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
    Forwards,
    Item,
    LanAddress,
    LineAddress,
    Mtu,
    Named,
    Neighbour,
    Port,
    Quota,
    Quotas,
    Service,
    StrayAddress,
    SubflowLimit,
    Unmerged,
    Up,
    Vlan,
)
from gateway_init.wellknown import number


def ours(site: Site, facts: Facts) -> frozenset[Item]:
    """Everything that no plan of ours would leave as it is, were it not in it."""
    items: set[Item] = {Endpoint(each.address, each.link, backup=each.backup) for each in facts.endpoints}
    items |= facts.routes | facts.rules | facts.queues | facts.carriers | facts.steered
    items |= {Forwards(link.name) for link in facts.links if link.forwards}
    carriers = [link for each in facts.carriers if (link := facts.link(each.link))]
    items |= {Service(name, digest) for name, digest in facts.services}
    if facts.firewall:
        items.add(Firewall(facts.firewall))
    if facts.quotas:
        items.add(Quotas(frozenset(Quota(name, each.stamp, each.limit) for name, each in facts.quotas.items())))
    items |= {Unmerged(link.name) for link in facts.links if not link.merges}
    if facts.subflow_limit:
        items.add(SubflowLimit(facts.subflow_limit))
    ridden = [link for kind, line in site.lines if (link := kind.hardware(line, facts))]
    minded = {*site.lan.ports, number.BRIDGE, *(link.name for link in (*ridden, *carriers))}
    under = {each.index for each in ridden}
    wanted = {item.name for item in _by_lines(site, facts) if isinstance(item, Vlan)}
    tagged = [link for link in facts.links if link.tag and (link.under in under or link.name in wanted)]
    items |= {Vlan(link.name, link.under, link.tag) for link in tagged}
    minded |= {link.name for link in tagged}
    items |= {Up(link.name) for link in facts.links if link.up and link.name in minded}
    tunnels = [link for name in site.tunnels if (link := facts.link(name))]
    named = {item.link for item in _by_lines(site, facts) if isinstance(item, Named)}
    items |= {Named(link.index, link.name) for link in facts.links if link.index in named}
    items |= {Mtu(link.name, link.mtu) for link in (*ridden, *tagged, *tunnels, *carriers)}
    # The routers that lines go by: all others are none of ours.
    items |= {item for item in _by_lines(site, facts) if isinstance(item, Neighbour) and item in facts.neighbours}
    items |= {LineAddress(each.link, each.address, each.prefix) for each in _set_by_us(site, facts)}
    items |= {LineAddress(each.link, each.address, each.prefix) for link in carriers for each in facts.on(link)}
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


def _by_lines(site: Site, facts: Facts) -> Iterator[Item]:
    """What the kinds of line ask for."""
    for kind, line in site.lines:
        yield from kind.items(line, facts)
