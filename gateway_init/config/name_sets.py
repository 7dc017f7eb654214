"""The firewall's sets of addresses that `routes` need: what names have led to, and what devices have been lent."""

from __future__ import annotations

import re

from gateway_init.base.digest import digest
from gateway_init.config.route import Route
from gateway_init.config.site import Site

HALVES = ("even", "odd")
"""Each route's addresses are in two sets, which are emptied in turn (gateway_init/daemon/names.py): whatever was
answered is in one of them for as long as anybody may go by it."""


def set_name(site: Site, number: int) -> str:
    """That of a route, without its half. `number`: where the route stands, from 0.

    It is the same for other domains, so that an edit of their list forgets nothing.
    """
    like = [_besides(route) for route in site.routes]
    return f"names-{digest(*like[number], str(like[:number].count(like[number])))[:12]}"


def _besides(route: Route) -> tuple[str, ...]:
    return (
        route.to or route.via or "",
        route.otherwise or "",
        *route.clients,
        *map(str, (*route.networks, *route.ports)),
    )


def sets(site: Site) -> list[str]:
    """The names of all: both halves of each route's, and those of devices."""
    named = [set_name(site, number) for number, route in enumerate(site.routes) if route.domains]
    return [*(f"{name}-{half}" for name in named for half in HALVES), *map(device_set, sorted(given(site)))]


def device_set(device: str) -> str:
    """That of a device that is known by the name it gives by DHCP; what it is called ends like no half."""
    return f"given-{device}-lent"


def given(site: Site) -> frozenset[str]:
    """The names of such devices in routes."""
    return frozenset(client for route in site.routes for client in route.clients if is_given(site, client))


def is_given(site: Site, client: str) -> bool:
    """Whether a client of a route's is a name that `lan.hosts` does not know."""
    return not re.search(r"[:.]", client) and client not in site.lan.hosts
