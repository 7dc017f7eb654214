"""PPPoE over a modem in bridge mode (RFC 2516): the gateway dials, by pppd(8)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import ETHERNET_MTU, Item, Up
from gateway_init.uplink.kind import Given, Kind, Line, Needs, Secret, State
from gateway_init.uplink.pppoe import state, unit
from gateway_init.uplink.pppoe.settings import Pppoe
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

PASSWORD = Secret("password")


class _Pppoe(Kind[Pppoe]):
    name = "pppoe"
    settings = Pppoe
    needs = Needs(packages=("ppp",), modules=("pppoe",))
    every_secret = (PASSWORD,)
    assigns = False

    def broken(self, line: Line[Pppoe]) -> Iterator[Problem]:  # noqa: ARG002 - its types say all
        yield from ()

    def addresses(self, line: Line[Pppoe]) -> Mapping[str, IPv4Address]:  # noqa: ARG002 - the provider gives it
        return {}

    def secrets(self, line: Line[Pppoe]) -> tuple[Secret, ...]:  # noqa: ARG002 - all have one
        return self.every_secret

    def ports(self, line: Line[Pppoe]) -> Mapping[str, str]:
        return {"device": line.settings.device}

    def about(self, line: Line[Pppoe]) -> str:
        return line.settings.device

    def interface(self, line: Line[Pppoe]) -> str:
        return line.name

    def leaves(self, line: Line[Pppoe]) -> tuple[str, ...]:  # noqa: ARG002 - the firewall sees no PPPoE frames
        return ()

    def hardware(self, line: Line[Pppoe], facts: Facts) -> Link | None:
        return facts.link(line.settings.device)

    def services(self, line: Line[Pppoe]) -> tuple[str, ...]:
        return (unit.name(line),)

    def idle(self, line: Line[Pppoe], facts: Facts) -> bool:  # noqa: ARG002 - who hears nothing asks rarely
        return False

    def units(self, line: Line[Pppoe], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        return (unit.files(line, secret(PASSWORD.file(line.name)).strip()),)

    def given(self, line: Line[Pppoe], facts: Facts) -> tuple[Given, ...]:
        session = facts.link(line.name)
        found = facts.on(session) if session else ()
        return tuple(Given(each.address, each.peer) for each in found)

    def items(self, line: Line[Pppoe], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Up(device.name)

    def mtu(self, line: Line[Pppoe], facts: Facts) -> int:  # noqa: ARG002 - pppd sees to its session's own
        return ETHERNET_MTU

    def state(self, line: Line[Pppoe], facts: Facts) -> State:
        return state.state(line, facts)


PPPOE = _Pppoe()
