"""A line with a DHCP server at its other end (RFC 2131), asked by busybox's udhcpc."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import ETHERNET_MTU, Item, Up
from gateway_init.uplink.dhcp import state, unit
from gateway_init.uplink.dhcp.lease import lent
from gateway_init.uplink.dhcp.settings import DhcpLine
from gateway_init.uplink.kind import Given, Kind, Line, Needs, Secret, State
from gateway_init.wellknown.unit import SecretReader, ServiceFiles


class _Dhcp(Kind[DhcpLine]):
    name = "dhcp"
    settings = DhcpLine
    needs = Needs(packages=("busybox-static",))
    every_secret = ()
    assigns = True

    def broken(self, line: Line[DhcpLine]) -> Iterator[Problem]:  # noqa: ARG002 - its types say all
        yield from ()

    def addresses(self, line: Line[DhcpLine]) -> Mapping[str, IPv4Address]:  # noqa: ARG002 - it is lent
        return {}

    def secrets(self, line: Line[DhcpLine]) -> tuple[Secret, ...]:  # noqa: ARG002 - the line is all that it takes
        return ()

    def ports(self, line: Line[DhcpLine]) -> Mapping[str, str]:
        return {"device": line.settings.device}

    def about(self, line: Line[DhcpLine]) -> str:
        return line.settings.device

    def interface(self, line: Line[DhcpLine]) -> str:
        return line.settings.device

    def leaves(self, line: Line[DhcpLine]) -> tuple[str, ...]:
        # A lease is renewed by an ordinary socket; what goes out without an address passes the packet filter by.
        return (f'oifname "{line.settings.device}" udp sport 68 udp dport 67',)

    def hardware(self, line: Line[DhcpLine], facts: Facts) -> Link | None:
        return facts.link(line.settings.device)

    def services(self, line: Line[DhcpLine]) -> tuple[str, ...]:
        return (unit.name(line),)

    def idle(self, line: Line[DhcpLine], facts: Facts) -> bool:
        """Without a cable there is nobody to ask; behind the next one may be another network, with other leases."""
        device = self.hardware(line, facts)
        return device is None or not device.running

    def units(self, line: Line[DhcpLine], secret: SecretReader) -> tuple[ServiceFiles, ...]:  # noqa: ARG002
        return (unit.files(line),)

    def given(self, line: Line[DhcpLine], facts: Facts) -> tuple[Given, ...]:
        held = lent(line, facts)
        return (Given(held.address, held.router),) if held else ()

    def items(self, line: Line[DhcpLine], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Up(device.name)

    def mtu(self, line: Line[DhcpLine], facts: Facts) -> int:
        held = lent(line, facts)
        return held.mtu if held else ETHERNET_MTU

    def state(self, line: Line[DhcpLine], facts: Facts) -> State:
        return state.state(line, facts)


DHCP = _Dhcp()
