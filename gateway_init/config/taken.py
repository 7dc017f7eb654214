"""Addresses that no line to the Internet may have: the site's own, and those that lead to no host of it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from gateway_init.config.site import Site

NOWHERE = {
    IPv4Network("0.0.0.0/8"): "names no host (RFC 791)",
    IPv4Network("127.0.0.0/8"): "is a machine's own loopback (RFC 1122)",
    IPv4Network("224.0.0.0/4"): "is multicast (RFC 5771)",
    IPv4Network("240.0.0.0/4"): "is reserved (RFC 1112)",
}
"""What no host on the Internet has, and why."""


def nowhere(address: IPv4Address) -> str:
    """Why no host on the Internet can have an address; empty where one can.

    >>> nowhere(IPv4Address("127.0.0.9")), nowhere(IPv4Address("192.0.2.1"))
    ("127.0.0.0/8 is a machine's own loopback (RFC 1122)", '')
    """
    return next((f"{network} {why}" for network, why in NOWHERE.items() if address in network), "")


def networks(site: Site) -> Iterator[tuple[str, IPv4Network]]:
    """The site's own networks, each with the key that gives it."""
    yield "lan.address", site.lan.address.network
    for name, server in site.servers.items():
        yield f"servers.{name}.openvpn.network", server.openvpn.network


def whose(site: Site, address: IPv4Address) -> str:
    """Whose an address is that a line to the Internet was given, in words; empty where the line may have it.

    With one of the LAN's, of a tunnel's or of a server's, the kernel would look for that one on the line or on itself.
    """
    for key, network in networks(site):
        if address in network:
            return f"{network} is {key}"
    for name, server in site.servers.items():
        if address == server.address:
            return f"that is servers.{name}.address"
    return nowhere(address)
