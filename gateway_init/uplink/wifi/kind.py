"""Somebody's Wi-Fi: a card of the box joins the network, then a lease is asked for as of any router.

A card is found by being one, and given the name of its uplink, unless the config names it; all else goes by that name.
What is said before there is a lease (IEEE 802.11, EAPOL) is no IP, and passes the packet filter by.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item, Named, Up
from gateway_init.uplink.kind import Line, Needs, Secret
from gateway_init.uplink.lease.lease import in_vain
from gateway_init.uplink.lease.leased import Leased
from gateway_init.uplink.wifi import state, unit
from gateway_init.uplink.wifi.settings import LONGEST_NETWORK, Wifi
from gateway_init.wellknown import place
from gateway_init.wellknown.allowed import EAPOL, Allowed
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

PASSWORD = Secret("password")
DRIVERS = ("ath9k", "ath9k_htc", "ath10k_pci")
"""Of mini PCIe cards that fit an APU, and of sticks."""
VAIN = 4
"""Rounds of questions for a lease, a minute in all, until the network is joined anew: an access point that has
forgotten us passes nothing on, and need not say so."""
ANY = "Wi-Fi"
"""Whichever card there is."""


class _Wifi(Leased[Wifi]):
    name = "wifi"
    settings = Wifi
    needs = Needs(
        packages=("busybox-static", "wpasupplicant", "wireless-regdb"),
        modules=("mac80211", *DRIVERS, "ccm", "cmac", "gcm"),
        firmware=(
            "regulatory.db",
            "regulatory.db.p7s",
            "htc_9271.fw",
            "ath10k/QCA988X/hw2.0/board.bin",
            "ath10k/QCA988X/hw2.0/firmware-5.bin",
        ),
    )
    every_secret = (PASSWORD,)

    def broken(self, line: Line[Wifi]) -> Iterator[Problem]:
        if (length := len(line.settings.network.encode())) > LONGEST_NETWORK:
            yield Problem("network", f"its name has {length} bytes", f"give one of at most {LONGEST_NETWORK}")

    def secrets(self, line: Line[Wifi]) -> tuple[Secret, ...]:
        return () if line.settings.security == "open" else self.every_secret

    def ports(self, line: Line[Wifi]) -> Mapping[str, str]:
        return {"device": line.settings.device or ANY}

    def about(self, line: Line[Wifi]) -> str:
        return f"{line.settings.network} on {line.settings.device}" if line.settings.device else line.settings.network

    def interface(self, line: Line[Wifi]) -> str:
        return line.settings.device or line.name

    def hardware(self, line: Line[Wifi], facts: Facts) -> Link | None:
        cards = [link for link in facts.links if link.wireless and link.name not in line.elsewhere]
        own = next((link for link in cards if link.name == self.interface(line)), None)
        return own or (None if line.settings.device else next(iter(cards), None))

    def leaves(self, line: Line[Wifi]) -> tuple[Allowed, ...]:
        # What is said besides to join (IEEE 802.11) is no Ethernet frame: it ends at the access point.
        joins = () if line.settings.security == "open" else (EAPOL,)
        return (*joins, *super().leaves(line))

    def services(self, line: Line[Wifi]) -> tuple[str, ...]:
        return (unit.name(line.name), *super().services(line))

    def idle(self, line: Line[Wifi], facts: Facts) -> Collection[str]:
        """Whoever joins the network needs a card, and whoever asks for a lease one that has joined. Where nobody lends
        one, both are left, to begin anew: with them goes what they noted."""
        device = self.hardware(line, facts)
        there = device is not None and device.name == self.interface(line)
        return super().idle(line, facts) if there and in_vain(line.name, facts) < VAIN else self.services(line)

    def units(self, line: Line[Wifi], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        password = "".join(secret(each.file(line.name)).strip("\r\n") for each in self.secrets(line))
        return (unit.files(line, self.interface(line), password), *super().units(line, secret))

    def items(self, line: Line[Wifi], facts: Facts) -> Iterator[Item]:
        if device := self.hardware(line, facts):
            yield Named(device.index, self.interface(line))
            # While nobody is to join the network, the card is off: not even the air hears of it.
            if any(name == unit.name(line.name) for name, _ in facts.services):
                yield Up(self.interface(line))

    def lacking(self, line: Line[Wifi], facts: Facts) -> str:
        device = self.hardware(line, facts)
        if device is None:
            return f"there is no Wi-Fi card {line.settings.device or ''}".rstrip()
        client = facts.units.get(unit.name(line.name))
        if client is None or not client.wanted_alive:
            return "the Wi-Fi client is not started yet"
        note = facts.notes.get(place.note(line.name, unit.STATION), {})
        return "" if device.running else state.reason(line.settings.network, note)


WIFI = _Wifi()
