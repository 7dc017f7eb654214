"""Keys and self-signed certificates of tunnel ends. No CA: each end knows the other by its fingerprint."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Role = Literal["server", "client"]

PURPOSE = {"server": ExtendedKeyUsageOID.SERVER_AUTH, "client": ExtendedKeyUsageOID.CLIENT_AUTH}

# A gateway without a battery begins in the past, and nothing renews these (the last: RFC 5280, 4.1.2.5).
VALID_FROM = datetime(2000, 1, 1, tzinfo=UTC)
VALID_TO = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def new_key() -> str:
    """A fresh private key on P-256, PKCS#8 in PEM, unencrypted."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def new_certificate(key: str, name: str, role: Role) -> str:
    """A certificate in PEM for a private key, signed by that key itself.

    Raises ValueError for what is no P-256 key.
    """
    private = _private(key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([PURPOSE[role]]), critical=False)
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


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
    return ""


def key_fault(key: str) -> str:
    """What is wrong with a private key; empty if nothing is."""
    try:
        _private(key)
    except ValueError:
        return "is not an unencrypted private key on P-256 in PEM"
    return ""


def belong_together(key: str, certificate: str) -> bool:
    """Whether a sound certificate is that of a sound key."""
    public = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    return bool(public == _private(key).public_key())


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError as error:  # how the library says: encrypted
        raise ValueError("encrypted") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise ValueError("not on P-256")
    return private
