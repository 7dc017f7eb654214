"""A line with a DHCP server at its other end (RFC 2131): cable, fibre, another router."""

from __future__ import annotations

from collections.abc import Mapping

from gateway_init.facts.facts import Facts, Link
from gateway_init.uplink.dhcp.settings import DhcpLine
from gateway_init.uplink.kind import Line, Needs
from gateway_init.uplink.lease.leased import Leased


class _Dhcp(Leased[DhcpLine]):
    name = "dhcp"
    settings = DhcpLine
    needs = Needs(packages=("busybox-static",))

    def ports(self, line: Line[DhcpLine]) -> Mapping[str, str]:
        return {"device": line.settings.device}

    def about(self, line: Line[DhcpLine]) -> str:
        return line.settings.device

    def interface(self, line: Line[DhcpLine]) -> str:
        return line.settings.device

    def hardware(self, line: Line[DhcpLine], facts: Facts) -> Link | None:
        return facts.link(line.settings.device)

    def lacking(self, line: Line[DhcpLine], facts: Facts) -> str:
        device = self.hardware(line, facts)
        if device is None:
            return f"there is no {line.settings.device}"
        return f"no cable in {line.settings.device}" if device.up and not device.running else ""


DHCP = _Dhcp()
