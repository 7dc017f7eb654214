"""What gateway.yaml says of a line with a DHCP server at its other end."""

from __future__ import annotations

from gateway_init.base.value import Interface
from gateway_init.uplink.kind import Settings


class DhcpLine(Settings, frozen=True, kw_only=True, tag="dhcp"):
    """Cable, fibre or another router: whoever is at the other end lends an address (RFC 2131)."""

    device: Interface
    """The interface that the line is plugged into."""
