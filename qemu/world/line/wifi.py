"""The other end of somebody's Wi-Fi: an access point, and behind it a flat's router with a small network and NAT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface, IPv4Network
from typing import TYPE_CHECKING, Any

from qemu.world.description import Line
from qemu.world.inside import dhcpd, links, router

if TYPE_CHECKING:
    from gateway_init.uplink.wifi.settings import Wifi
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell
    from qemu.world.vm import World

CABLE = False
LENDS = True
PORT = "enp5s0"
"""A spare port of the box's machine: the access point lives in there, and this is its way to the router."""
OWN = IPv4Interface("192.168.179.1/24")
LENT = "192.168.179.20"


def own(line: Line) -> str:  # noqa: ARG001 - the same for all
    return str(OWN.network)


def carrier(line: Line) -> str:  # noqa: ARG001 - the same for all
    return ""


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - the same for all
    # An access point tells the switch behind it who has joined, in his name (IEEE 802.2, XID): 6 bytes.
    joined = dict.fromkeys(("vlan", "source", "target", "protocol", "source_port"))
    plain = {
        "inside": "",
        "ppp": (),
        "ports": (),
        "networks": (),
        "names": (),
        "never": (),
        "never_ports": (),
        "unaddressed": False,
        "multipath": False,
    }
    return ({"what": "the access point's own", "ethertype": 6} | joined | plain,)


def port(settings: Wifi) -> str:  # noqa: ARG001 - the same for all
    return PORT


def pool(settings: Wifi, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: Wifi, secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        "network": settings.network,
        "country": settings.country,
        "security": settings.security,
        "hidden": "yes" if settings.hidden else "",
        "password": secrets.get("password", ""),
    }


def lay(line: Line) -> None:
    links.plug(line.mac, line.modem, "dsl")
    router.lay(line, OWN)


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:  # noqa: ARG001 - a router names itself
    router.serve(lines, OWN, LENT)


def come(line: Line, gateway: Gateway, world: World) -> None:  # noqa: ARG001 - the cable is there
    # Here alone: inside the VM there is no driver of machines.
    from qemu.world.access_point import AccessPoint

    AccessPoint(gateway, line).set_up(PORT)


def assigned(line: Line, isp: Shell) -> str:
    return dhcpd.assigned(line, isp)


def renumber(line: Line, isp: Shell, address: str) -> None:
    dhcpd.renumber(line, isp, address)
