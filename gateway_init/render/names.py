"""What the resolvers are told of the names that `routes` has: which sets their addresses go to, and who is asked."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from msgspec import Struct

from gateway_init.config.name_sets import HALVES, set_name
from gateway_init.config.route import REFUSE, below
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
    for domain in _domains(site):
        held = [set_name(site, number) for number, route in enumerate(site.routes) if route.domain_of(domain)]
        yield domain, ",".join(f"4#inet#{NFT_ROUTES}#{name}-{half}" for name in held for half in HALVES)


def zones(site: Site) -> Iterator[Zone]:
    """The domains that are resolved at another destination than those above them. unbound(8) heeds the longest, too."""
    made: dict[str, int] = {}
    for domain in sorted(_domains(site), key=len):
        number = next(each for each, route in enumerate(site.routes) if route.domain_of(domain))
        here = site.routes[number].to in (None, REFUSE, site.main)
        port = 0 if here else ROUTE_RESOLVER_PORT + number
        above = [each for each in made if below(domain, each)]
        if port != (made[max(above, key=len)] if above else 0):
            made[domain] = port
            yield Zone(domain, port)


def asked(site: Site, dead: Collection[str]) -> dict[int, str]:
    """Which destination each of the routes' ports leads to, while some do not answer."""
    ports = {zone.port - ROUTE_RESOLVER_PORT for zone in zones(site) if zone.port}
    return {ROUTE_RESOLVER_PORT + number: site.goal(dead, site.routes[number]) for number in ports}


def _domains(site: Site) -> list[str]:
    return list(dict.fromkeys(domain for route in site.routes for domain in route.domains))
