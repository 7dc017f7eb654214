"""What both ends of a tunnel must agree on: the gateway's OpenVPN clients and the servers in the kits."""

from __future__ import annotations

CIPHER = "CHACHA20-POLY1305"
"""Of the data channel; the gateway's CPU has no AES instructions."""

WRAPPED = 72
"""Bytes that a packet grows by in a tunnel: IP (20, or 40 where the line's provider tunnels it through IPv6), UDP (8)
and OpenVPN's data header (opcode and peer id 4, packet id 4, tag 16)."""

MTU = 1492 - WRAPPED
"""Bytes of the largest packet inside, over PPPoE (RFC 2516) or what is wider; over a narrower line, less."""

PING = 3
"""Seconds of silence after which an end says that it lives."""

DEAD = 12
"""Seconds of silence after which the gateway takes the tunnel for dead and dials again; the server waits
twice as long."""


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate as openvpn(8) wants it in --peer-fingerprint.

    Raises ValueError where the text is no PEM certificate.
    """
    # OpenSSL takes its time to load, and the daemon's start has other uses for it.
    import hashlib
    import ssl

    try:
        der = ssl.PEM_cert_to_DER_cert(pem.strip())
    except ValueError as error:
        raise ValueError("not a certificate in PEM") from error
    return hashlib.sha256(der).digest().hex(":").upper()
