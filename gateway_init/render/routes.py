"""Which destination a connection goes to, in the words of nft(8): the entries of `routes`, in turn."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import product

from gateway_init.base.value import MAC
from gateway_init.config.allotted import Allotment
from gateway_init.config.name_sets import HALVES, device_set, is_given, set_name
from gateway_init.config.route import REFUSE, Route
from gateway_init.config.site import Site
from gateway_init.wellknown.number import REFUSED_MARK


def rules(site: Site, numbers: Allotment, dead: Collection[str] = ()) -> Iterator[str]:
    """Rules of nft(8) for the first packet of a connection of the LAN's; the last is for whatever no route names. Some
    destinations may be `dead`."""
    for number, route in enumerate(site.routes):
        mark = _mark(site, numbers, dead, route)
        for each in product(_clients(site, route), _targets(site, number), _ports(route)):
            yield " ".join(filter(None, [*each, f"ct mark set {mark:#x} return"]))
    yield f"ct mark set {numbers.destination_mark(site.goal(dead)):#x}"


def _mark(site: Site, numbers: Allotment, dead: Collection[str], route: Route) -> int:
    if route.line:
        return numbers.mark(route.line)
    to = site.goal(dead, route)
    return REFUSED_MARK if to == REFUSE else numbers.destination_mark(to)


def _clients(site: Site, route: Route) -> list[str]:
    hosts = site.lan.hosts
    given = [client for client in route.clients if is_given(site, client)]
    lent = [f"ip saddr @{device_set(client)}" for client in given]
    named = [
        str(hosts[client].address) if client in hosts else client for client in route.clients if client not in given
    ]
    hardware = [client for client in named if re.fullmatch(MAC, client)]
    addresses = [client for client in named if client not in hardware]
    known = _alternatives(("ether saddr", hardware), ("ip saddr", addresses)) if named or not lent else []
    return [*known, *lent]


def _targets(site: Site, number: int) -> list[str]:
    route = site.routes[number]
    named = [f"ip daddr @{set_name(site, number)}-{half}" for half in HALVES] if route.domains else []
    networks = [str(network) for network in route.networks]
    return [*named, *(_alternatives(("ip daddr", networks)) if networks or not named else [])]


def _ports(route: Route) -> list[str]:
    return _alternatives(("meta l4proto { tcp, udp } th dport", [str(port) for port in route.ports]))


def _alternatives(*lists: tuple[str, list[str]]) -> list[str]:
    """
    >>> _alternatives(("ip saddr", ["192.0.2.1", "192.0.2.2"]))
    ['ip saddr { 192.0.2.1, 192.0.2.2 }']
    >>> _alternatives(("ip saddr", []))
    ['']
    """
    return [f"{match} {{ {', '.join(values)} }}" for match, values in lists if values] or [""]
