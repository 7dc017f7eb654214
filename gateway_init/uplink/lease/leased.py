"""What lines have in common to which a DHCP server lends an address (RFC 2131), whatever they are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address
from typing import TypeVar

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import ETHERNET_MTU, Item, Up
from gateway_init.uplink.kind import Given, Kind, Line, Secret, Settings, State
from gateway_init.uplink.lease import unit
from gateway_init.uplink.lease.lease import lent
from gateway_init.wellknown.allowed import ARP, DHCP, Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

S = TypeVar("S", bound=Settings)


class Leased(Kind[S]):
    """A kind says besides which interface that is, and why nobody can be asked."""

    every_secret: tuple[Secret, ...] = ()
    assigns = True

    def lacking(self, line: Line[S], facts: Facts) -> str:
        """Why there is nobody to ask, in words that a person can act on; empty where there may be somebody."""
        raise NotImplementedError

    def broken(self, line: Line[S]) -> Iterator[Problem]:  # noqa: ARG002 - its types say all
        yield from ()

    def addresses(self, line: Line[S]) -> Mapping[str, IPv4Address]:  # noqa: ARG002 - it is lent
        return {}

    def secrets(self, line: Line[S]) -> tuple[Secret, ...]:  # noqa: ARG002 - the line is all that it takes
        return ()

    def leaves(self, line: Line[S]) -> tuple[Allowed, ...]:  # noqa: ARG002 - the same for all
        # A lease is renewed by an ordinary socket; what goes out without an address passes the packet filter by.
        return ARP, DHCP

    def services(self, line: Line[S]) -> tuple[str, ...]:
        return (unit.name(line.name),)

    def idle(self, line: Line[S], facts: Facts) -> Collection[str]:
        """Without a cable there is nobody to ask; behind the next one may be another network, with other leases."""
        device = self.hardware(line, facts)
        reached = device is not None and device.name == self.interface(line) and device.running
        return () if reached else (unit.name(line.name),)

    def units(self, line: Line[S], secret: SecretReader) -> tuple[ServiceFiles, ...]:  # noqa: ARG002
        return (unit.files(line.name, self.interface(line)),)

    def given(self, line: Line[S], facts: Facts) -> tuple[Given, ...]:
        held = lent(line.name, facts)
        return (Given(held.address, held.router),) if held else ()

    def items(self, line: Line[S], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Up(device.name)

    def mtu(self, line: Line[S], facts: Facts) -> int:
        held = lent(line.name, facts)
        return held.mtu if held else ETHERNET_MTU

    def state(self, line: Line[S], facts: Facts) -> State:
        """It is up when its interface runs and has the address that was lent."""
        device = self.hardware(line, facts)
        lacking = self.lacking(line, facts)
        if device is None or lacking:
            return State(reason=lacking)
        held = lent(line.name, facts)
        if held is None:
            client = facts.units.get(unit.name(line.name))
            alive = client is not None and client.wanted_alive
            return State(reason="no answer from a DHCP server" if alive else "the DHCP client is not started yet")
        if held.router is None:
            return State(reason=f"the DHCP server lends {held.address}, but names no router")
        if held.address not in facts.addresses_on(device):
            return State(reason=f"the address {held.address} is not set yet")
        return State(device, held.address, gateway=held.router)
