"""What is wrong with destinations and `routes`, beyond their types."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from gateway_init.base.problem import Problem
from gateway_init.config.route import REFUSE, Route, below
from gateway_init.config.site import Destination, Site
from gateway_init.config.structure import nearest

CRITERIA = ("domains", "networks", "ports", "clients")


def broken(site: Site) -> Iterator[Problem]:
    """Every rule that the destinations and the routes break."""
    if REFUSE in site.servers:
        yield Problem(f"servers.{REFUSE}", f"'{REFUSE}' has a meaning of its own in routes", "choose another name")
        return
    yield from _preferred(site)
    for index, route in enumerate(site.routes):
        key = f"routes[{index}]"
        yield from _goal(site, route, key)
        if not any(getattr(route, name) for name in CRITERIA):
            right = f"give it one of {', '.join(CRITERIA)}, or change policy.destination"
            yield Problem(key, "fits everything", right)
        for name in CRITERIA:
            seen: set[str] = set()
            for at, value in enumerate(map(str, getattr(route, name))):
                if value in seen:
                    yield Problem(f"{key}.{name}[{at}]", f"{value} is given twice", "name each once")
                seen.add(value)
        yield from _domains(site, route, key)
        yield from _networks(site, route, key)
        yield from _clients(site, route, key)


def _preferred(site: Site) -> Iterator[Problem]:
    policy = site.policy
    if (policy.destination is None) == (not policy.destinations):
        wrong = "missing" if policy.destination is None else "is given beside policy.destinations"
        yield Problem("policy.destination", wrong, "give one of the two, such as `destination: near`")
    if policy.destination is not None:
        yield from destination(site, policy.destination, "policy.destination")
    for index, name in enumerate(policy.destinations):
        yield from destination(site, name, f"policy.destinations[{index}]")
        if name in policy.destinations[:index]:
            yield Problem(f"policy.destinations[{index}]", f"{name} is given twice", "name each once")


def _goal(site: Site, route: Route, key: str) -> Iterator[Problem]:
    if (route.to is None) == (route.via is None):
        wrong = "is given beside `via`" if route.to else "missing"
        yield Problem(f"{key}.to", wrong, "give one of the two, such as `to: abroad` or `via: uplink adsl`")
    if route.line is not None and route.line not in site.uplinks:
        yield Problem(f"{key}.via", f"no uplink '{route.line}'", nearest(route.line, list(site.uplinks)))
    if route.to not in (None, REFUSE):
        yield from destination(site, str(route.to), f"{key}.to", REFUSE)
    if route.otherwise is not None:
        if route.via is not None:
            yield Problem(
                f"{key}.else", "is given beside `via`", "leave it out: what leaves by a line has no other way"
            )
        yield from destination(site, route.otherwise, f"{key}.else")
        if route.to in (route.otherwise, REFUSE):
            yield Problem(f"{key}.else", f"says nothing beside `to: {route.to}`", "leave it out")


def destination(site: Site, name: str, key: str, *besides: str) -> Iterator[Problem]:
    """What is wrong with the name of a destination that a key gives, or one of `besides`."""
    known = [*besides, *(name for name, server in site.servers.items() if isinstance(server, Destination))]
    if name not in known:
        wrong = f"'{name}' is a jumpbox" if name in site.servers else f"no server '{name}'"
        yield Problem(key, wrong, nearest(name, known))


def _domains(site: Site, route: Route, key: str) -> Iterator[Problem]:
    own = site.lan.domain
    for index, domain in enumerate(route.domains):
        if below(domain, own):
            yield Problem(f"{key}.domains[{index}]", f"{domain} is the LAN's own", "name one on the Internet")


def _networks(site: Site, route: Route, key: str) -> Iterator[Problem]:
    inside = {"the LAN": site.lan.address.network} | {
        f"the tunnels of {name}": server.openvpn.network for name, server in site.servers.items()
    }
    known, lengths = set(route.networks), sorted({network.prefixlen for network in route.networks})
    for index, network in enumerate(route.networks):
        for whose, other in inside.items():
            if network.overlaps(other):
                yield Problem(f"{key}.networks[{index}]", f"{network} overlaps {whose} ({other})", "name others")
        # Of two that overlap, one is within the other. There may be thousands: each pair is too many to look at.
        wider = (network.supernet(new_prefix=length) for length in lengths if length < network.prefixlen)
        if around := next((each for each in wider if each in known), None):
            yield Problem(f"{key}.networks[{index}]", f"{network} overlaps {around}", "leave the smaller one out")


def _clients(site: Site, route: Route, key: str) -> Iterator[Problem]:
    lan = site.lan.address
    for index, client in enumerate(route.clients):
        at = f"{key}.clients[{index}]"
        try:
            address = IPv4Address(client)
        except ValueError:
            if "." in client:
                yield Problem(at, f"{client} is no address", f"give one of {lan.network}")
            continue
        if address not in lan.network:
            yield Problem(at, f"{address} is no address of the LAN", f"give one of {lan.network}")
        elif address == lan.ip:
            yield Problem(at, f"{address} is the gateway's own", "name a device of the LAN")
