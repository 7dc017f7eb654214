"""Keys and certificates of tunnel ends. No CA: each end knows the other by its fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from servers import self_signed

Role = Literal["server", "client"]

PURPOSE = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}


def new_key() -> str:
    """A fresh private key on P-256, PKCS#8 in PEM, unencrypted."""
    return self_signed.pem(ec.generate_private_key(ec.SECP256R1()))


def new_certificate(key: str, name: str, role: Role) -> str:
    """A certificate in PEM for a private key, signed by that key itself.

    Raises ValueError for what is no P-256 key.
    """
    return self_signed.certificate(_private(key), name, PURPOSE[role])


def fault(certificate: str, name: str, role: Role) -> str:
    """What keeps a certificate from being the one of `name` in that role; empty if nothing does."""
    try:
        read = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return "is not a certificate in PEM"
    names = [str(each.value) for each in read.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [name]:
        return f"has the common name '{', '.join(names)}', not '{name}'"
    try:
        purposes = list(read.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        purposes = []
    if PURPOSE[role] not in purposes:
        return f"is not meant for a TLS {role} (extendedKeyUsage)"
    return self_signed.time_fault(read, datetime.now(UTC))


def key_fault(key: str) -> str:
    """What is wrong with a private key; empty if nothing is."""
    try:
        _private(key)
    except ValueError:
        return "is not an unencrypted private key on P-256 in PEM"
    return ""


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    private = self_signed.load(key)
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("not on P-256")
    return private
