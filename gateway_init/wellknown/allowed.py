"""Packets that may leave an uplink, as data, from which the firewall, the list for people and the proof are made."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from msgspec import Struct

IPV4, ARP_TYPE, EAPOL_TYPE = 0x0800, 0x0806, 0x888E
"""Types of Ethernet frames (IEEE 802.3): RFC 791, RFC 826, IEEE 802.1X."""
PPP_IPV4 = 0x0021
"""IPv4 as PPP calls it (RFC 1332)."""


class Allowed(Struct, frozen=True, kw_only=True):
    """One class of packets. IPv4 without options (RFC 791, 3.1), whatever else it is."""

    what: str
    """In words; no two of an uplink have the same."""
    ethertype: int = IPV4
    """Of its frames, which carry nothing else."""
    ppp: tuple[int, ...] = ()
    """Where those are of a PPP session: which of PPP's protocols (RFC 1661)."""
    inside: str = ""
    """What it is wrapped in besides, in a word for people."""
    vlan: int | None = None
    """The tag of its frames (IEEE 802.1Q); None for none."""
    source: IPv4Address | None = None
    """None: an address that the line was given."""
    unaddressed: bool = False
    """Whether it may also come from 0.0.0.0, as long as the line has no address."""
    target: IPv4Address | None = None
    """To whom; None for anybody. Of ARP: whom it asks for, or answers."""
    networks: tuple[IPv4Network, ...] = ()
    """To whom, where that is more than one; one of these."""
    names: tuple[str, ...] = ()
    """To whom besides: to whatever these names, and all below them, lead to. The firewall knows those when a connection
    begins."""
    never: tuple[IPv4Network, ...] = ()
    """To whom not, whatever it says else."""
    never_ports: tuple[int, ...] = ()
    """To which not."""
    protocol: Literal["tcp", "udp", "icmp"] | None = None
    """None for any. Of ICMP, requests for an echo alone."""
    source_port: int | None = None
    """None for any."""
    ports: tuple[int, ...] = ()
    """To which; empty for any."""
    multipath: bool = False
    """Of TCP: whether its connections are opened by Multipath TCP alone (RFC 8684: MP_CAPABLE or MP_JOIN)."""

    @property
    def is_ipv4(self) -> bool:
        return self.ethertype == IPV4 or self.ppp == (PPP_IPV4,)

    @property
    def match(self) -> str:
        """As the firewall knows it (nft(8)), but for interface and mark; empty where it sees none of it.

        >>> Allowed(what="DNS", target=IPv4Address("192.0.2.1"), protocol="udp", ports=(53,)).match
        'ip daddr 192.0.2.1 udp dport 53'
        >>> ARP.match
        ''
        """
        if not self.is_ipv4:
            return ""
        words = [
            f"ip saddr {self.source}" if self.source else "",
            f"ip daddr {self.target}" if self.target else "",
            f"ip daddr {_set(self.networks)}" if self.networks and not self.names else "",
            f"{self.protocol} sport {self.source_port}" if self.source_port else "",
            f"{self.protocol} dport {_set(self.ports)}" if self.ports else "",
        ]
        if self.protocol == "icmp":
            words.append("icmp type echo-request")
        elif self.protocol and not self.source_port and not self.ports:
            words.append(f"meta l4proto {self.protocol}")
        return " ".join(word for word in words if word)


def _set(values: Sequence[object]) -> str:
    """
    >>> _set((80,)), _set((80, 443))
    ('80', '{ 80, 443 }')
    """
    return str(values[0]) if len(values) == 1 else f"{{ {', '.join(map(str, values))} }}"


ARP = Allowed(what="ARP", ethertype=ARP_TYPE, unaddressed=True)
"""Who has an address on the line, or once had (RFC 5227)."""
EAPOL = Allowed(what="EAPOL", ethertype=EAPOL_TYPE)
"""What joins a network that has a password."""
DHCP = Allowed(what="DHCP", protocol="udp", source_port=68, ports=(67,), unaddressed=True)
"""Questions for a lease (RFC 2131)."""
