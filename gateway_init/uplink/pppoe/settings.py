"""What gateway.yaml says of a PPPoE line."""

from __future__ import annotations

from ipaddress import IPv4Interface
from typing import Annotated

from msgspec import Meta

from gateway_init.base.value import Interface, User
from gateway_init.facts.item import ETHERNET_MTU
from gateway_init.uplink.kind import Settings

HEADER = 8
"""Bytes of PPPoE and PPP before each packet (RFC 2516)."""
SESSION_MTU = ETHERNET_MTU - HEADER


class Pppoe(Settings, frozen=True, kw_only=True, tag="pppoe"):
    """An ADSL or VDSL line behind a modem in bridge mode; the gateway dials (RFC 2516)."""

    device: Interface
    """The interface that the modem is plugged into."""
    user: User
    """User name at the provider; the password is in the secrets folder."""
    vlan: Annotated[int, Meta(ge=1, le=4094, description="1 to 4094")] | None = None
    """The tag of its frames (IEEE 802.1Q), where the provider wants one and the modem does not set it."""
    modem: IPv4Interface | None = None
    """The modem's own address with its prefix length, such as 192.168.1.1/24: its page (TCP 80 and 443) can be reached
    from the LAN then, and from nowhere else. The box takes the next address in that network."""
    mtu: Annotated[int, Meta(ge=576, le=ETHERNET_MTU, description=f"576 to {ETHERNET_MTU}")] = SESSION_MTU
    """The largest packet that the line takes, in bytes; above 1492 where provider and modem can (RFC 4638)."""
