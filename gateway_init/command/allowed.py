"""`braid allowed`: what may leave each uplink, by the config; nothing else does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gateway_init.base.table import table
from gateway_init.config.allowed import Leaving
from gateway_init.wellknown.allowed import ARP_TYPE, Allowed

HEADER = ("uplink", "packets", "from", "to", "as")


def text(all_of_it: Iterable[Leaving]) -> str:
    """For people."""
    return table(HEADER, [(each.uplink, *row) for each in all_of_it for row in map(_row, each.allowed)])


def _row(packets: Allowed) -> tuple[str, str, str, str]:
    return packets.what, " ".join(_source(packets)), " ".join(_target(packets)), _form(packets)


def _source(packets: Allowed) -> Iterator[str]:
    if packets.is_ipv4 or packets.ethertype == ARP_TYPE:
        yield str(packets.source or ("its address or none" if packets.unaddressed else "its address"))
    if packets.source_port:
        yield f"port {packets.source_port}"


def _target(packets: Allowed) -> Iterator[str]:
    if packets.is_ipv4 or packets.ethertype == ARP_TYPE:
        many = ", ".join([*packets.names, *map(str, packets.networks)])
        yield str(packets.target or many or ("anybody outside" if packets.never else "anybody"))
    if packets.ports:
        yield f"port {' or '.join(map(str, packets.ports))}"


def _form(packets: Allowed) -> str:
    """
    >>> _form(Allowed(what="", protocol="tcp", multipath=True, inside="a tin", vlan=7))
    'Multipath TCP in a tin, VLAN 7'
    >>> _form(Allowed(what="ARP", ethertype=ARP_TYPE))
    'frames of type 0806'
    """
    form = f"frames of type {packets.ethertype:04x}"
    if packets.is_ipv4:
        form = packets.protocol.upper() if packets.protocol else "IPv4"
        form = f"Multipath {form}" if packets.multipath else form
    inside = f" in {packets.inside}" if packets.inside else ""
    return f"{form}{inside}{'' if packets.vlan is None else f', VLAN {packets.vlan}'}"
