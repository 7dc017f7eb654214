"""What a path needs: a way for packets from its own address, and an endpoint that opens subflows from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Endpoint, Item, Mtu, Route, Rule
from gateway_init.uplink.kind import State
from gateway_init.wellknown import number, tunnel, unit


def items(site: Site, evidence: Evidence, numbers: Allotment) -> Iterator[Item]:
    """Those of all paths that are up. One of them has the default route, too: the one by which connections open; to a
    destination other than the main one, another path may. Over one that is silent, probes find their way, and nothing
    else is sent."""
    opens = evidence.opens(site, site.main)
    _, *others = site.destinations
    for name, state in evidence.paths.items():
        if state.link and state.address:
            table = numbers.path_table(name)
            yield Route(table, state.link.index, state.gateway)
            yield Rule(numbers.source_rule(name), table, source=state.address)
            if not state.up:
                continue
            if name not in evidence.spared:
                backup = site.used(name) == "backup" or name in evidence.degraded | evidence.reserved
                yield Endpoint(state.address, state.link.index, backup=backup)
            if name == opens:  # a connect over a dead default route would hang
                yield Route(number.TABLE_MAIN, state.link.index, state.gateway)
            for other in others:
                if name == evidence.opens(site, other):
                    yield Route(number.TABLE_MAIN, state.link.index, state.gateway, site.destinations[other].address)


def sizes(site: Site, facts: Facts, uplinks: Mapping[str, State]) -> Iterator[Item]:
    """The largest packets of the tunnels: as both ends have agreed on, or as they go wrapped over a narrower line."""
    for name, path in site.tunnels.items():
        if facts.link(name):
            line = uplinks[path.uplink].link
            yield Mtu(name, min(tunnel.MTU, line.mtu - tunnel.WRAPPED) if line else tunnel.MTU)


def too_early(site: Site, facts: Facts, evidence: Evidence) -> set[str]:
    """Names of the units of tunnels that do not run and whose uplink is not up: they would but try, and wait longer
    after each time. One of a path that rests is not to run."""
    running = {name for name, _ in facts.services}
    tunnels = {name: unit.openvpn(name) for name in site.tunnels}
    return {
        service
        for name, service in tunnels.items()
        if evidence.paths[name].rests or (service not in running and not evidence.uplinks[site.paths[name].uplink].up)
    }
