"""What a DHCP server lent, from what `hook` noted. A stranger said it: what is not to be believed is left out."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import AddressValueError, IPv4Address

from msgspec import Struct

from gateway_init.facts.facts import Facts
from gateway_init.facts.item import ETHERNET_MTU

LEAST_MTU = 576
"""What every host on the Internet takes (RFC 791); a server that names less is not believed."""


class Lease(Struct, frozen=True):
    """What of it is heeded: DNS servers, routes and names are not."""

    address: IPv4Address
    router: IPv4Address | None = None
    mtu: int = ETHERNET_MTU


def lent(uplink: str, facts: Facts) -> Lease | None:
    """The lease of an uplink; None where it has none."""
    return lease(facts.notes.get(uplink, {}))


def lease(note: Mapping[str, str]) -> Lease | None:
    """None where there is none.

    >>> lease({"ip": "192.0.2.7", "router": "192.0.2.1 192.0.2.2", "mtu": "1400"})
    Lease(address=IPv4Address('192.0.2.7'), router=IPv4Address('192.0.2.1'), mtu=1400)
    """
    address = _address(note.get("ip", ""))
    if address is None:
        return None
    return Lease(address, _address(note.get("router", "").partition(" ")[0]), _mtu(note.get("mtu", "")))


def in_vain(uplink: str, facts: Facts) -> int:
    """Rounds of questions in a row that nobody answered; a round takes some 15 s."""
    return _number(facts.notes.get(uplink, {}).get("vain", ""), 0)


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None


def _mtu(text: str) -> int:
    mtu = _number(text, ETHERNET_MTU)
    return mtu if LEAST_MTU <= mtu <= ETHERNET_MTU else ETHERNET_MTU


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else otherwise
