"""PPPoE over a modem in bridge mode (RFC 2516): the gateway dials, by pppd(8)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address

from msgspec.structs import replace

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import ETHERNET_MTU, LONGEST_NAME, Item, LineAddress, Mtu, Up, Vlan
from gateway_init.uplink.kind import Given, Kind, Line, Modem, Needs, Secret, State
from gateway_init.uplink.pppoe import state, unit
from gateway_init.uplink.pppoe.settings import HEADER, Pppoe
from gateway_init.wellknown.allowed import PPP_IPV4, Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

PASSWORD = Secret("password")
DISCOVERY, SESSION = 0x8863, 0x8864
"""Types of its Ethernet frames (RFC 2516)."""
CONTROL = (0xC021, 0xC023, 0xC223, 0x8021)
"""PPP's protocols that dial the line: LCP, PAP, CHAP, IPCP (RFC 1661, 1334, 1994, 1332)."""


class _Pppoe(Kind[Pppoe]):
    name = "pppoe"
    settings = Pppoe
    needs = Needs(packages=("ppp",), modules=("pppoe", "8021q"), early=("pppoe", "8021q"))
    every_secret = (PASSWORD,)
    assigns = False

    def broken(self, line: Line[Pppoe]) -> Iterator[Problem]:
        if len(unit.ethernet(line)) > LONGEST_NAME:
            most = LONGEST_NAME - len(unit.VLAN)
            yield Problem("", "its name is too long for a line with a VLAN", f"give one of at most {most} characters")

    def addresses(self, line: Line[Pppoe]) -> Mapping[str, IPv4Address]:  # noqa: ARG002 - the provider gives it
        return {}

    def secrets(self, line: Line[Pppoe]) -> tuple[Secret, ...]:  # noqa: ARG002 - all have one
        return self.every_secret

    def ports(self, line: Line[Pppoe]) -> Mapping[str, str]:
        return {"device": line.settings.device}

    def modem(self, line: Line[Pppoe]) -> Modem | None:
        address = line.settings.modem
        return Modem(line.settings.device, address) if address else None

    def about(self, line: Line[Pppoe]) -> str:
        tag = line.settings.vlan
        return line.settings.device if tag is None else f"{line.settings.device}, VLAN {tag}"

    def interface(self, line: Line[Pppoe]) -> str:
        return line.name

    def leaves(self, line: Line[Pppoe]) -> tuple[Allowed, ...]:
        tag = line.settings.vlan
        return (
            Allowed(what="PPPoE discovery", ethertype=DISCOVERY, vlan=tag),
            Allowed(what="PPP: LCP, PAP, CHAP, IPCP", ethertype=SESSION, ppp=CONTROL, vlan=tag),
        )

    def wrapped(self, line: Line[Pppoe], packets: Allowed) -> Allowed:
        return replace(packets, ethertype=SESSION, ppp=(PPP_IPV4,), inside="PPPoE", vlan=line.settings.vlan)

    def hardware(self, line: Line[Pppoe], facts: Facts) -> Link | None:
        return facts.link(line.settings.device)

    def services(self, line: Line[Pppoe]) -> tuple[str, ...]:
        return (unit.name(line),)

    def idle(self, line: Line[Pppoe], facts: Facts) -> Collection[str]:  # noqa: ARG002 - who hears nothing asks rarely
        return ()

    def units(self, line: Line[Pppoe], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        return (unit.files(line, secret(PASSWORD.file(line.name)).strip()),)

    def given(self, line: Line[Pppoe], facts: Facts) -> tuple[Given, ...]:
        session = facts.link(line.name)
        found = facts.on(session) if session else ()
        return tuple(Given(each.address, each.peer) for each in found)

    def items(self, line: Line[Pppoe], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Up(device.name)
            if modem := self.modem(line):
                yield LineAddress(device.index, modem.ours.ip, modem.ours.network.prefixlen)
            if line.settings.vlan is not None:
                name = unit.ethernet(line)
                yield Vlan(name, device.index, line.settings.vlan)
                yield Up(name)
                yield Mtu(name, self.mtu(line, facts))

    def mtu(self, line: Line[Pppoe], facts: Facts) -> int:  # noqa: ARG002 - pppd sees to its session's own
        return max(ETHERNET_MTU, line.settings.mtu + HEADER)

    def state(self, line: Line[Pppoe], facts: Facts) -> State:
        return state.state(line, facts)


PPPOE = _Pppoe()
