"""Packets that a host sends under any source, whole or in pieces, and what is told of those that come."""

from __future__ import annotations

import itertools
import socket
from ipaddress import IPv4Address
from typing import NamedTuple

from tests.netns import packet
from tests.netns.host import Host
from tests.netns.packet import SYN

TCP, UDP, ICMP = socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP
ETH_P_IP = 0x0800
HEADER = 20
"""Bytes of an IPv4 header without options (RFC 791)."""

_numbers = itertools.count(20000)


class Packet(NamedTuple):
    """What is told of a packet that came."""

    source: str
    destination: str
    protocol: int
    port: int = 0
    """To which it goes, of TCP and UDP; of ICMP the type."""


def forge(host: Host, told: Packet, flags: int = SYN, *, fragment: int = 0) -> None:
    """Send a packet from a host, whatever addresses the host has; in fragments of so many bytes, if any are named."""
    payload = _whole(told, flags)[HEADER:]
    size = fragment or len(payload)
    number = next(_numbers)
    with host.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as line:
        for at in range(0, len(payload), size):
            piece, more = payload[at : at + size], at + size < len(payload)
            whole = packet.ip(
                told.source, told.destination, told.protocol, piece, at=at, more=more, number=number & 0xFFFF
            )
            line.sendto(whole, (told.destination, 0))


def read(data: bytes) -> Packet:
    """Of a whole IPv4 packet."""
    payload = data[(data[0] & 15) * 4 :]
    port = payload[0] if data[9] == ICMP else int.from_bytes(payload[2:4])
    return Packet(str(IPv4Address(data[12:16])), str(IPv4Address(data[16:20])), data[9], port)


def _whole(told: Packet, flags: int) -> bytes:
    source, target, own = told.source, told.destination, next(_numbers)
    if told.protocol == ICMP:
        return packet.icmp(source, target, told.port, data=own.to_bytes(2) + bytes(26))
    if told.protocol == UDP:
        return packet.udp(source, target, own, told.port, bytes(24))
    return packet.tcp(source, target, own, told.port, flags)
