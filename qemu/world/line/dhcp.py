"""The other end of a DHCP line: a cable provider's router, which lends an address to whoever has the right MAC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from qemu.world.description import Line
from qemu.world.inside import dhcpd, links, modem

if TYPE_CHECKING:
    from gateway_init.uplink.dhcp.settings import DhcpLine
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell

CABLE = True
LENDS = True
MTU = 1300
"""Bytes of the largest packet that gets through, as in a mobile network; nobody tells who sends larger ones."""


def own(line: Line) -> str:
    return line.pool


def carrier(line: Line) -> str:  # noqa: ARG001 - the same for all
    return ""


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - there is nobody else
    return ()


def port(settings: DhcpLine) -> str:
    return settings.device


def pool(settings: DhcpLine, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - any will do
    return offered


def details(settings: DhcpLine, secrets: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - there is nothing to know
    return {}


def lay(line: Line) -> None:
    modem.lay(line)
    links.batch(["-n", line.modem], [f"link set line mtu {MTU}"])
    links.batch(["-n", "isp"], [f"link set {line.device} mtu {MTU}"])


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:
    for line in lines:
        router, network = _router(line), IPv4Network(line.pool)
        links.batch(["-n", "isp"], [f"addr add {router}/{network.prefixlen} dev {line.device}"])
        options = {"subnet": str(network.netmask), "router": router, "mtu": str(MTU), "dns": " ".join(resolvers[:2])}
        known = [f"static_lease {line.gateway_mac} {line.address}"]
        dhcpd.serve(line, "isp", line.device, line.address, options, known)


def come(line: Line, gateway: Gateway) -> None:
    """It is there from the start."""


def assigned(line: Line, isp: Shell) -> str:
    return dhcpd.assigned(line, isp)


def renumber(line: Line, isp: Shell, address: str) -> None:
    dhcpd.renumber(line, isp, address)


def _router(line: Line) -> str:
    return str(IPv4Network(line.pool)[1])
