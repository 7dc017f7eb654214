"""The firewall's sets of addresses that the names of `routes` have led to."""

from __future__ import annotations

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
    """The names of all, with both halves of each."""
    named = [set_name(site, number) for number, route in enumerate(site.routes) if route.domains]
    return [f"{name}-{half}" for name in named for half in HALVES]
