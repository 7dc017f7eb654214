"""What is no mistake and does not do what its author may think: `check` tells it, and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import combinations

from gateway_init.base.problem import Problem
from gateway_init.config.allowed import unwrapped
from gateway_init.config.forwarding import device
from gateway_init.config.name_sets import is_given
from gateway_init.config.site import Site
from gateway_init.config.structure import nearest

SAME_ROOM = 24
"""Length of the prefix that servers of one provider's room have in common, as a rule."""


def advice(site: Site) -> Iterator[Problem]:
    """Every piece."""
    yield from _unused(site)
    yield from _same_route(site)
    yield from _never_busy(site)
    yield from _lent(site)
    yield from _taken_at_its_word(site)


def notes(site: Site) -> list[str]:
    """Every piece as lines for a person, below a title; none where there is nothing to say."""
    lines = [f"  {each.key}: {each.wrong}; {each.right}" for each in advice(site)]
    return ["worth a look:", *lines] if lines else []


def _unused(site: Site) -> Iterator[Problem]:
    used = {path.uplink for path in site.paths.values()} | unwrapped(site)
    for name in site.uplinks:
        if name not in used:
            yield Problem(f"uplinks.{name}", "no path goes over it, so it carries nothing", "give it one in `paths`")


def _lent(site: Site) -> Iterator[Problem]:
    kept, dhcp = {host.address for host in site.lan.hosts.values()}, site.lan.dhcp
    for index, each in enumerate(site.ports):
        address = device(site, each)
        if address and address not in kept and dhcp.first <= address <= dhcp.last:
            yield Problem(
                f"ports[{index}].to",
                f"{address} is lent to whoever asks for one, so another device may have it tomorrow",
                "give the device an address of its own in lan.hosts",
            )


def _taken_at_its_word(site: Site) -> Iterator[Problem]:
    for index, route in enumerate(site.routes):
        for at, client in enumerate(route.clients):
            if is_given(site, client):
                yield Problem(
                    f"routes[{index}].clients[{at}]",
                    f"no device '{client}' in lan.hosts: it is whoever calls itself so by DHCP",
                    "name it in lan.hosts, so that it is one device's; " + nearest(client, list(site.lan.hosts)),
                )


def _same_route(site: Site) -> Iterator[Problem]:
    for (one, first), (other, second) in combinations(site.tunnels.items(), 2):
        servers = (first.through, second.through)
        # The way through the destination's own tunnel is another one for whoever slows down what he cannot read.
        if first.uplink != second.uplink or None in servers or site.main in servers:
            continue
        here, there = (site.servers[str(name)].address for name in servers)
        room = IPv4Network((here, SAME_ROOM), strict=False)
        if there in room and here.is_global:
            yield Problem(
                f"paths.{other}",
                f"{second.through} is in the same room as {first.through} ({room}), so it adds nothing to '{one}'",
                "take a server of another provider's, or leave one out",
            )


def _never_busy(site: Site) -> Iterator[Problem]:
    mute = [name for name, line in site.uplinks.items() if line.use == "always" and line.speed is None]
    if site.on_demand:
        for name in mute:
            yield Problem(
                f"uplinks.{name}.speed",
                "missing, so nobody knows when the line is busy, and no line on demand is taken in for that",
                "give what the modem tells, such as {down: 8000, up: 1000}",
            )
