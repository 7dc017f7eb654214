"""What gateway.yaml says of a line with a DHCP server at its other end."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.base.value import Interface


class DhcpLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="dhcp"):
    """Cable, fibre or another router: whoever is at the other end lends an address (RFC 2131)."""

    device: Interface
    """The interface that the line is plugged into."""
