"""What both ends of the proxy must agree on: the gateway's ss-local and the ss-server in the kits."""

from __future__ import annotations

METHOD = "chacha20-ietf-poly1305"
"""Of shadowsocks (SIP004); the gateway's CPU has no AES instructions."""

IDLE = 7440
"""Seconds that a silent connection is kept: 2 h 4 min, the least for a NAT (RFC 5382, REQ-5)."""
