"""The unit that asks for a lease: busybox's udhcpc, which notes the answer, and touches nothing."""

from __future__ import annotations

from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles, rendered

HOOK = place.CODE / "uplink/lease/hook"


def name(uplink: str) -> str:
    return f"braid-lease-{uplink}.service"


def files(uplink: str, interface: str) -> ServiceFiles:
    """The unit of an uplink whose lease is asked for on that interface; there is nothing to configure."""
    variables = {"name": uplink, "device": interface, "hook": HOOK, "note": place.line_folder(uplink)}
    return rendered(name(uplink), "uplink/lease/udhcpc", variables, configured=False)
