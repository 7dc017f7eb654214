"""What types cannot say: names that must exist, networks that must not overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gateway_init.base.problem import Problem
from gateway_init.config.site import Destination, Site
from gateway_init.config.structure import nearest

RESERVED = ("lo", "lan", "all", "default")
"""Interface names with a meaning of their own; `lan` is the bridge."""

MOST_PATHS = 8
"""Subflows that one connection can have (MPTCP_PM_ADDR_MAX of Linux 6.12)."""


def broken(site: Site) -> Iterator[Problem]:
    """Every rule that a well-formed site breaks."""
    for rule in RULES:
        yield from rule(site)


def _console(site: Site) -> Iterator[Problem]:
    if site.console == "login" and not site.password_hash:
        yield Problem("password_hash", "missing, but the console asks for a login", "give one from `mkpasswd`")


def _lan(site: Site) -> Iterator[Problem]:
    lan, network = site.lan, site.lan.address.network
    if not lan.ports:
        yield Problem("lan.ports", "is empty", "name at least one interface, such as enp2s0")
    for index, port in enumerate(lan.ports):
        if port in lan.ports[:index]:
            yield Problem(f"lan.ports[{index}]", f"{port} is given twice", "name each port once")
    if not lan.resolvers:
        yield Problem("lan.resolvers", "is empty", "name at least one DNS server, such as 9.9.9.9")
    if not 8 <= network.prefixlen <= 30:
        yield Problem("lan.address", f"/{network.prefixlen} is no network for a LAN", "give a prefix from /8 to /30")
        return
    for key, address in (("first", lan.dhcp.first), ("last", lan.dhcp.last)):
        if address not in network or address in (network.network_address, network.broadcast_address):
            yield Problem(
                f"lan.dhcp.{key}",
                f"{address} is no address of the LAN",
                f"give one from {network[1]} to {network[-2]}",
            )
    if lan.dhcp.first > lan.dhcp.last:
        yield Problem("lan.dhcp.last", f"{lan.dhcp.last} lies before first", f"not below {lan.dhcp.first}")
    elif lan.dhcp.first <= lan.address.ip <= lan.dhcp.last:
        yield Problem("lan.dhcp.first", f"the range holds the gateway's own {lan.address.ip}", "move the range")


def _devices(site: Site) -> Iterator[Problem]:
    owner = dict.fromkeys(site.lan.ports, "lan.ports")
    for name, uplink in site.uplinks.items():
        key = f"uplinks.{name}.device"
        if uplink.device in owner:
            yield Problem(key, f"{uplink.device} already belongs to {owner[uplink.device]}", "name another interface")
        owner.setdefault(uplink.device, key)
    taken = dict.fromkeys(owner, "a port") | dict.fromkeys(RESERVED, "a reserved name")
    for name in site.uplinks:
        if name in taken:
            yield Problem(f"uplinks.{name}", f"'{name}' is {taken[name]}", "choose another name")
        taken.setdefault(name, "an uplink")
    for name, path in site.paths.items():
        if path.through is not None and name in taken:
            yield Problem(
                f"paths.{name}",
                f"'{name}' is {taken[name]}, and a tunnel needs an interface name of its own",
                "choose another name",
            )


def _servers(site: Site) -> Iterator[Problem]:
    networks = {"lan.address": site.lan.address.network}
    addresses: dict[str, str] = {}
    for name, server in site.servers.items():
        key = f"servers.{name}"
        network = server.openvpn.network
        if network.prefixlen > 29:
            yield Problem(f"{key}.openvpn.network", f"/{network.prefixlen} is too small", "give a /29 or larger")
        for other, taken in networks.items():
            if network.overlaps(taken):
                yield Problem(
                    f"{key}.openvpn.network",
                    f"{network} overlaps {other} ({taken})",
                    "give a range of its own",
                )
        networks[f"{key}.openvpn.network"] = network
        address = str(server.address)
        if address in addresses:
            yield Problem(f"{key}.address", f"{address} is also {addresses[address]}'s", "give its own")
        addresses[address] = name
        if len(site.paths_through(name)) > network.num_addresses - 3:
            yield Problem(f"{key}.openvpn.network", "has no room for a path's address", "give a larger range")


def _paths(site: Site) -> Iterator[Problem]:
    if not site.uplinks:
        yield Problem("uplinks", "is empty", "describe at least one line")
    if not site.paths:
        yield Problem("paths", "is empty", "describe at least one way to the destination")
    if len(site.paths) > MOST_PATHS:
        yield Problem("paths", f"{len(site.paths)} of them", f"at most {MOST_PATHS}: the kernel's limit")
    seen: dict[tuple[str, str | None], str] = {}
    for name, path in site.paths.items():
        if path.uplink not in site.uplinks:
            yield Problem(
                f"paths.{name}.uplink", f"no uplink '{path.uplink}'", nearest(path.uplink, list(site.uplinks))
            )
        if path.through is not None and path.through not in site.servers:
            yield Problem(
                f"paths.{name}.through",
                f"no server '{path.through}'",
                nearest(path.through, list(site.servers)),
            )
        twin = seen.setdefault((path.uplink, path.through), name)
        if twin != name:
            yield Problem(f"paths.{name}", f"is the same way as '{twin}'", "remove one of them")


def _policy(site: Site) -> Iterator[Problem]:
    wanted = site.policy.destination
    destinations = [name for name, server in site.servers.items() if isinstance(server, Destination)]
    if wanted not in destinations:
        wrong = f"'{wanted}' is a jumpbox" if wanted in site.servers else f"no server '{wanted}'"
        yield Problem("policy.destination", wrong, nearest(wanted, destinations))


RULES: tuple[Callable[[Site], Iterator[Problem]], ...] = (_console, _lan, _devices, _servers, _paths, _policy)
