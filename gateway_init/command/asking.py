"""`braid status` asks the daemon, who answers at once: to find out by itself, it would have to load all that he has."""

from __future__ import annotations

import socket

from gateway_init.wellknown import place

PATIENCE = 3.0
"""Seconds until the daemon is taken to be busy, or stopped."""
MOST = 1 << 20
"""Bytes of an answer."""


def ask(form: str) -> str:
    """What the daemon says; empty where there is none, or it does not answer."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as line:
            line.settimeout(PATIENCE)
            line.connect(str(place.DESK))
            line.sendall(form.encode())
            return line.recv(MOST).decode()
    except OSError:
        return ""
