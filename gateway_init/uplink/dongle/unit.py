"""The units of a stick: `watch` of this folder tells it to show its network card, and `dial` connects it."""

from __future__ import annotations

from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles, rendered


def watcher(uplink: str) -> str:
    return f"braid-dongle-{uplink}.service"


def dialler(uplink: str) -> str:
    return f"braid-mbim-{uplink}.service"


def watching(uplink: str, port: str) -> ServiceFiles:
    """For the stick in a socket, or in any where `port` is empty; there is nothing to configure."""
    return rendered(watcher(uplink), "uplink/dongle/watch", {"name": uplink, "port": port}, configured=False)


def dialling(uplink: str, apn: str, pin: str) -> ServiceFiles:
    """For a stick that is to be dialled; an empty PIN for a SIM that asks for none."""
    variables = {"name": uplink, "apn": apn, "pin": pin, "note": place.line_folder(uplink)}
    return rendered(dialler(uplink), "uplink/dongle/dial", variables)
