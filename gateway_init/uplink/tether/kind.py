"""A telephone on USB that shares its connection: found by its driver, then asked for a lease like any router."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item, Named, Up
from gateway_init.uplink import plugged
from gateway_init.uplink.kind import Line, Needs
from gateway_init.uplink.lease.leased import Leased
from gateway_init.uplink.tether.settings import Tether
from gateway_init.wellknown import usb

DRIVERS = ("rndis_host", "cdc_ncm", "cdc_ether", "ipheth")
"""RNDIS of older telephones, NCM of newer ones, ECM of some and of 3G sticks, Apple's own."""


class _Tether(Leased[Tether]):
    name = "tether"
    settings = Tether
    needs = Needs(packages=("busybox-static", "usbmuxd"), modules=DRIVERS)

    def ports(self, line: Line[Tether]) -> Mapping[str, str]:
        return {"port": usb.socket(line.settings.port)}

    def about(self, line: Line[Tether]) -> str:
        return usb.socket(line.settings.port)

    def interface(self, line: Line[Tether]) -> str:
        return line.name

    def hardware(self, line: Line[Tether], facts: Facts) -> Link | None:
        return plugged.card(line, line.settings.port, facts, DRIVERS)

    def items(self, line: Line[Tether], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Named(device.index, line.name)
            yield Up(line.name)

    def lacking(self, line: Line[Tether], facts: Facts) -> str:
        device = self.hardware(line, facts)
        if device is None:
            others = plugged.sockets(plugged.cards(line, facts, DRIVERS))
            elsewhere = f"; there is one on {others}" if others else ""
            return f"no telephone on {usb.socket(line.settings.port)}, or it does not share{elsewhere}"
        return "the telephone has no connection to share" if device.up and not device.running else ""


TETHER = _Tether()
