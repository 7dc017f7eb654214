"""What both ends of a carrier must agree on: the WireGuard tunnel that takes UDP of the LAN to a destination."""

from __future__ import annotations

import base64
import binascii
from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.wellknown import tunnel

WRAPPED = 60
"""Bytes that a packet grows by: IP (20), UDP (8), WireGuard's header of data (16) and its tag (16)."""
MTU = tunnel.MTU - WRAPPED
"""Bytes of the largest packet inside, over the tunnel of a path; over narrower lines, less."""
LEAST_MTU = 1280
"""What every path takes, if need be in two pieces (RFC 8200, 5)."""
KEEPALIVE = 25
"""Seconds after which the gateway says that it lives, so that routers on the way remember it (wg(8))."""
KEY_BYTES = 32
"""Of X25519 (RFC 7748)."""


class Carrier(Struct, frozen=True):
    """The gateway's end of one."""

    private_key: str
    """In base64, as wg(8) has it."""
    public_key: str
    """The server's."""
    address: IPv4Address
    """The server's, of the Internet."""
    port: int

    @property
    def digest(self) -> str:
        """Of all of it: it says when the interface is to be made anew."""
        return digest(self.private_key, self.public_key, str(self.address), str(self.port))


def key(text: str) -> str:
    """A key from its file. Raises ValueError where it is none."""
    try:
        data = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        raise ValueError("is not base64") from None
    if len(data) != KEY_BYTES:
        raise ValueError(f"holds {len(data)} bytes, not {KEY_BYTES}")
    return text.strip()
