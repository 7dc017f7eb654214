"""Where the proxy does not connect to. The ranges are written out here: what the kit forgets, these remember."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TypeAlias

import pytest

from gateway_init.config.site import Site
from servers import kit

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

HEADER = "[outbound_block_list]"

PRIVATE = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
    # Azure's metadata service.
    "168.63.129.16/32",
    # This server's own address, and the tunnels of all.
    "203.0.113.10/32",
    "10.77.1.0/24",
    "10.77.4.0/24",
]

IN_IPV6 = {
    "unspecified": "::/128",
    "loopback": "::1/128",
    "compatible": "::/96",
    "mapped": "::ffff:0:0/96",
    "translated": "::ffff:0:0:0/96",
    "NAT64": "64:ff9b::/96",
    "NAT64 of one's own": "64:ff9b:1::/48",
    "discard": "100::/64",
    "Teredo": "2001::/32",
    "6to4": "2002::/16",
    "a metadata service": "fd00:ec2::254/128",
    "unique local": "fc00::/7",
    "link-local": "fe80::/10",
    "site-local": "fec0::/10",
    "multicast": "ff00::/8",
    # Any may be this server's own.
    "global": "2000::/3",
}


@pytest.fixture(scope="module")
def refused(site: Site, made: Path) -> list[Network]:
    """What the destination near is told to refuse, as ss-server reads it: a section, and a range in each line."""
    lines = kit.contents(site, "near", made)["etc/outbound.acl"].text.splitlines()
    header, *ranges = [line for line in lines if line and not line.startswith("#")]
    assert header == HEADER
    return [ipaddress.ip_network(line) for line in ranges]


def covers(
    refused: list[Network],
    wanted: Network,
) -> bool:
    ends = (wanted.network_address, wanted.broadcast_address)
    return any(all(end in each for end in ends) for each in refused)


@pytest.mark.parametrize("text", PRIVATE)
def test_the_proxy_connects_to_nothing_that_is_not_the_internet(refused: list[Network], text: str) -> None:
    assert covers(refused, ipaddress.ip_network(text))


@pytest.mark.parametrize("text", IN_IPV6.values(), ids=IN_IPV6.keys())
def test_ipv6_is_no_way_around_it(refused: list[Network], text: str) -> None:
    assert covers(refused, ipaddress.ip_network(text))


@pytest.mark.parametrize(
    "text", ["9.9.9.9/32", "192.0.2.1/32", "198.51.100.7/32", "203.0.113.20/32", "168.63.129.17/32"]
)
def test_the_internet_is_open(refused: list[Network], text: str) -> None:
    assert not covers(refused, ipaddress.ip_network(text))
