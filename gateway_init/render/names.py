"""What the resolvers are told of the names that `routes` has: which sets their addresses go to, and who is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from gateway_init.config.name_sets import HALVES, set_name
from gateway_init.config.route import REFUSE
from gateway_init.config.site import Site
from gateway_init.wellknown.number import NFT_ROUTES, ROUTE_RESOLVER_PORT


class Zone(Struct, frozen=True):
    """A domain whose names are asked elsewhere than those above it."""

    domain: str
    port: int
    """Of number.DESTINATION_RESOLVER; 0 for those who are asked all other names."""


def filled(site: Site) -> Iterator[tuple[str, str]]:
    """Each routed domain, and the sets that its addresses go to, as dnsmasq(8) takes them (--nftset). Of several that a
    name is below, dnsmasq heeds the longest alone: so that one has the sets of all."""
    # There may be thousands: neither the name of a set nor the routes of a domain are looked for in all of them.
    sets = {number: set_name(site, number) for number, route in enumerate(site.routes) if route.domains}
    for domain, numbers in _routed(site).items():
        named = (f"4#inet#{NFT_ROUTES}#{sets[number]}-{half}" for number in numbers for half in HALVES)
        yield domain, ",".join(named)


def zones(site: Site) -> Iterator[Zone]:
    """The domains that are resolved at another destination than those above them. unbound(8) heeds the longest, too."""
    made: dict[str, int] = {}
    routed = _routed(site)
    for domain in sorted(routed, key=len):
        number = routed[domain][0]
        here = site.routes[number].to in (None, REFUSE, site.main)
        port = 0 if here else ROUTE_RESOLVER_PORT + number
        if port != next((made[each] for each in _upwards(domain) if each in made), 0):
            made[domain] = port
            yield Zone(domain, port)


def asked(site: Site, dead: Collection[str]) -> dict[int, str]:
    """Which destination each of the routes' ports leads to, while some do not answer."""
    ports = {zone.port - ROUTE_RESOLVER_PORT for zone in zones(site) if zone.port}
    return {ROUTE_RESOLVER_PORT + number: site.goal(dead, site.routes[number]) for number in ports}


def _routed(site: Site) -> dict[str, list[int]]:
    """The numbers of all routes that each routed domain is one of, or is below one of, in turn."""
    by_name: dict[str, set[int]] = {}
    for number, route in enumerate(site.routes):
        for domain in route.domains:
            by_name.setdefault(domain, set()).add(number)
    return {domain: sorted(set().union(*(by_name.get(each, ()) for each in _upwards(domain)))) for domain in by_name}


def _upwards(domain: str) -> Iterator[str]:
    """
    >>> list(_upwards("www.stream.example"))
    ['www.stream.example', 'stream.example', 'example']
    """
    while domain:
        yield domain
        domain = domain.partition(".")[2]
