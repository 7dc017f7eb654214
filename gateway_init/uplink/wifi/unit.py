"""The unit that joins a network: wpa_supplicant(8), for one interface, with neither control socket nor D-Bus."""

from __future__ import annotations

import hashlib
import re

from gateway_init.uplink.kind import Line
from gateway_init.uplink.wifi.settings import Wifi
from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles, rendered

STATION = "station"
"""Who notes what became of joining, and the script that does (IEEE 802.11 calls the box so)."""
SCRIPT = place.CODE / "uplink/wifi" / STATION
PRE_SHARED_KEY = re.compile("[0-9a-fA-F]{64}")
"""What somebody gives instead of a password, which has 63 characters at most (IEEE 802.11, J.4)."""
ROUNDS, KEY_BYTES = 4096, 32
"""Of the key that is made from a password (IEEE 802.11, J.4.1)."""


def name(uplink: str) -> str:
    return f"braid-wifi-{uplink}.service"


def files(line: Line[Wifi], interface: str, password: str) -> ServiceFiles:
    """The unit and wpa_supplicant's configuration, in which no text is but as its bytes in hexadecimal digits."""
    network = line.settings.network.encode()
    variables = {
        "name": line.name,
        "device": interface,
        "script": SCRIPT,
        "note": place.line_folder(line.name, STATION),
        "country": line.settings.country,
        "hidden": line.settings.hidden,
        "security": line.settings.security,
        "network": network.hex(),
        "password": password.encode().hex(),
        "key": key(network, password),
    }
    return rendered(name(line.name), "uplink/wifi/station", variables)


def key(network: bytes, password: str) -> str:
    """The pre-shared key of WPA2 in hexadecimal digits: made from the password, or the very one that was given.

    >>> key(b"IEEE", "password")
    'f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e'
    """
    if PRE_SHARED_KEY.fullmatch(password):
        return password.lower()
    return hashlib.pbkdf2_hmac("sha1", password.encode(), network, ROUNDS, KEY_BYTES).hex()
