"""The other end of a telephone on USB: a router with a small network of its own, behind a mobile one's NAT."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface, IPv4Network
from typing import TYPE_CHECKING, Any

from gateway_init.wellknown import usb
from qemu.world.description import Line
from qemu.world.inside import dhcpd, iphone, lent, links, router, telephone

if TYPE_CHECKING:
    from gateway_init.uplink.tether.settings import Tether
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell
    from qemu.world.vm import World

CABLE = False
LENDS = True
OWN = IPv4Interface("192.168.42.129/24")
"""The telephone's, as Android's were for ten years; newer ones make a network up."""
LENT = "192.168.42.77"


def own(line: Line) -> str:  # noqa: ARG001 - the same for all
    return str(OWN.network)


def carrier(line: Line) -> str:  # noqa: ARG001 - the same for all
    return ""


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - there is nobody else
    return ()


def port(settings: Tether) -> str:
    return usb.socket(settings.port)


def pool(settings: Tether, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: Tether, secrets: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - there is nothing to know
    return {}


def lay(line: Line) -> None:
    links.plug(line.mac, line.modem, "dsl")
    router.lay(line, OWN)


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:  # noqa: ARG001 - a telephone names itself
    router.serve(lines, OWN, LENT)


def come(line: Line, gateway: Gateway, world: World) -> None:  # noqa: ARG001 - the cable is there
    gateway.plug_in(line.gateway_mac)


def come_asking(line: Line, gateway: Gateway, world: World) -> None:
    """Bring an iPhone, as far as it asks its owner whom to trust."""
    world.host("isp").succeed(shlex.join(lent.start(f"iphone-{line.name}", iphone.__name__, line.name)))
    plug_in(line, gateway, world)


def plug_in(line: Line, gateway: Gateway, world: World) -> None:
    """Plug in what the world has for a line, as soon as that is there."""
    gateway.plug_in(line.gateway_mac, port=world.hand_out(line.name))


def come_speaking(speaks: str, line: Line, gateway: Gateway, world: World) -> None:
    """Bring one that speaks `ncm` or `rndis`, whatever QEMU's own would have spoken."""
    world.host("isp").succeed(shlex.join(lent.start(f"telephone-{speaks}", telephone.__name__, line.name, speaks)))
    plug_in(line, gateway, world)


def assigned(line: Line, isp: Shell) -> str:
    return dhcpd.assigned(line, isp)


def renumber(line: Line, isp: Shell, address: str) -> None:
    dhcpd.renumber(line, isp, address)
