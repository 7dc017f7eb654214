"""Which of the allowed classes a packet is of. It knows the list that `braid allowed --json` prints, and no ruleset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from types import MappingProxyType
from typing import Any

from qemu.world.leak.header import ARP, ECHO_REQUEST, ICMP, IPV4, PPP_IPV4, TCP, UDP, Packet

PLAIN = "connections without Multipath TCP"
"""A class of its own of what is not allowed: it goes to the right port, and shows nothing of what is in it."""
NOWHERE = ("0.0.0.0/32",)
PROTOCOLS = {"tcp": TCP, "udp": UDP, "icmp": ICMP}

NAMELESS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Class:
    """An entry of the list."""

    what: str
    ethertype: int
    tags: tuple[int, ...]
    ppp: tuple[int, ...]
    source: int | None
    """None: one of the line's own."""
    unaddressed: bool
    target: int | None
    networks: tuple[IPv4Network, ...]
    """To which addresses besides; empty for any, as long as `target` is None, too."""
    never: tuple[IPv4Network, ...]
    never_ports: tuple[int, ...]
    protocol: int | None
    source_port: int | None
    ports: tuple[int, ...]
    multipath: bool

    def frames(self, packet: Packet) -> bool:
        """Whether it leaves in such frames."""
        return (packet.ethertype, packet.tags) == (self.ethertype, self.tags) and (
            packet.ppp in self.ppp if self.ppp else packet.ppp is None
        )

    def ends(self, packet: Packet) -> bool:
        """Whether it goes to whom it should, port included."""
        if self.target is not None and packet.target != self.target:
            # Who tells all the world his own address asks for that (RFC 5227).
            return packet.ethertype == ARP and packet.target == packet.source
        if any(IPv4Address(packet.target or 0) in each for each in self.never) or packet.port in self.never_ports:
            return False
        if self.networks and not any(IPv4Address(packet.target or 0) in each for each in self.networks):
            return False
        return (
            self.protocol in (None, packet.protocol)
            and (self.protocol != ICMP or packet.icmp == ECHO_REQUEST)
            and self.source_port in (None, packet.source_port)
            and (not self.ports or packet.port in self.ports)
        )


def read(entry: Mapping[str, Any], names: Mapping[str, str]) -> Class:
    """Of one entry as JSON has it; an entry that lacks something, or has something else besides, raises KeyError.
    `names`: the addresses of all names that there are. An entry that has names none of which is there lets nothing out.
    """
    known = {"what", "inside", "vlan", "names", *Class.__annotations__} - {"tags"}
    if strange := known ^ set(entry):
        raise KeyError(f"the allow-list is of another kind than this matcher knows: {', '.join(sorted(strange))}")
    led = [address for name, address in names.items() if any(f".{name}".endswith(f".{of}") for of in entry["names"])]
    return Class(
        what=entry["what"],
        ethertype=entry["ethertype"],
        tags=() if entry["vlan"] is None else (entry["vlan"],),
        ppp=tuple(entry["ppp"]),
        source=_address(entry["source"]),
        unaddressed=entry["unaddressed"],
        target=_address(entry["target"]),
        networks=tuple(map(IPv4Network, [*entry["networks"], *led] or (NOWHERE if entry["names"] else ()))),
        never=tuple(map(IPv4Network, entry["never"])),
        never_ports=tuple(entry["never_ports"]),
        protocol=None if entry["protocol"] is None else PROTOCOLS[entry["protocol"]],
        source_port=entry["source_port"],
        ports=tuple(entry["ports"]),
        multipath=entry["multipath"],
    )


def _address(text: str | None) -> int | None:
    return None if text is None else int(IPv4Address(text))


class Matcher:
    """One line's. It is shown the packets in the order in which they left."""

    def __init__(
        self, allowed: Iterable[Mapping[str, Any]], own: Iterable[str], names: Mapping[str, str] = NAMELESS
    ) -> None:
        """`allowed`: of one uplink; `own`: the networks of which the line is given addresses; `names`: as `read` takes
        them."""
        self._classes = [read(entry, names) for entry in allowed]
        networks = [IPv4Network(each) for each in own]
        self._own = [(int(each.netmask), int(each.network_address)) for each in networks]
        self._begun: dict[tuple[object, ...], tuple[str, int]] = {}
        """Of a packet that came in pieces: what its head was, and how long that is."""

    def what(self, packet: Packet) -> str:
        """Its class; empty for what is foreign."""
        if packet.broken:
            return ""
        key = (packet.tags, packet.ppp, packet.source, packet.target, packet.protocol, packet.number)
        if packet.at:
            what, header = self._begun.get(key, ("", 0))
            # One that begins inside of the header would write another port there.
            return what if packet.at >= header else ""
        what = next((found for each in self._classes if (found := self._is(each, packet))), "")
        if packet.more:
            self._begun[key] = (what, packet.header)
        return what

    def _is(self, allowed: Class, packet: Packet) -> str:
        if not allowed.frames(packet) or not allowed.ends(packet):
            return ""
        if (packet.ethertype in (ARP, IPV4) or packet.ppp == PPP_IPV4) and not self._from_whom(allowed, packet.source):
            return ""
        return PLAIN if allowed.multipath and packet.syn and not packet.multipath else allowed.what

    def _from_whom(self, allowed: Class, source: int | None) -> bool:
        if source is None:
            return False
        if source == 0:
            return allowed.unaddressed
        if allowed.source is not None:
            return source == allowed.source
        return any(source & mask == network for mask, network in self._own)
