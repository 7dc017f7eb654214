"""Keys of a site's updates: the one that signs bundles, and the one that may bring them to the box by SSH."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.x509.oid import NameOID

from servers.certificate import VALID_FROM, VALID_TO

RSA_BITS = 3072
"""RSA, because the same bundle shall have the same signature each time (RFC 8017, section 8.2): ECDSA's never is."""
NAME = "braid-update"


def new_key() -> str:
    """A fresh RSA key, PKCS#8 in PEM, unencrypted."""
    return _pem(rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS))


def new_certificate(key: str) -> str:
    """A certificate in PEM that says whose bundles a box installs, signed by that key itself. Raises ValueError."""
    private = _rsa(key)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
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
        .sign(private, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_fault(key: str) -> str:
    """What is wrong with a signing key; empty if nothing is."""
    try:
        _rsa(key)
    except ValueError:
        return "is not an unencrypted RSA key in PEM"
    return ""


def certificate_fault(certificate: str) -> str:
    """What is wrong with the certificate of a signing key; empty if nothing is."""
    try:
        x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return "is not a certificate in PEM"
    return ""


def belong_together(key: str, certificate: str) -> bool:
    """Whether a sound certificate is that of a sound key."""
    return bool(x509.load_pem_x509_certificate(certificate.encode()).public_key() == _rsa(key).public_key())


def new_ssh_key() -> str:
    """A fresh Ed25519 key in OpenSSH's own format, unencrypted."""
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


def ssh_public(key: str) -> str:
    """The public half of an SSH key, as in authorized_keys (sshd(8)). Raises ValueError."""
    try:
        private = serialization.load_ssh_private_key(key.encode(), password=None)
    except TypeError as error:  # how the library says: encrypted
        raise ValueError("encrypted") from error
    return (
        private.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()
        + f" {NAME}\n"
    )


def ssh_fault(key: str) -> str:
    """What is wrong with an SSH key; empty if nothing is."""
    try:
        ssh_public(key)
    except ValueError:
        return "is not an unencrypted key in OpenSSH's format"
    return ""


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _rsa(key: str) -> rsa.RSAPrivateKey:
    try:
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except TypeError as error:
        raise ValueError("encrypted") from error
    if not isinstance(private, rsa.RSAPrivateKey):
        raise ValueError("not RSA")
    return private
