"""Keys of the carriers' ends, as wg(8) has them: X25519 (RFC 7748), in base64."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from gateway_init.wellknown import carrier

RAW = serialization.Encoding.Raw


def new_key() -> str:
    """A fresh private key."""
    made = X25519PrivateKey.generate()
    return _text(made.private_bytes(RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption()))


def public(key: str) -> str:
    """The public half of a private key. Raises ValueError."""
    private = X25519PrivateKey.from_private_bytes(base64.b64decode(carrier.key(key)))
    return _text(private.public_key().public_bytes(RAW, serialization.PublicFormat.Raw))


def fault(key: str) -> str:
    """What is wrong with a key, private or public; empty if nothing is."""
    try:
        carrier.key(key)
    except ValueError as error:
        return str(error)
    return ""


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode() + "\n"
