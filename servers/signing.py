"""Keys of a site's updates: the one that signs bundles, the one that may bring them by SSH, and the box's own there."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from servers import self_signed

RSA_BITS = 3072
"""RSA, because the same bundle shall have the same signature each time (RFC 8017, section 8.2): ECDSA's never is."""
FEWEST_BITS = 2048
"""Of a key that somebody brought along: OpenSSL's security level 2 refuses less (SSL_CTX_set_security_level(3))."""
NAME = "braid-update"


def new_key() -> str:
    """A fresh RSA key, PKCS#8 in PEM, unencrypted."""
    return self_signed.pem(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def new_certificate(key: str) -> str:
    """A certificate in PEM that says whose bundles a box installs, signed by that key itself. Raises ValueError."""
    return self_signed.certificate(_rsa(key), NAME)


def key_fault(key: str) -> str:
    """What is wrong with a signing key; empty if nothing is."""
    try:
        bits = _rsa(key).key_size
    except ValueError:
        return "is not an unencrypted RSA key in PEM"
    return f"has {bits} bits, fewer than {FEWEST_BITS}" if bits < FEWEST_BITS else ""


def certificate_fault(certificate: str) -> str:
    """What is wrong with the certificate of a signing key; empty if nothing is."""
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return "is not a certificate in PEM"
    return self_signed.time_fault(read, datetime.now(UTC))


def new_ssh_key() -> str:
    """A fresh Ed25519 key in OpenSSH's own format, unencrypted."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


def ssh_public(key: str) -> str:
    """The public half of an SSH key, as in authorized_keys (sshd(8)). Raises ValueError."""
    return f"{_public(key)} {NAME}\n"


def ssh_known_host(key: str) -> str:
    """The public half of an SSH host key, as in known_hosts (sshd(8)), for whatever name or address the host has.

    Raises ValueError.
    """
    return f"* {_public(key)}\n"


def ssh_fault(key: str) -> str:
    """What is wrong with an SSH key; empty if nothing is."""
    try:
        ssh_public(key)
    except ValueError:
        return "is not an unencrypted key in OpenSSH's format"
    return ""


def _public(key: str) -> str:
    try:
        private = serialization.load_ssh_private_key(key.encode(), password=None)
    except TypeError as error:  # how the library says: encrypted
        raise ValueError("encrypted") from error
    return (
        private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
    )


def _rsa(key: str) -> rsa.RSAPrivateKey:
    private = self_signed.load(key)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ValueError("not RSA")
    return private
