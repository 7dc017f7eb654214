"""From the config and the facts to the complete state that should be: a pure function.

The state is a set of items, each a thing that the kernel or systemd has or has not. What is reaches the same
form by `ours`, so the difference between the two is a difference of sets.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TypeAlias

from msgspec import Struct

from gateway_init.config import Site
from gateway_init.evidence.evidence import path_states, uplink_states
from gateway_init.facts.facts import Endpoint, Facts, Route, Rule
from gateway_init.wellknown import number as numbering
from gateway_init.wellknown import unit as service_name


class Firewall(Struct, frozen=True):
    """The ruleset is loaded, with this digest."""

    digest: str


class SubflowLimit(Struct, frozen=True):
    """Each connection may have this many additional subflows."""

    subflows: int


class Bridge(Struct, frozen=True):
    """The LAN's bridge exists."""

    name: str


class Up(Struct, frozen=True):
    """An interface is administratively up."""

    link: str


class Port(Struct, frozen=True):
    """An interface is a port of the bridge."""

    link: str
    bridge: str


class LanAddress(Struct, frozen=True):
    """The bridge has this address."""

    address: IPv4Address
    prefix: int


class Service(Struct, frozen=True):
    """A unit runs, started from the files with this digest."""

    name: str
    digest: str


Item: TypeAlias = Firewall | SubflowLimit | Bridge | Up | Port | LanAddress | Route | Rule | Endpoint | Service

ORDER: tuple[type, ...] = (
    Firewall,
    SubflowLimit,
    Bridge,
    Port,
    Up,
    LanAddress,
    Service,
    Route,
    Rule,
    Endpoint,
)
"""Items are made in this order and unmade in the reverse: the firewall before a packet can flow, routes and rules
before the endpoint that sends by them."""


def plan(site: Site, facts: Facts, *, firewall: str, services: dict[str, str]) -> frozenset[Item]:
    """The state that should be. `firewall` is the digest of the ruleset, `services` of each unit's files, by name."""
    items: set[Item] = {
        Firewall(firewall),
        SubflowLimit(numbering.SUBFLOWS),
        Bridge(numbering.BRIDGE),
        Up(numbering.BRIDGE),
        LanAddress(site.lan.address.ip, site.lan.address.network.prefixlen),
    }
    early = _too_early(site, facts)
    items |= {Service(name, digest) for name, digest in services.items() if name not in early}
    present = {link.name for link in facts.links}
    for port in present.intersection(site.lan.ports):
        items |= {Port(port, numbering.BRIDGE), Up(port)}
    items |= {Up(uplink.device) for uplink in site.uplinks.values() if uplink.device in present}
    return frozenset(items | _uplinks(site, facts) | _paths(site, facts))


def _too_early(site: Site, facts: Facts) -> set[str]:
    """Names of the units of tunnels that do not run and whose uplink is not up: they would but try, and wait longer
    after each time."""
    uplinks, running = uplink_states(site, facts), {name for name, _ in facts.services}
    tunnels = {service_name.openvpn(name): path.uplink for name, path in site.paths.items() if path.through is not None}
    return {name for name, uplink in tunnels.items() if name not in running and not uplinks[uplink].up}


def _uplinks(site: Site, facts: Facts) -> set[Item]:
    items: set[Item] = set()
    for index, (name, state) in enumerate(uplink_states(site, facts).items()):
        if state.link:
            table = numbering.uplink_table(site, name)
            items.add(Route(table, state.link.index))
            items.add(Rule(numbering.MARK_RULE + index, table, mark=numbering.mark(site, name)))
    return items


def _paths(site: Site, facts: Facts) -> set[Item]:
    items: set[Item] = set()
    first = True
    for index, (name, state) in enumerate(path_states(site, facts).items()):
        if state.link and state.address:
            table = numbering.path_table(site, name)
            items.add(Route(table, state.link.index))
            items.add(Rule(numbering.SOURCE_RULE + index, table, source=state.address))
            items.add(Endpoint(state.address, state.link.index))
            if first:  # a connect over a dead default route would hang: the first path that is up has it
                items.add(Route(numbering.TABLE_MAIN, state.link.index))
                first = False
    return items


def ours(site: Site, facts: Facts) -> frozenset[Item]:
    """The part of what is that we own, in the form of a plan."""
    items: set[Item] = {Endpoint(each.address, each.link) for each in facts.endpoints}
    items |= facts.routes | facts.rules
    items |= {Service(name, digest) for name, digest in facts.services}
    if facts.firewall:
        items.add(Firewall(facts.firewall))
    if facts.subflow_limit:
        items.add(SubflowLimit(facts.subflow_limit))
    minded = {*site.lan.ports, numbering.BRIDGE, *(uplink.device for uplink in site.uplinks.values())}
    items |= {Up(link.name) for link in facts.links if link.up and link.name in minded}
    if bridge := facts.link(numbering.BRIDGE):
        items.add(Bridge(bridge.name))
        items |= {Port(link.name, bridge.name) for link in facts.links if link.master == bridge.index}
        items |= {LanAddress(each.address, each.prefix) for each in facts.addresses if each.link == bridge.index}
    return frozenset(items)
