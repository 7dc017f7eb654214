"""What gateway.yaml says of a PPPoE line."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.base.value import Interface, User


class Pppoe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="pppoe"):
    """An ADSL or VDSL line behind a modem in bridge mode; the gateway dials (RFC 2516)."""

    device: Interface
    """The interface that the modem is plugged into."""
    user: User
    """User name at the provider; the password is in the secrets folder."""
