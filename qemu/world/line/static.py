"""The other end of a line with a fixed address: the ISP's router, which knows the customer's by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any

from qemu.world.description import Line
from qemu.world.inside import links, modem

if TYPE_CHECKING:
    from gateway_init.uplink.static.settings import Static
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell

CABLE = True
LENDS = False


def own(line: Line) -> str:
    return f"{line.address}/32"


def carrier(line: Line) -> str:  # noqa: ARG001 - the same for all
    return ""


def around(line: Line) -> tuple[Mapping[str, Any], ...]:  # noqa: ARG001 - there is nobody else
    return ()


def port(settings: Static) -> str:
    return settings.device


def pool(settings: Static, offered: IPv4Network) -> IPv4Network:  # noqa: ARG001 - he has his own
    return IPv4Network(settings.address)


def details(settings: Static, secrets: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG001 - there are none
    return {"gateway": str(settings.gateway)}


def lay(line: Line) -> None:
    modem.lay(line)


def serve(lines: Sequence[Line], resolvers: Sequence[str]) -> None:  # noqa: ARG001 - he knows his own
    for line in lines:
        router = line.details["gateway"]
        links.batch(["-n", "isp"], [f"addr add {router}/32 dev {line.device}"])
        links.batch(["-n", "isp"], [f"route add {line.address}/32 dev {line.device} src {router}"])


def come(line: Line, gateway: Gateway) -> None:
    """It is there from the start."""


def assigned(line: Line, isp: Shell) -> str:  # noqa: ARG001 - it never changes
    return line.address


def renumber(line: Line, isp: Shell, address: str) -> None:  # noqa: ARG001 - as above
    raise ValueError(f"{line.name} has a fixed address")
