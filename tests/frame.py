"""Frames as they leave a gateway, or as they never should: Ethernet, tags, PPPoE, and one of each allowed class."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from ipaddress import IPv4Address

from gateway_init.wellknown.allowed import ARP_TYPE, IPV4, PPP_IPV4, Allowed
from tests.netns import packet

OURS, THEIRS = bytes.fromhex("525400b10a01"), bytes.fromhex("525400b10b01")
TAG, SESSION = 0x8100, 0x8864
"""IEEE 802.1Q, RFC 2516."""
CAPABLE = bytes((30, 4, 0x01, 0))
"""MP_CAPABLE of a SYN (RFC 8684, 3.1)."""
JOIN = bytes((30, 12, 0x10, 2)) + bytes(8)
"""MP_JOIN of a SYN (3.2)."""
SACK = bytes((4, 2, 1, 1))
"""An option of plain TCP, and two that fill up (RFC 2018)."""


def ethernet(payload: bytes, ethertype: int = IPV4, tags: Sequence[int] = ()) -> bytes:
    between = b"".join(struct.pack("!HH", TAG, tag) for tag in tags)
    return THEIRS + OURS + between + struct.pack("!H", ethertype) + payload


def session(payload: bytes, ppp: int = PPP_IPV4, tags: Sequence[int] = ()) -> bytes:
    """In a PPPoE session."""
    head = struct.pack("!BBHHH", 0x11, 0, 7, len(payload) + 2, ppp)
    return ethernet(head + payload, SESSION, tags)


def arp(source: str, target: str) -> bytes:
    """Who has `target`? (RFC 826)"""
    head = struct.pack("!HHBBH", 1, IPV4, 6, 4, 1)
    return head + OURS + IPv4Address(source).packed + bytes(6) + IPv4Address(target).packed


def syn(source: str, target: str, port: int, options: bytes = CAPABLE, flags: int = packet.SYN) -> bytes:
    head = struct.pack("!HHIIBBHHH", 40000, port, 1, 0, (20 + len(options)) // 4 << 4, flags, 65535, 0, 0)
    return packet.ip(source, target, 6, head + options)


ANYBODY, NAMED = "198.51.100.99", "198.51.100.97"


def sample(allowed: Allowed, own: str, named: str = NAMED) -> bytes:
    """A frame of that class, from an address of the line's own where it says none; its names lead to `named`."""
    several = [*(str(network[-1]) for network in allowed.networks), *(named for _ in allowed.names), ANYBODY]
    source, target = str(allowed.source or own), str(allowed.target or several[0])
    tags = () if allowed.vlan is None else (allowed.vlan,)
    if allowed.ethertype == ARP_TYPE:
        return ethernet(arp(source, target), ARP_TYPE, tags)
    if not allowed.is_ipv4:
        some = bytes(40)
        return session(some, allowed.ppp[0], tags) if allowed.ppp else ethernet(some, allowed.ethertype, tags)
    port = allowed.ports[0] if allowed.ports else 443
    if allowed.protocol == "icmp":
        inner = packet.icmp(source, target)
    elif allowed.protocol == "tcp":
        inner = syn(source, target, port)
    else:
        inner = packet.udp(source, target, allowed.source_port or 40000, port, bytes(30))
    return session(inner, tags=tags) if allowed.ppp else ethernet(inner, tags=tags)
