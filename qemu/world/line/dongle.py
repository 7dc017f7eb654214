"""The other end of a stick for mobile networks: a disk first (inside/stick.py), and once it was told to eject that a
network card, with a router behind it that has a small network of its own, as all sticks of its sort have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Interface, IPv4Network
from typing import TYPE_CHECKING, Any

from gateway_init.base.process import run
from gateway_init.wellknown import usb
from qemu.world.description import Line
from qemu.world.inside import dhcpd, lent, links, router, stick

if TYPE_CHECKING:
    from gateway_init.uplink.dongle.settings import Dongle
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell
    from qemu.world.vm import World

CABLE = False
LENDS = True
OWN = IPv4Interface("192.168.8.1/24")
"""The stick's, as all HiLink sticks have it."""
LENT = "192.168.8.100"
EJECT_LIMIT = 300.0
"""Seconds on the reference machine until a box, which may just be starting, tells a stick to show its network card."""


def own(line: Line) -> str:  # noqa: ARG001 - the same for all
    return str(OWN.network)


def carrier(line: Line) -> str:  # noqa: ARG001 - the same for all
    return ""


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - there is nobody else
    return ()


def port(settings: Dongle) -> str:
    return usb.socket(settings.port)


def pool(settings: Dongle, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: Dongle, secrets: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - there is nothing to know
    return {}


def lay(line: Line) -> None:
    stick.make(line)
    links.plug(line.mac, line.modem, "dsl")
    router.lay(line, OWN)


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:  # noqa: ARG001 - a stick names itself
    router.serve(lines, OWN, LENT)
    for line in lines:
        run(lent.start(f"stick-{line.name}", stick.__name__, line.name))


def come(line: Line, gateway: Gateway, world: World) -> None:
    gateway.plug_in(line.gateway_mac, port=world.hand_out(line.name))
    world.host(line.modem).wait_until_succeeds(f"rm {stick.ejected(line.name)}", EJECT_LIMIT)
    gateway.unplug(line.gateway_mac)
    gateway.plug_in(line.gateway_mac)


def assigned(line: Line, isp: Shell) -> str:
    return dhcpd.assigned(line, isp)


def renumber(line: Line, isp: Shell, address: str) -> None:
    dhcpd.renumber(line, isp, address)
