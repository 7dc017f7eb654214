"""Devices that routes know by the name they give by DHCP: the firewall's sets hold what addresses they have.

Leases are gone when the box starts anew, and devices are not: they ask again hours later. So what a device was lent is
remembered until somebody else is lent it. That holds for a file that is half written, too.
"""

from __future__ import annotations

import logging
import selectors
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from pathlib import Path

import msgspec

from gateway_init.base import note
from gateway_init.base.clock import uptime
from gateway_init.base.process import CommandFailed
from gateway_init.base.whole_file import write
from gateway_init.config.load import from_text
from gateway_init.config.name_sets import device_set
from gateway_init.host import nftables
from gateway_init.host.leases import Watch, lent
from gateway_init.wellknown import place
from gateway_init.wellknown.number import NFT_ROUTES

log = logging.getLogger(__name__)

Held = dict[str, frozenset[IPv4Address]]
"""Addresses by the name of a device, or of a set."""
NOTE_EVERY = 60.0
"""Seconds between two times that it is noted at least: a device may change its name all day, and a card wears out."""


def held(before: Held, leases: Mapping[IPv4Address, str], devices: frozenset[str]) -> Held:
    """What each device has: what it is lent by now, or what it had as long as nobody else was lent it.

    >>> tv, other = IPv4Address("192.0.2.1"), IPv4Address("192.0.2.2")
    >>> held({"tv": frozenset({tv})}, {other: "tv"}, frozenset({"tv"}))
    {'tv': frozenset({IPv4Address('192.0.2.2')})}
    >>> held({"tv": frozenset({tv})}, {other: "laptop"}, frozenset({"tv"}))
    {'tv': frozenset({IPv4Address('192.0.2.1')})}
    >>> held({"tv": frozenset({tv})}, {tv: "laptop"}, frozenset({"tv"}))
    {'tv': frozenset()}
    """
    now = {device: frozenset(address for address, name in leases.items() if name == device) for device in devices}
    had = {device: frozenset(before.get(device, frozenset()) - leases.keys()) for device in devices}
    return {device: now[device] or had[device] for device in sorted(devices)}


class Given:
    """Fills the sets; without any device it does nothing."""

    def __init__(
        self,
        devices: frozenset[str],
        leases: Callable[[], Mapping[IPv4Address, str]] = lent,
        fill: Callable[[str, Held], None] = nftables.fill,
        noted: Path = place.GIVEN,
    ) -> None:
        self._devices = devices
        self._leases = leases
        self._fill = fill
        self._note = noted
        self._noted: Held = (note.recall(noted, Held, from_text) or {}) if devices else {}
        self._noted_at = float("-inf")
        self._held = self._noted
        self._filled: Held | None = None
        self._watch = Watch() if devices else None
        self._loads = 0

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake whoever waits when something was lent."""
        if self._watch:
            selector.register(self._watch.wakeup, selectors.EVENT_READ, self._heard)

    def _heard(self) -> None:
        # Before the turn that follows: a device connects as soon as it has its address.
        assert self._watch
        self._watch.heard()
        self.keep(self._loads)

    def keep(self, loads: int) -> None:
        """To be called at each turn. `loads`: how often a ruleset was loaded, which may have lost the sets."""
        if not self._watch:
            return
        self._watch.look()
        before, self._held = self._held, held(self._held, self._leases(), self._devices)
        for device, addresses in self._held.items():
            if addresses != before.get(device, frozenset()):
                log.info("%s is %s", device, ", ".join(map(str, sorted(addresses))) or "nobody")
        if self._filled != self._held or self._loads != loads:
            self._put(loads)
        if self._noted != self._held and uptime() - self._noted_at >= NOTE_EVERY:
            self._keep_note()

    def _put(self, loads: int) -> None:
        try:
            self._fill(NFT_ROUTES, {device_set(device): addresses for device, addresses in self._held.items()})
        except (CommandFailed, OSError) as error:
            log.warning("%s", error)
            return
        self._filled, self._loads = self._held, loads

    def _keep_note(self) -> None:
        self._noted_at = uptime()
        try:
            write(self._note, msgspec.json.encode(self._held, enc_hook=str).decode(), mode=0o600)
        except OSError as error:
            log.warning("%s", error)
            return
        self._noted = self._held
