"""What stands in the headers of an Ethernet frame, read strictly: what is not as it should be is told, not guessed."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

VLAN = (0x8100, 0x88A8)
"""Types of a tag (IEEE 802.1Q)."""
IPV4, ARP, SESSION = 0x0800, 0x0806, 0x8864
"""RFC 791, RFC 826, RFC 2516."""
PPP_IPV4 = 0x0021
"""RFC 1332."""
ICMP, TCP, UDP = 1, 6, 17
NAMES = {ICMP: "ICMP", TCP: "TCP", UDP: "UDP"}
ECHO_REQUEST = 8
"""A type of ICMP's (RFC 792)."""
SYN = 0x02
MULTIPATH, CAPABLE, JOIN = 30, 0, 1
"""TCP's option, and those of its subtypes that open a connection (RFC 8684)."""
IP_HEADER, ICMP_HEADER, UDP_HEADER, TCP_HEADER = 20, 8, 8, 20
"""Bytes, without options."""


@dataclass(frozen=True)
class Packet:
    """A frame. What it has not is None, or 0."""

    tags: tuple[int, ...] = ()
    """VLANs, from the outside."""
    ethertype: int = 0
    """Or the length, in a frame without a type (IEEE 802.3: below 0x0600)."""
    ppp: int | None = None
    """The protocol in a PPP session."""
    source: int | None = None
    """Of IPv4, or who asks by ARP."""
    target: int | None = None
    protocol: int = 0
    source_port: int | None = None
    port: int | None = None
    icmp: int | None = None
    """The type of ICMP's."""
    syn: bool = False
    multipath: bool = False
    """Whether it opens a connection, or joins one, of Multipath TCP."""
    at: int = 0
    """Of a fragment: how many bytes come before it."""
    more: bool = False
    """Of a fragment: whether some come after it."""
    number: int = 0
    """That of the packet that it is a fragment of."""
    header: int = 0
    """Bytes of the header of UDP or TCP."""
    broken: str = ""
    """What is wrong with it."""

    def __str__(self) -> str:
        """In a line, for people."""
        words = [*(f"VLAN {tag}" for tag in self.tags), f"type {self.ethertype:04x}"]
        words += [f"PPP {self.ppp:04x}"] if self.ppp is not None else []
        if self.source is not None and self.target is not None:
            words += [NAMES.get(self.protocol, f"protocol {self.protocol}")] if self.ethertype != ARP else []
            words += [_end(self.source, self.source_port), ">", _end(self.target, self.port)]
        words += [f"fragment at {self.at}"] if self.at or self.more else []
        return " ".join([*words, f"({self.broken})" if self.broken else ""]).rstrip()


def _end(address: int, port: int | None) -> str:
    return str(IPv4Address(address)) + (f":{port}" if port is not None else "")


def dissect(data: bytes, length: int) -> Packet:
    """The headers of a frame of which `data` was kept, of `length` bytes."""
    if len(data) < 14:
        return Packet(broken="too short for a frame")
    tags: tuple[int, ...] = ()
    at = 12
    (ethertype,) = struct.unpack_from("!H", data, at)
    while ethertype in VLAN:
        if len(data) < at + 6:
            return Packet(tags, ethertype, broken="cut off in a tag")
        tag, ethertype = struct.unpack_from("!HH", data, at + 2)
        tags = (*tags, tag & 0xFFF)
        at += 4
    frame, rest, size = Packet(tags, ethertype), data[at + 2 :], length - at - 2
    if ethertype == IPV4:
        return _ipv4(frame, rest, size)
    if ethertype == ARP:
        return _arp(frame, rest)
    if ethertype == SESSION:
        return _session(frame, rest, size)
    return frame


def _session(frame: Packet, data: bytes, size: int) -> Packet:
    if len(data) < 8:
        return replace(frame, broken="cut off in the session's header")
    version, code, _, length, ppp = struct.unpack_from("!BBHHH", data)
    frame = replace(frame, ppp=ppp)
    if (version, code) != (0x11, 0) or not 2 <= length <= size - 6:
        return replace(frame, broken="no session's header")
    return _ipv4(frame, data[8:], length - 2) if ppp == PPP_IPV4 else frame


def _arp(frame: Packet, data: bytes) -> Packet:
    if len(data) < 28:
        return replace(frame, broken="cut off in ARP")
    *form, operation = struct.unpack_from("!HHBBH", data)
    source, target = int.from_bytes(data[14:18], "big"), int.from_bytes(data[24:28], "big")
    broken = "" if form == [1, IPV4, 6, 4] and operation in (1, 2) else "no ARP for IPv4 over Ethernet"
    return replace(frame, source=source, target=target, broken=broken)


def _ipv4(frame: Packet, data: bytes, size: int) -> Packet:
    if len(data) < IP_HEADER:
        return replace(frame, broken="cut off in IPv4's header")
    version, _, length, number, piece, _, protocol, _, source, target = struct.unpack_from("!BBHHHBBHII", data)
    at, more = (piece & 0x1FFF) * 8, bool(piece & 0x2000)
    frame = replace(frame, source=source, target=target, protocol=protocol, number=number, at=at, more=more)
    if version != 0x45:
        return replace(frame, broken="another version than IPv4" if version >> 4 != 4 else "options in IPv4's header")
    if piece & 0x8000 or not IP_HEADER <= length <= size:
        return replace(frame, broken="no header of IPv4")
    # What comes after it in the frame fills that up.
    payload, size = data[IP_HEADER:length], length - IP_HEADER
    if at:
        return frame
    if protocol == UDP:
        return _udp(frame, payload, size)
    if protocol == ICMP:
        whole = len(payload) >= ICMP_HEADER
        return replace(frame, icmp=payload[0]) if whole else replace(frame, broken="cut off in ICMP's header")
    return _tcp(frame, payload) if protocol == TCP else frame


def _udp(frame: Packet, data: bytes, size: int) -> Packet:
    if len(data) < UDP_HEADER:
        return replace(frame, broken="cut off in UDP's header")
    source, target, length = struct.unpack_from("!HHH", data)
    frame = replace(frame, source_port=source, port=target, header=UDP_HEADER)
    right = length > size if frame.more else length == size
    return frame if right else replace(frame, broken="another length than UDP's header says")


def _tcp(frame: Packet, data: bytes) -> Packet:
    if len(data) < TCP_HEADER:
        return replace(frame, broken="cut off in TCP's header")
    source, target, offset, flags = struct.unpack_from("!HH8xBB", data)
    header = (offset >> 4) * 4
    frame = replace(frame, source_port=source, port=target, syn=bool(flags & SYN), header=header)
    if not TCP_HEADER <= header <= len(data):
        return replace(frame, broken="cut off in TCP's options")
    opens = _opens(data[TCP_HEADER:header])
    return replace(frame, broken="broken options of TCP") if opens is None else replace(frame, multipath=opens)


def _opens(options: bytes) -> bool | None:
    """Whether TCP's options (RFC 9293, 3.1) open a connection of Multipath TCP; None where they are broken."""
    at, found = 0, False
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if at + 1 >= len(options) or not 2 <= options[at + 1] <= len(options) - at:
            return None
        if options[at] == MULTIPATH and options[at + 1] >= 4:
            found = found or options[at + 2] >> 4 in (CAPABLE, JOIN)
        at += options[at + 1]
    return found
