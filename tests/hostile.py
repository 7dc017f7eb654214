"""What a device of the LAN sends that wants out past the gateway, or wants the gateway to send it: frames, as data."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address
from typing import NamedTuple

from gateway_init.config.site import Destination, Site
from tests import frame
from tests.netns import packet
from tests.netns.packet import ACK, RST, SYN

FIN, PUSH = 0x01, 0x08
OUTSIDE = ("8.8.8.8", "192.0.2.80")
UNWRAPPED, PHONE = "198.51.100.165", 5060
"""What the third site lets leave by a line itself."""
NAMES, CLOCK, DOT, QUIC, CALLS = 53, 123, 853, 443, 3478
LSRR, SSRR, RECORD, ALERT = 131, 137, 7, 148
"""Options of IPv4: loose and strict source routes, a record of the route, a router's alert (RFC 791, RFC 2113)."""
IPV6 = 0x86DD
BROADCAST = bytes([255] * 6)


class Around(NamedTuple):
    """Whose names and addresses are abused."""

    device: str
    """The hostile one's own address."""
    other: str
    """Another device's."""
    inside: tuple[str, ...]
    """The gateway's own: in the LAN, on its lines, in its tunnels."""
    servers: tuple[tuple[str, int, str], ...]
    """Address, port and protocol of all that the gateway itself may talk to."""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.device, self.other, *self.inside, "8.8.4.4", "0.0.0.0", "127.0.0.1")


def around(site: Site, device: str, other: str, lines: Sequence[str]) -> Around:
    """`lines`: addresses that the lines were given."""
    servers = []
    for server in site.servers.values():
        servers.append((str(server.address), server.openvpn.port, "udp"))
        if isinstance(server, Destination):
            servers.append((str(server.address), server.shadowsocks.port, "tcp"))
            servers.append((str(server.address), server.reflector.port, "udp"))
            servers.append((str(server.address), server.carrier.port, "udp"))
    tunnels = (str(site.tunnel_address(name)) for name in site.tunnels)
    return Around(device, other, (str(site.lan.address.ip), *lines, *tunnels), tuple(servers))


def frames(who: Around) -> list[bytes]:
    """All of it, in an order that is always the same; the hardware addresses are for whoever sends them to set."""
    made = [frame.ethernet(each) for each in packets(who)]
    made += [frame.ethernet(each, tags=(35,)) for each in _datagrams(who.device)]
    made += [frame.session(each) for each in _datagrams(who.device)]
    made.append(BROADCAST + frame.ethernet(bytes((0x11, 9, 0, 0, 0, 0)), 0x8863)[6:])
    made += [frame.ethernet(each, IPV6) for each in _six()]
    made += [frame.ethernet(frame.arp(source, "8.8.8.8"), 0x0806) for source in (who.device, who.other, "8.8.4.4")]
    made += [frame.ethernet(bytes(46), kind) for kind in (0x888E, 0x88CC, 0x8035, 0x0003)]
    return made


def packets(who: Around) -> Iterator[bytes]:
    """Those of IPv4."""
    for source in who.sources:
        yield from _datagrams(source)
        yield from _to_servers(who, source)
    for target in (*who.inside, "255.255.255.255", "224.0.0.251", "239.255.255.250"):
        yield from (packet.udp(who.device, target, 40000, port, b"x") for port in (NAMES, 1900, 5353, 40000))
        yield packet.tcp(who.device, target, 40000, 8388, ACK)
    for kind in range(256):
        yield packet.icmp(who.device, OUTSIDE[0], kind)
    for number in range(256):
        yield packet.ip(who.device, OUTSIDE[1], number, bytes(40))
    # What belongs to no connection is not redirected, as all that opens one is.
    for flags in (0, RST, SYN | RST, FIN, ACK, RST | ACK, FIN | PUSH | 0x20, SYN | FIN):
        yield from (packet.tcp(who.device, OUTSIDE[0], 40001, port, flags) for port in (80, 443, DOT, 8388))
    yield from _pieces(who.device)
    yield from _routed(who)
    for port in (PHONE, NAMES, DOT, 443):
        yield packet.udp(who.device, UNWRAPPED, 40000, port, b"x")
        yield packet.tcp(who.device, UNWRAPPED, 40004, port)
        yield packet.tcp(who.device, UNWRAPPED, 40005, port, RST)
    for target in (UNWRAPPED, OUTSIDE[0]):
        yield packet.udp(who.device, target, 40007, PHONE, b"x")
        yield with_options(packet.udp(who.device, target, 40006, PHONE, b"x"), bytes((RECORD, 7, 4, 0, 0, 0, 0, 0)))
        yield packet.icmp(who.device, target)


