"""What comes in from the Internet: the entries of `ports` in gateway.yaml."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from gateway_init.base.value import Host, Name, Port

Protocol: TypeAlias = Literal["tcp", "udp"]


class Forward(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A port of a destination's public address that leads to a device of the LAN, by the carrier of UDP. The kit of
    that destination is to be installed anew after a change."""

    port: Port
    """That is called."""
    to: Host
    """The device: a name of `lan.hosts`, or an address of the LAN."""
    to_port: Port | None = None
    """Of the device, where that is another one."""
    protocols: tuple[Protocol, ...] = ("tcp", "udp")
    """`tcp`, `udp`, or both."""
    destination: Name | None = None
    """Whose public address; without it `policy.destination`, or the first of `policy.destinations`."""

    @property
    def inside(self) -> int:
        """The device's port."""
        return self.to_port or self.port
