"""Certificates that their own key signs: nobody is asked whom to trust, each end is told."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID

# A gateway without a battery begins in the past, and nothing renews these (the last: RFC 5280, 4.1.2.5).
VALID_FROM = datetime(2000, 1, 1, tzinfo=UTC)
VALID_TO = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

ONLY_SIGNATURES = x509.KeyUsage(
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


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A private key as PKCS#8 in PEM, unencrypted."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


@lru_cache
def load(key: str) -> PrivateKeyTypes:
    """The private key in a PEM text. Raises ValueError for anything else, and for an encrypted one.

    What was found sound is not gone through again: an RSA key takes 0.1 s, and a check meets each several times.
    """
    try:
        return serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError as error:  # how the library says: encrypted
        raise ValueError("encrypted") from error


def certificate(
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, name: str, *purposes: x509.ObjectIdentifier
) -> str:
    """A certificate in PEM for a private key and a common name; `purposes` as in RFC 5280, 4.2.1.12."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_TO)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(ONLY_SIGNATURES, critical=True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    return builder.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def time_fault(certificate: x509.Certificate, now: datetime) -> str:
    """Why a certificate does not count at a time; empty if it does."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now > last:
        return f"expired on {last:%Y-%m-%d}"
    return f"is valid from {first:%Y-%m-%d} only" if now < first else ""


def belong_together(key: str, certificate: str) -> bool:
    """Whether a sound certificate is that of a sound key."""
    return bool(x509.load_pem_x509_certificate(certificate.encode()).public_key() == load(key).public_key())
