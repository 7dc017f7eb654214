"""What types cannot say: names that must exist, networks that must not overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network

from gateway_init.base.problem import Problem
from gateway_init.config import carrying, forwarding, routing
from gateway_init.config.site import Destination, Site
from gateway_init.config.structure import nearest
from gateway_init.config.taken import NOWHERE, networks, nowhere, whose
from gateway_init.wellknown import usb
from gateway_init.wellknown.budget import LAST_START
from gateway_init.wellknown.number import BRIDGE, MOST_SUBFLOWS

RESERVED = ("lo", BRIDGE, "all", "default", "tun", "tap", "null")
"""Interface names with a meaning of their own; the last three have one for openvpn(8), --dev."""


MODEM_PREFIX = 16
"""A modem's network is no larger: none of it could be reached in the Internet."""
PROXY = "wpad"
"""The name of the host that a browser takes its proxy from (Web Proxy Auto-Discovery)."""
LEAST_CLOCKS = 3
"""Of these, two outvote one."""


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
    if len(set(lan.clocks)) < LEAST_CLOCKS or len(set(lan.clocks)) < len(lan.clocks):
        yield Problem(
            "lan.clocks", "needs three different servers: one that is wrong must not have a say", "name three or more"
        )
    if not 8 <= network.prefixlen <= 30:
        yield Problem("lan.address", f"/{network.prefixlen} is no network for a LAN", "give a prefix from /8 to /30")
        return
    if lan.address.ip in (network.network_address, network.broadcast_address):
        yield Problem(
            "lan.address",
            f"{lan.address.ip} is no host's but stands for the network",
            f"give {network[1]}/{network.prefixlen}",
        )
    if why := _in_nowhere(network):
        yield Problem("lan.address", why, "give a private one (RFC 1918), such as 192.168.77.1/24")
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


def _hosts(site: Site) -> Iterator[Problem]:
    lan, network = site.lan, site.lan.address.network
    owners: dict[str, str] = {}
    for name, host in lan.hosts.items():
        key = f"lan.hosts.{name}"
        if name in (site.site, PROXY):
            whose = "the box's own" if name == site.site else "that by which browsers look for a proxy"
            yield Problem(key, f"the name {name} is {whose}", "choose another name")
        if host.address not in network or host.address in (network.network_address, network.broadcast_address):
            yield Problem(f"{key}.address", f"{host.address} is no address of the LAN", f"give one of {network}")
        if host.address == lan.address.ip:
            yield Problem(f"{key}.address", f"{host.address} is the gateway's own", "give another one")
        for inner, value in (("mac", host.mac.lower()), ("address", str(host.address))):
            if value in owners:
                yield Problem(f"{key}.{inner}", f"{value} is also {owners[value]}'s", "give its own")
            owners.setdefault(value, name)


def _resolvers(site: Site) -> Iterator[Problem]:
    lan = site.lan
    if not lan.resolvers:
        yield Problem("lan.resolvers", "is empty", "name at least one DNS server, such as 9.9.9.9")
    for index, address in enumerate(lan.resolvers):
        key = f"lan.resolvers[{index}]"
        if address in lan.resolvers[:index]:
            yield Problem(key, f"{address} is given twice", "name each once")
        elif address == lan.address.ip:
            yield Problem(key, f"{address} is the gateway itself", "name one on the Internet, such as 9.9.9.9")
        elif address in lan.address.network:
            yield Problem(key, f"{address} is in the LAN", "name one on the Internet, such as 9.9.9.9")
        elif why := _unreachable(site, address):
            yield Problem(key, f"{address}: {why}", "name one on the Internet, such as 9.9.9.9")


def _domains(site: Site) -> Iterator[Problem]:
    for index, domain in enumerate(site.lan.private_domains):
        if domain in site.lan.private_domains[:index]:
            yield Problem(f"lan.private_domains[{index}]", f"{domain} is given twice", "name each once")


def _ssh_keys(site: Site) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, key in enumerate(site.lan.ssh_keys):
        first = seen.setdefault(key.split()[1], index)
        if first != index:
            yield Problem(f"lan.ssh_keys[{index}]", f"is the same key as lan.ssh_keys[{first}]", "name each once")


def _devices(site: Site) -> Iterator[Problem]:
    owner = dict.fromkeys(site.lan.ports, "lan.ports")
    for kind, line in site.lines:
        for inner, port in kind.ports(line).items():
            key = f"uplinks.{line.name}.{inner}"
            if twin := next((each for each in owner if usb.overlap(each, port)), ""):
                yield Problem(key, f"{port} already belongs to {owner[twin]}", "name another interface")
            owner.setdefault(port, key)
    for port, key in owner.items():
        if port in RESERVED:
            yield Problem(key, f"{port} is a reserved name", "name an interface of the box, such as enp1s0")
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


def _budgets(site: Site) -> Iterator[Problem]:
    budgets = {f"uplinks.{name}": each.budget for name, each in site.uplinks.items()}
    budgets |= {f"servers.{name}": each.budget for name, each in site.servers.items()}
    for key, budget in budgets.items():
        if budget and budget.starts > (last := LAST_START[budget.period]):
            yield Problem(f"{key}.budget.starts", f"a {budget.period} has no day {budget.starts}", f"give 1 to {last}")


