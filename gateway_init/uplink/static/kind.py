"""A line with an address of its own: nobody is asked for it, and it is up while its router answers (ARP, RFC 826)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item, Neighbour, Up
from gateway_init.uplink.kind import Given, Kind, Line, Needs, Secret, State
from gateway_init.uplink.static.settings import Static
from gateway_init.wellknown.allowed import ARP, Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles


class _Static(Kind[Static]):
    name = "static"
    settings = Static
    needs = Needs()
    every_secret = ()
    assigns = True

    def broken(self, line: Line[Static]) -> Iterator[Problem]:
        if line.settings.gateway == line.settings.address:
            yield Problem("gateway", f"{line.settings.gateway} is the box's own address", "give the router's")

    def addresses(self, line: Line[Static]) -> Mapping[str, IPv4Address]:
        return {"address": line.settings.address, "gateway": line.settings.gateway}

    def secrets(self, line: Line[Static]) -> tuple[Secret, ...]:  # noqa: ARG002 - there is none to ask
        return ()

    def ports(self, line: Line[Static]) -> Mapping[str, str]:
        return {"device": line.settings.device}

    def about(self, line: Line[Static]) -> str:
        return f"{line.settings.address} on {line.settings.device}"

    def interface(self, line: Line[Static]) -> str:
        return line.settings.device

    def leaves(self, line: Line[Static]) -> tuple[Allowed, ...]:  # noqa: ARG002 - the same for all
        return (ARP,)

    def hardware(self, line: Line[Static], facts: Facts) -> Link | None:
        return facts.link(line.settings.device)

    def services(self, line: Line[Static]) -> tuple[str, ...]:  # noqa: ARG002 - nobody is dialled
        return ()

    def idle(self, line: Line[Static], facts: Facts) -> Collection[str]:  # noqa: ARG002 - it has no units
        return ()

    def units(self, line: Line[Static], secret: SecretReader) -> tuple[ServiceFiles, ...]:  # noqa: ARG002 - as above
        return ()

    def given(self, line: Line[Static], facts: Facts) -> tuple[Given, ...]:  # noqa: ARG002 - whatever there is
        return (Given(line.settings.address, line.settings.gateway),)

    def items(self, line: Line[Static], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Up(device.name)
            if device.running and line.settings.address in facts.addresses_on(device):
                yield Neighbour(device.index, line.settings.gateway)

    def mtu(self, line: Line[Static], facts: Facts) -> int:  # noqa: ARG002 - as the config says
        return line.settings.mtu

    def state(self, line: Line[Static], facts: Facts) -> State:
        """It is up when its interface runs and has the address, and the router answers."""
        settings, device = line.settings, facts.link(line.settings.device)
        if device is None:
            return State(reason=f"there is no {settings.device}")
        if device.up and not device.running:
            return State(reason=f"no cable in {settings.device}")
        if settings.address not in facts.addresses_on(device):
            return State(reason=f"the address {settings.address} is not set yet")
        if Neighbour(device.index, settings.gateway) not in facts.answering:
            return State(reason=f"no answer from the gateway {settings.gateway}")
        return State(device, settings.address, gateway=settings.gateway)


STATIC = _Static()
