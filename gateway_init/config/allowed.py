"""What may leave each uplink: worked out from the config for the firewall, for `braid allowed`, and for the proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from gateway_init.config.site import Site
from gateway_init.uplink.kind import Kind, Line, Modem
from gateway_init.wellknown.allowed import ARP, Allowed
from gateway_init.wellknown.number import DNS_PORT, DOT_PORT, MODEM_PAGES, NTP_PORT


class Leaving(Struct, frozen=True):
    """All that may leave one uplink, from the first packet after power-on to the last before power-off."""

    uplink: str
    interface: str
    """That its packets leave by."""
    allowed: tuple[Allowed, ...]


def leaving(site: Site) -> tuple[Leaving, ...]:
    """Of each uplink, in the order of the file. A pure function."""
    return tuple(Leaving(line.name, kind.interface(line), tuple(_all(site, kind, line))) for kind, line in site.lines)


def as_json(all_of_it: Iterable[Leaving]) -> str:
    """For programs, such as one that judges a capture by it."""
    return msgspec.json.format(msgspec.json.encode(tuple(all_of_it), enc_hook=str)).decode()


def _all(site: Site, kind: Kind[Any], line: Line[Any]) -> Iterator[Allowed]:
    yield from kind.leaves(line)
    if modem := kind.modem(line):
        yield from to_modem(modem)
    for each in (*to_destination(site), *to_servers(site), *by_line(site, line.name)):
        yield kind.wrapped(line, each)


def to_destination(site: Site) -> Iterator[Allowed]:
    """From any address of a path's own, on the interface that has it: over an uplink itself, or in its tunnels."""
    for name, each in site.destinations.items():
        yield Allowed(
            what=f"Multipath TCP to {name}",
            target=each.address,
            protocol="tcp",
            ports=(each.shadowsocks.port,),
            multipath=True,
        )
        yield Allowed(what=f"probes to {name}", target=each.address, protocol="udp", ports=(each.reflector.port,))
    for name, each in site.carriers.items():
        yield Allowed(what=f"WireGuard to {name}", target=each.address, protocol="udp", ports=(each.carrier.port,))


def to_servers(site: Site) -> Iterator[Allowed]:
    """What carries tunnels: it bears the mark of the uplink that it leaves by."""
    for name, server in site.servers.items():
        yield Allowed(what=f"OpenVPN to {name}", target=server.address, protocol="udp", ports=(server.openvpn.port,))


NEVER_PORTS = (DNS_PORT, 67, NTP_PORT, DOT_PORT)
"""By which nothing of the LAN's leaves by a line itself: names, a lease, the time. The box alone asks for them."""


def never(site: Site) -> tuple[IPv4Network, ...]:
    """Where nothing of the LAN's goes by a line itself: the site's own networks, and its servers."""
    tunnels = (server.openvpn.network for server in site.servers.values())
    servers = (IPv4Network(server.address) for server in site.servers.values())
    return (site.lan.address.network, *tunnels, *servers)


def by_line(site: Site, uplink: str) -> Iterator[Allowed]:
    """What `routes` let leave by a line itself, in the line's own name: the LAN's, as it is."""
    for number, route in enumerate(site.routes, start=1):
        if route.line != uplink:
            continue
        for protocol in ("tcp", "udp", "icmp"):
            if protocol == "icmp" and route.ports:
                continue
            yield Allowed(
                what=f"{protocol.upper()} by route {number}",
                networks=route.networks,
                names=route.domains,
                never=never(site),
                never_ports=() if protocol == "icmp" else NEVER_PORTS,
                protocol=protocol,
                ports=route.ports,
            )


def unwrapped(site: Site) -> frozenset[str]:
    """Names of the lines by which something of the LAN's leaves itself."""
    return frozenset(route.line for route in site.routes if route.line)


def to_modem(modem: Modem) -> Iterator[Allowed]:
    """From the box's own address in the modem's network."""
    to, ours = modem.address.ip, modem.ours.ip
    yield replace(ARP, what="ARP for the modem", source=ours, target=to, unaddressed=False)
    yield Allowed(what="the modem's page", source=ours, target=to, protocol="tcp", ports=MODEM_PAGES)
