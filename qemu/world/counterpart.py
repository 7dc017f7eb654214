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
    from qemu.drive.shell import Shell


class Counterpart(Protocol):
    """What a line is in the simulated Internet: how it is laid, who serves it, and what can befall it."""

    OUTSIDE: str
    """Filter (pcap-filter(7)) for what should not be on the line at all, whatever is inside of it."""
    INSIDE: str
    """Filter for what carries the customer's packets; what comes after it is looked for inside."""

    SERVES: str
    """What a customer may send to the ISP itself: a match of nft(8); empty for nothing."""

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

    def assigned(self, line: Line, isp: Shell) -> str:
        """The address that the line gets next."""

    def renumber(self, line: Line, isp: Shell, address: str) -> None:
        """Forget what the line was given, and give it that address next."""


def counterpart(kind: str) -> Counterpart:
    return cast(Counterpart, import_module(f"qemu.world.line.{kind}"))
