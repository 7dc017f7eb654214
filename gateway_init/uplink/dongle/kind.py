"""A 3G or 4G stick on USB: told to show its network card, then asked for a lease like any router, or dialled.

Which of the two, the config says, for it decides which programs run: with an `apn` the box dials.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from gateway_init.base.mistake import Mistake
from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item, Named, Up
from gateway_init.uplink import plugged
from gateway_init.uplink.dongle import state, unit
from gateway_init.uplink.dongle.settings import Dongle
from gateway_init.uplink.kind import Line, Needs, Secret, State
from gateway_init.uplink.lease.leased import Leased
from gateway_init.wellknown import usb
from gateway_init.wellknown.allowed import Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

DIALS_ITSELF = ("cdc_ether", "cdc_ncm", "rndis_host")
"""Drivers of a network card, by age and maker: ECM, NCM, RNDIS."""
IS_DIALLED = ("cdc_mbim",)
DRIVERS = (*DIALS_ITSELF, *IS_DIALLED)
PIN = Secret("pin")
A_PIN = re.compile(r"[0-9]{4,8}")
"""3GPP TS 31.101, 9.5.1."""


class _Dongle(Leased[Dongle]):
    name = "dongle"
    settings = Dongle
    needs = Needs(packages=("busybox-static", "usb-modeswitch", "libmbim-utils"), modules=DRIVERS)
    every_secret = (PIN,)

    def broken(self, line: Line[Dongle]) -> Iterator[Problem]:
        if line.settings.pin and line.settings.apn is None:
            yield Problem(
                "pin", "a stick that dials by itself is not told it", "enter it on its own page, or give `apn`"
            )

    def secrets(self, line: Line[Dongle]) -> tuple[Secret, ...]:
        return self.every_secret if line.settings.pin else ()

    def ports(self, line: Line[Dongle]) -> Mapping[str, str]:
        return {"port": usb.socket(line.settings.port)}

    def about(self, line: Line[Dongle]) -> str:
        dialled = f", {line.settings.apn}" if line.settings.apn else ""
        return f"{usb.socket(line.settings.port)}{dialled}"

    def interface(self, line: Line[Dongle]) -> str:
        return line.name

    def leaves(self, line: Line[Dongle]) -> tuple[Allowed, ...]:
        # One that is dialled carries packets alone.
        return () if line.settings.apn else super().leaves(line)

    def hardware(self, line: Line[Dongle], facts: Facts) -> Link | None:
        return plugged.card(line, line.settings.port, facts, _drivers(line))

    def services(self, line: Line[Dongle]) -> tuple[str, ...]:
        # Not the watcher's: that runs while there is no network card yet, since it is what makes one appear.
        return (unit.dialler(line.name),) if line.settings.apn else super().services(line)

    def idle(self, line: Line[Dongle], facts: Facts) -> Collection[str]:
        if line.settings.apn is None:
            return super().idle(line, facts)
        # It has a carrier once it is connected.
        device = self.hardware(line, facts)
        return () if device is not None and device.name == line.name else self.services(line)

    def units(self, line: Line[Dongle], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        watching = unit.watching(line.name, line.settings.port)
        if line.settings.apn is None:
            return (watching, *super().units(line, secret))
        return (watching, unit.dialling(line.name, line.settings.apn, _pin(line, secret)))

    def items(self, line: Line[Dongle], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Named(device.index, line.name)
            yield Up(line.name)

    def lacking(self, line: Line[Dongle], facts: Facts) -> str:
        device, socket = self.hardware(line, facts), usb.socket(line.settings.port)
        if device is not None:
            return "the stick has no connection" if device.up and not device.running else ""
        if plugged.card(line, line.settings.port, facts, DRIVERS):
            dials = (
                "is to be dialled: give its `apn`" if line.settings.apn is None else "dials by itself: leave out `apn`"
            )
            return f"the stick on {socket} {dials}"
        others = plugged.sockets(plugged.cards(line, facts, DRIVERS))
        elsewhere = f"; there is one on {others}" if others else ""
        return f"no stick on {socket}, or it shows no network card{elsewhere}"

    def state(self, line: Line[Dongle], facts: Facts) -> State:
        device = self.hardware(line, facts)
        if line.settings.apn is None or device is None:
            return super().state(line, facts)
        return state.state(line.name, device, PIN.file(line.name), facts)


def _drivers(line: Line[Dongle]) -> tuple[str, ...]:
    return DIALS_ITSELF if line.settings.apn is None else IS_DIALLED


def _pin(line: Line[Dongle], secret: SecretReader) -> str:
    """Raises Mistake for what cannot be one: a SIM counts that as an attempt, too."""
    if not line.settings.pin:
        return ""
    pin = secret(PIN.file(line.name)).strip()
    if not A_PIN.fullmatch(pin):
        raise Mistake(f"{PIN.file(line.name)}: not a PIN", hint="a SIM's has 4 to 8 digits")
    return pin


DONGLE = _Dongle()
