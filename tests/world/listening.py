"""What a host listens on, as ss(8) tells, in the recipe's words."""

from __future__ import annotations

from ipaddress import IPv4Address, ip_address

COMMAND = "ss --listening --tcp --udp --numeric --no-header"

EPHEMERAL = 32768
"""The first port that Linux takes where a program names none (ip(7), ip_local_port_range)."""


def heard(said: str, lan: IPv4Address, bridge: str) -> set[str]:
    """Protocol, port and place of each socket that waits for anybody.

    >>> said = "tcp LISTEN 0 128 127.0.0.1:1080 0.0.0.0:*\\nudp UNCONN 0 0 0.0.0.0%br-lan:67 0.0.0.0:*\\n"
    >>> sorted(heard(said, IPv4Address("192.168.77.1"), "br-lan"))
    ['tcp 1080 loopback', 'udp 67 lan']
    """
    found = set()
    for line in said.splitlines():
        protocol, _state, _received, _sent, local, *_ = line.split()
        name, _, port = local.rpartition(":")
        address, _, interface = name.partition("%")
        if interface == bridge or address == str(lan):
            where = "lan"
        elif address != "*" and ip_address(address.strip("[]")).is_loopback:
            where = "loopback"
        else:
            where = "any"
        found.add(f"{protocol} {'ephemeral' if int(port) >= EPHEMERAL else port} {where}")
    return found
