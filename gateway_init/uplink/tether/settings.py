"""What gateway.yaml says of a phone that shares its connection over USB."""

from __future__ import annotations

from gateway_init.uplink.kind import Settings
from gateway_init.uplink.plugged import UsbPort


class Tether(Settings, frozen=True, kw_only=True, tag="tether"):
    """A telephone on USB that shares its connection, or anything else that shows a network card of that sort: found by
    its driver, whatever it is called and wherever it is plugged in."""

    port: UsbPort = ""
    """Only what is plugged into this socket, where there are several (`braid status` names those in others)."""