def _lines(site: Site) -> Iterator[Problem]:
    for kind, line in site.lines:
        for problem in kind.broken(line):
            yield problem._replace(key=f"uplinks.{line.name}.{problem.key}".rstrip("."))


def _line_addresses(site: Site) -> Iterator[Problem]:
    owners: dict[IPv4Address, str] = {}
    for kind, line in site.lines:
        given = {f"uplinks.{line.name}.{inner}": address for inner, address in kind.addresses(line).items()}
        for key, address in given.items():
            if owner := whose(site, address):
                yield Problem(key, f"{address}: {owner}", "give what the provider named")
        for key, address in list(given.items())[:1]:
            if address in owners:
                yield Problem(key, f"{address} is also {owners[address]}", "give its own")
            owners.setdefault(address, key)


def _modems(site: Site) -> Iterator[Problem]:
    before: dict[IPv4Network, str] = {}
    for kind, line in site.lines:
        modem = kind.modem(line)
        if modem is None:
            continue
        key, network = f"uplinks.{line.name}.modem", modem.address.network
        own = (network.network_address, network.broadcast_address)
        if not MODEM_PREFIX <= network.prefixlen <= 30 or modem.address.ip in own:
            right = f"give its own with a prefix from /{MODEM_PREFIX} to /30, such as 192.168.1.1/24"
            yield Problem(key, f"{modem.address} is no modem's", right)
            continue
        others = [(other, each) for other, each in networks(site) if each.overlaps(network)]
        others += [(other, each) for each, other in before.items() if each.overlaps(network)]
        for other, each in others:
            yield Problem(key, f"{network} overlaps {other} ({each})", "give the modem another address")
        if any(server.address in network for server in site.servers.values()):
            yield Problem(key, f"a server is in {network}", "give the modem another address")
        before[network] = key


def _servers(site: Site) -> Iterator[Problem]:
    before = {"lan.address": site.lan.address.network}
    addresses: dict[str, str] = {}
    for name, server in site.servers.items():
        key = f"servers.{name}"
        network = server.openvpn.network
        if network.prefixlen > 29:
            yield Problem(f"{key}.openvpn.network", f"/{network.prefixlen} is too small", "give a /29 or larger")
        for other, taken in before.items():
            if network.overlaps(taken):
                yield Problem(
                    f"{key}.openvpn.network",
                    f"{network} overlaps {other} ({taken})",
                    "give a range of its own",
                )
        if why := _in_nowhere(network):
            yield Problem(f"{key}.openvpn.network", why, "give a private one (RFC 1918), such as 10.77.1.0/24")
        before[f"{key}.openvpn.network"] = network
        address = str(server.address)
        if address in addresses:
            yield Problem(f"{key}.address", f"{address} is also {addresses[address]}'s", "give its own")
        addresses[address] = name
        if isinstance(server, Destination) and server.reflector.port == server.openvpn.port:
            yield Problem(
                f"{key}.reflector.port", f"{server.reflector.port} is openvpn's port, too", "give it another UDP port"
            )
        if len(site.paths_through(name)) > network.num_addresses - 3:
            yield Problem(f"{key}.openvpn.network", "has no room for a path's address", "give a larger range")


def _server_addresses(site: Site) -> Iterator[Problem]:
    for name, server in site.servers.items():
        if why := _unreachable(site, server.address):
            yield Problem(f"servers.{name}.address", f"{server.address}: {why}", "give the server's public address")


def _unreachable(site: Site, address: IPv4Address) -> str:
    """Why an address is none of a host on the Internet; empty where it can be."""
    ours = (f"it is in {key} ({network})" for key, network in networks(site) if address in network)
    return next(ours, nowhere(address))


def _in_nowhere(network: IPv4Network) -> str:
    return next(
        (f"{network} overlaps {other}, which {why}" for other, why in NOWHERE.items() if network.overlaps(other)), ""
    )


def _paths(site: Site) -> Iterator[Problem]:
    if not site.uplinks:
        yield Problem("uplinks", "is empty", "describe at least one line")
    if len(site.uplinks) > MOST_SUBFLOWS:
        yield Problem("uplinks", f"{len(site.uplinks)} of them", f"at most {MOST_SUBFLOWS}: as many as paths")
    if not site.paths:
        yield Problem("paths", "is empty", "describe at least one way to the destination")
    if len(site.paths) > MOST_SUBFLOWS:
        yield Problem("paths", f"{len(site.paths)} of them", f"at most {MOST_SUBFLOWS}: the kernel's limit")
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


RULES: tuple[Callable[[Site], Iterator[Problem]], ...] = (
    _console,
    _lan,
    _hosts,
    _resolvers,
    _domains,
    _ssh_keys,
    _devices,
    _lines,
    _budgets,
    _line_addresses,
    _modems,
    _servers,
    _server_addresses,
    _paths,
    routing.broken,
    carrying.broken,
    forwarding.broken,
)
