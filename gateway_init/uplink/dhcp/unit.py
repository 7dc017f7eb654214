"""The unit of a DHCP line: busybox's udhcpc, which asks and notes the answer, and touches nothing."""

from __future__ import annotations

from gateway_init.uplink.dhcp.settings import DhcpLine
from gateway_init.uplink.kind import Line
from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles, rendered

HOOK = place.CODE / "uplink/dhcp/hook"


def name(line: Line[DhcpLine]) -> str:
    return f"braid-dhcp-{line.name}.service"


def files(line: Line[DhcpLine]) -> ServiceFiles:
    """The unit; there is nothing to configure."""
    variables = {"name": line.name, "device": line.settings.device, "hook": HOOK, "note": place.line_folder(line.name)}
    return rendered(name(line), "uplink/dhcp/udhcpc", variables, configured=False)
