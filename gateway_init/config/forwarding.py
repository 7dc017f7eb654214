"""What comes in from the Internet, by which destination and to which device; and what is wrong with `ports`."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from msgspec import Struct

from gateway_init.base.problem import Problem
from gateway_init.config.forward import Forward, Protocol
from gateway_init.config.routing import destination
from gateway_init.config.site import Destination, Site
from gateway_init.config.structure import nearest

SSH = 22
"""By which servers are kept, as a rule: whoever takes it for a device of the LAN locks himself out."""


class Inbound(Struct, frozen=True):
    """One protocol of an entry of `ports`, with all names looked up."""

    destination: str
    protocol: Protocol
    port: int
    """Of the destination's public address."""
    address: IPv4Address
    """The device's."""
    inside: int
    """The device's port."""


def inbound(site: Site) -> tuple[Inbound, ...]:
    """All that the site lets in. Loading has checked it."""
    return tuple(
        Inbound(each.destination or site.main, protocol, each.port, address, each.inside)
        for each in site.ports
        if (address := device(site, each))
        for protocol in each.protocols
    )


def broken(site: Site) -> Iterator[Problem]:
    """Every rule that `ports` breaks."""
    if site.ports and site.policy.udp == "refuse":
        yield Problem(
            "ports", "come by the carrier, which `policy.udp: refuse` leaves out", "let `policy.udp` be `carry`"
        )
    taken: dict[tuple[str, str, int], str] = {}
    for index, each in enumerate(site.ports):
        key = f"ports[{index}]"
        yield from _device(site, each, f"{key}.to")
        name = each.destination or site.main
        server = site.servers.get(name)
        if not isinstance(server, Destination):
            # Of the main one its own key tells.
            yield from destination(site, name, f"{key}.destination") if each.destination else ()
            continue
        if not each.protocols:
            yield Problem(f"{key}.protocols", "are none", "name tcp, udp or both, or leave it out for both")
        for protocol in each.protocols:
            if what := _own(server).get((protocol, each.port)):
                yield Problem(f"{key}.port", f"{each.port} is {name}'s own, for {what}", "take another one")
            if before := taken.get((name, protocol, each.port)):
                yield Problem(f"{key}.port", f"{protocol} {each.port} of {name} is {before}'s, too", "name each once")
            taken[name, protocol, each.port] = key


def _own(server: Destination) -> dict[tuple[str, int], str]:
    """What a destination itself listens by."""
    return {
        ("tcp", SSH): "SSH",
        ("tcp", server.shadowsocks.port): "shadowsocks",
        ("udp", server.openvpn.port): "OpenVPN",
        ("udp", server.reflector.port): "the reflector",
        ("udp", server.carrier.port): "WireGuard",
    }


def device(site: Site, forward: Forward) -> IPv4Address | None:
    """The address of whom an entry leads to; None where it names nobody."""
    if forward.to in site.lan.hosts:
        return site.lan.hosts[forward.to].address
    try:
        return IPv4Address(forward.to)
    except AddressValueError:
        return None


def _device(site: Site, forward: Forward, key: str) -> Iterator[Problem]:
    lan, address = site.lan.address, device(site, forward)
    if address is None:
        known = list(site.lan.hosts)
        yield Problem(key, f"no device '{forward.to}' in lan.hosts", nearest(forward.to, known))
    elif address == lan.ip:
        yield Problem(key, f"{address} is the gateway's own", "name a device of the LAN")
    elif address not in lan.network or address in (lan.network.network_address, lan.network.broadcast_address):
        yield Problem(key, f"{address} is no device's of the LAN", f"give one of {lan.network}")
