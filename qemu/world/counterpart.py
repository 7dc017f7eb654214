"""The other end of each kind of line, by the kind's name: qemu/world/line has one module for each.

They are read on both sides, as description.py is: at import they need nothing but Python's own library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Any, Protocol, cast

from qemu.world.description import Line

if TYPE_CHECKING:
    from qemu.drive.gateway import Gateway
    from qemu.drive.shell import Shell
    from qemu.world.vm import World


class Counterpart(Protocol):
    """What a line is in the simulated Internet: how it is laid, who serves it, and what can befall it."""

    CABLE: bool
    """Whether it is a cable in a port of the box, there from the start; else it comes, and is in no saved state."""

    LENDS: bool
    """Whether the gateway's address is the provider's to give, so that it may be another one tomorrow."""

    def own(self, line: Line) -> str:
        """The network of which it gives the gateway addresses."""

    def carrier(self, line: Line) -> str:
        """Filter (pcap-filter(7)), with an `and`, for what its packets are carried in; empty where they go plainly."""

    def around(self, line: Line) -> tuple[Mapping[str, Any], ...]:
        """What else is on the gateway's cable that it has not sent: entries as of `braid allowed --json`."""

    def port(self, settings: Any) -> str:
        """The gateway's interface that its cable is plugged into."""

    def pool(self, settings: Any, offered: IPv4Network) -> IPv4Network:
        """The network that its addresses are of; `offered` is one that is free."""

    def details(self, settings: Any, secrets: Mapping[str, str]) -> dict[str, str]:
        """What only this kind needs to know of a line. `secrets`: its own, by the endings of their files."""

    def lay(self, line: Line) -> None:
        """Lay its cables, from the gateway's port to the ISP. Inside the VM."""

    def serve(self, lines: Sequence[Line], resolvers: Sequence[str]) -> None:
        """Let the ISP serve all lines of this kind; `resolvers` are what it tells them. Inside the VM."""

    def come(self, line: Line, gateway: Gateway, world: World) -> None:
        """Bring what is no cable to a box that is powered on."""

    def assigned(self, line: Line, isp: Shell) -> str:
        """The address that the line gets next."""

    def renumber(self, line: Line, isp: Shell, address: str) -> None:
        """Forget what the line was given, and give it that address next."""


def counterpart(kind: str) -> Counterpart:
    return cast(Counterpart, import_module(f"qemu.world.line.{kind}"))
