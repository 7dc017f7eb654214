"""A kind of line that the house has never heard of, on its way through it; run as a program of its own.

A string between two tins, to be pulled tight by a program. Nothing is done for it but to add it to the list.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base.problem import Problem
from gateway_init.base.value import Interface
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import Item, Up
from gateway_init.uplink import kinds
from gateway_init.uplink.kind import Given, Kind, Line, Needs, Secret, Settings, State
from gateway_init.wellknown.allowed import Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles


class Tins(Settings, frozen=True, kw_only=True, tag="tins"):
    """Two tins and a string."""

    tin: Interface
    """The one that is ours."""
    metres: int
    """Of string."""


class _Tins(Kind[Tins]):
    name = "tins"
    settings = Tins
    needs = Needs(packages=("string",), modules=("tin",), firmware=("tin/knot.bin",))
    every_secret = (Secret("whistle"),)
    assigns = False

    def broken(self, line: Line[Tins]) -> Iterator[Problem]:
        if line.settings.metres > 100:
            yield Problem("metres", f"{line.settings.metres} of string sag", "give at most 100")

    def addresses(self, line: Line[Tins]) -> Mapping[str, IPv4Address]:  # noqa: ARG002
        return {}

    def secrets(self, line: Line[Tins]) -> tuple[Secret, ...]:  # noqa: ARG002
        return self.every_secret

    def ports(self, line: Line[Tins]) -> Mapping[str, str]:
        return {"tin": line.settings.tin}

    def about(self, line: Line[Tins]) -> str:
        return f"{line.settings.metres} m of string at {line.settings.tin}"

    def interface(self, line: Line[Tins]) -> str:
        return line.settings.tin

    def leaves(self, line: Line[Tins]) -> tuple[Allowed, ...]:  # noqa: ARG002
        return (Allowed(what="pulls at the string", protocol="udp", ports=(4242,)),)

    def hardware(self, line: Line[Tins], facts: Facts) -> Link | None:
        return facts.link(line.settings.tin)

    def services(self, line: Line[Tins]) -> tuple[str, ...]:
        return (f"braid-tins-{line.name}.service",)

    def idle(self, line: Line[Tins], facts: Facts) -> Collection[str]:
        return () if self.hardware(line, facts) else self.services(line)

    def units(self, line: Line[Tins], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        return (
            ServiceFiles(f"braid-tins-{line.name}.service", "pull", secret(f"uplink-{line.name}.whistle"), "tight"),
        )

    def given(self, line: Line[Tins], facts: Facts) -> tuple[Given, ...]:
        tin = self.hardware(line, facts)
        return tuple(Given(each.address) for each in facts.on(tin)) if tin else ()

    def items(self, line: Line[Tins], facts: Facts) -> Iterator[Item]:
        if tin := self.hardware(line, facts):
            yield Up(tin.name)

    def mtu(self, line: Line[Tins], facts: Facts) -> int:  # noqa: ARG002
        return 700

    def state(self, line: Line[Tins], facts: Facts) -> State:
        tin = self.hardware(line, facts)
        address = facts.address_on(tin) if tin else None
        return State(tin, address) if tin and address else State(reason="the string hangs loose")


class Journey(Struct):
    """What the house made of it."""

    mistakes: str
    checked: str
    secrets: list[str]
    ruleset: str
    units: list[str]
    planned: list[str]
    loose: str
    tight: str
    refused: str
    build: str
    page: str


def journey(text: str) -> Journey:
    """From the text of a gateway.yaml to all that the house says of it."""
    kinds.KINDS = (*kinds.KINDS, _Tins())
    # Only now: the config's types are made from the list.
    from docs import reference
    from gateway_init.base.mistake import Mistake
    from gateway_init.base.problem import ConfigInvalid
    from gateway_init.config import secret, summary
    from gateway_init.config.allotted import allot
    from gateway_init.config.load import parse
    from gateway_init.evidence.evidence import assess
    from gateway_init.evidence.memory import Memory
    from gateway_init.plan.plan import plan
    from gateway_init.render.ruleset import ruleset
    from gateway_init.render.services import services
    from gateway_init.report.status import System, compose
    from gateway_init.report.status_table import text as table
    from gateway_init.store.state import ConfigState
    from image import build, recipe
    from image.root import site as site_content

    mistakes = build_says = ""
    try:
        parse(text.replace("metres: 7", "metres: 700, knot: 1"))
    except ConfigInvalid as invalid:
        mistakes = invalid.render()
    try:
        parse(text.replace("metres: 7", "metres: 700"))
    except ConfigInvalid as invalid:
        mistakes += "\n" + invalid.render()
    site = parse(text)
    try:
        site_content.check_needs(site, recipe.load(build.RECIPE, recipe.Image))
    except Mistake as mistake:
        build_says = mistake.render()
    numbers = allot(site)
    certificate = (Path(__file__).parent / "certificate.pem").read_text()
    made = services(site, lambda name: certificate if secret.is_certificate(name) else f"secret of {name}", numbers)
    loose = Facts(links=(Link(5, "tin0"),), units={name: Unit("active", "running") for name in made})
    tight = msgspec.structs.replace(loose, addresses=(Address(5, IPv4Address("192.0.2.5"), 24),))

    lan = msgspec.structs.replace(loose, addresses=(Address(5, site.lan.address.ip, 24),))

    def status(facts: Facts) -> str:
        told = compose(
            site,
            facts,
            assess(site, facts, Memory(), 0.0),
            Memory(),
            system=System(),
            flows=[],
            connections=dict.fromkeys(site.destinations, 0),
            routers=(),
            crowded=(),
            full=False,
            config=ConfigState(),
            probed={},
            now=1.0,
        )
        return table(told)

    return Journey(
        mistakes=mistakes,
        checked=summary.as_text(site),
        secrets=[name for name in secret.of_the_gateway(site) if secret.is_of_a_gateway(name)],
        ruleset=ruleset(site, numbers).text,
        units=list(made),
        planned=[
            repr(item)
            for item in plan(site, tight, assess(site, tight, Memory(), 0.0), numbers, firewall="", services={})
        ],
        loose=status(loose),
        tight=status(tight),
        refused=status(lan),
        build=build_says,
        page=reference.schema(),
    )


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(journey(sys.stdin.read())))
