"""Packets as anybody may write them, whatever stands in them: what a forger sends."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address, IPv6Address
from socket import IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP

SYN, RST, ACK = 0x02, 0x04, 0x10
"""Flags of TCP (RFC 9293, 3.1)."""
ECHO_REQUEST, ECHO_REPLY, UNREACHABLE = 8, 0, 3
"""Types of ICMP (RFC 792)."""
ROUTER_ADVERTISEMENT = 134
"""Type of ICMPv6 (RFC 4861, 4.2)."""
ALL_NODES = "ff02::1"
"""Whoever is on the link (RFC 4291, 2.7.1)."""
ADMIN_PROHIBITED = 13
"""Code of ICMP (RFC 1812, 5.2.7.1)."""


def checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(
    source: str,
    target: str,
    protocol: int,
    payload: bytes,
    *,
    at: int = 0,
    more: bool = False,
    number: int = 7,
    options: bytes = b"",
) -> bytes:
    """An IPv4 packet (RFC 791). `at` bytes of the whole, which has that number, come before it, and `more` follow.
    `options`: a multiple of four bytes."""
    fragment = at // 8 | (0x2000 if more else 0)
    addresses = IPv4Address(source).packed + IPv4Address(target).packed
    size = 20 + len(options)
    head = struct.pack("!BBHHHBBH", 0x40 + size // 4, 0, size + len(payload), number, fragment, 64, protocol, 0)
    head += addresses + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def _pseudo(source: str, target: str, protocol: int, length: int) -> bytes:
    return IPv4Address(source).packed + IPv4Address(target).packed + struct.pack("!BBH", 0, protocol, length)


def udp(source: str, target: str, sport: int, dport: int, data: bytes = b"") -> bytes:
    return ip(source, target, IPPROTO_UDP, _datagram(source, target, sport, dport, data))


def _datagram(source: str, target: str, sport: int, dport: int, data: bytes) -> bytes:
    length = 8 + len(data)
    whole = struct.pack("!HHHH", sport, dport, length, 0) + data
    check = checksum(_pseudo(source, target, IPPROTO_UDP, length) + whole)
    return whole[:6] + struct.pack("!H", check) + data


def fragments(source: str, target: str, sport: int, dport: int, data: bytes) -> tuple[bytes, bytes]:
    """A UDP datagram in two: its head, and what it carries."""
    whole = _datagram(source, target, sport, dport, data)
    return (
        ip(source, target, IPPROTO_UDP, whole[:8], more=True),
        ip(source, target, IPPROTO_UDP, whole[8:], at=8),
    )


def tcp(
    source: str, target: str, sport: int, dport: int, flags: int = SYN, acknowledged: int = 0, most: int = 0
) -> bytes:
    """`most`: how much the sender takes in one segment (RFC 9293, 3.2: MSS); 0 for nothing said."""
    options = struct.pack("!BBH", 2, 4, most) if most else b""
    size = 5 + len(options) // 4
    segment = struct.pack("!HHIIBBHHH", sport, dport, 1, acknowledged, size << 4, flags, 65535, 0, 0) + options
    check = checksum(_pseudo(source, target, IPPROTO_TCP, len(segment)) + segment)
    return ip(source, target, IPPROTO_TCP, segment[:16] + struct.pack("!H", check) + segment[18:])


def icmp(source: str, target: str, kind: int = ECHO_REQUEST, code: int = 0, data: bytes = bytes(4)) -> bytes:
    message = struct.pack("!BBH", kind, code, 0) + data
    return ip(source, target, IPPROTO_ICMP, message[:2] + struct.pack("!H", checksum(message)) + data)


def router_advertisement(source: str) -> bytes:
    """Somebody says that he is a router of IPv6, for half an hour (RFC 4861, 4.2)."""
    return _icmp6(source, ALL_NODES, struct.pack("!BBHBBHII", ROUTER_ADVERTISEMENT, 0, 0, 64, 0, 1800, 0, 0))


def echo6(source: str, target: str) -> bytes:
    """A ping of IPv6 (RFC 4443)."""
    return _icmp6(source, target, struct.pack("!BBHHH", 128, 0, 0, 1, 1))


def _icmp6(source: str, target: str, message: bytes) -> bytes:
    """`message` with nothing yet where its checksum is (RFC 8200, 8.1)."""
    addresses = IPv6Address(source).packed + IPv6Address(target).packed
    check = checksum(addresses + struct.pack("!IHBB", len(message), 0, 0, IPPROTO_ICMPV6) + message)
    head = struct.pack("!IHBB", 6 << 28, len(message), IPPROTO_ICMPV6, 255) + addresses
    return head + message[:2] + struct.pack("!H", check) + message[4:]
