"""What gateway.yaml says of a line with an address of its own."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated

from msgspec import Meta

from gateway_init.base.value import Interface
from gateway_init.facts.item import ETHERNET_MTU
from gateway_init.uplink.kind import Settings


class Static(Settings, frozen=True, kw_only=True, tag="static"):
    """An office's line, or another router, with an address that never changes and that nobody has to be asked for."""

    device: Interface
    """The interface that the line is plugged into."""
    address: IPv4Address
    """The box's own address on it. The netmask that a provider names with it is not needed: all goes to the gateway."""
    gateway: IPv4Address
    """The router that takes its packets. The line is up when it answers (ARP)."""
    mtu: Annotated[int, Meta(ge=576, le=ETHERNET_MTU, description=f"576 to {ETHERNET_MTU}")] = ETHERNET_MTU
    """The largest packet that the line takes, in bytes."""