def _datagrams(source: str) -> Iterator[bytes]:
    for port in (NAMES, CLOCK, DOT, QUIC, CALLS, 67, 40000):
        yield packet.udp(source, OUTSIDE[0], 68 if port == 67 else 40000, port, b"x" * 30)
    yield packet.tcp(source, OUTSIDE[0], 40002, DOT, SYN)
    yield packet.icmp(source, OUTSIDE[0])


def _to_servers(who: Around, source: str) -> Iterator[bytes]:
    for address, port, protocol in who.servers:
        if protocol == "udp":
            yield packet.udp(source, address, 40000, port, b"x" * 30)
        else:
            yield frame.syn(source, address, port)
            yield packet.tcp(source, address, 40003, port, ACK)


def _pieces(source: str) -> Iterator[bytes]:
    """Fragments: in order, alone, over one another, and too small for a header."""
    yield from packet.fragments(source, OUTSIDE[0], 40000, NAMES, b"in two pieces")
    yield packet.ip(source, OUTSIDE[0], 17, bytes(16), at=8, number=21)
    head = packet.udp(source, OUTSIDE[0], 40000, NAMES, bytes(40))[20:]
    yield packet.ip(source, OUTSIDE[0], 17, head[:24], more=True, number=22)
    yield packet.ip(source, OUTSIDE[0], 17, head[16:], at=16, number=22)
    yield packet.ip(source, OUTSIDE[0], 6, bytes(8), more=True, number=23)
    yield packet.ip(source, OUTSIDE[0], 6, bytes(16), at=8, number=23)


def _routed(who: Around) -> Iterator[bytes]:
    """With options, which name the way that it is to take."""
    way = IPv4Address(who.inside[-1]).packed + IPv4Address(OUTSIDE[1]).packed
    routes = [bytes((kind, 3 + len(way), 4)) + way + b"\0" for kind in (LSRR, SSRR, RECORD)]
    for options in (*routes, bytes((ALERT, 4, 0, 0))):
        for target in (OUTSIDE[0], who.inside[0]):
            yield with_options(packet.udp(who.device, target, 40000, NAMES, b"x"), options)


def with_options(plain: bytes, options: bytes) -> bytes:
    """An IPv4 packet, with these besides; their length is a multiple of 4."""
    head = bytes((0x45 + len(options) // 4,)) + plain[1:2] + struct.pack("!H", len(plain) + len(options)) + plain[4:10]
    whole = head + bytes(2) + plain[12:20] + options
    return whole[:10] + struct.pack("!H", packet.checksum(whole)) + whole[12:] + plain[20:]


def _six() -> Iterator[bytes]:
    """IPv6: to the Internet, to all, and as a router would (RFC 4861)."""
    for source in ("fe80::5054:ff:feb1:a99", "2001:db8::99"):
        for target in ("2001:db8::1", "ff02::1", "ff02::2", "64:ff9b::808:808"):
            echo = packet.echo6(source, target)
            yield from (echo[:40] + bytes((kind,)) + echo[41:] for kind in (128, 133, 134, 135, 137, 1))
