"""What an interface is made of, as sysfs tells: the driver of a card, its USB socket, whether it is one for Wi-Fi."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec import Struct

INTERFACES = Path("/sys/class/net")
USB_INTERFACE = re.compile(r"(?P<socket>[0-9]+-[0-9]+(\.[0-9]+)*):[0-9]+\.[0-9]+")
"""A folder below /sys/bus/usb/devices: a socket, then a configuration and an interface of what is in it."""


class Hardware(Struct, frozen=True):
    driver: str = ""
    usb: str = ""
    wireless: bool = False


class Cards:
    """What was read once of an interface is not read again: it stays what it is, until it goes."""

    def __init__(self, interfaces: Path = INTERFACES) -> None:
        self._interfaces = interfaces
        self._known: dict[tuple[int, str], Hardware] = {}

    def of(self, index: int, name: str) -> Hardware:
        """Of the interface of that index, which was called `name` a moment ago; nothing of one made of software.

        Where it has another name by now, what is found is nobody's, and is not remembered.
        """
        if (index, name) in self._known:
            return self._known[index, name]
        found = self._read(name)
        if not self._is(index, name):
            return Hardware()
        self._known[index, name] = found
        return found

    def forget_all_but(self, indexes: set[int]) -> None:
        """Only these are there still."""
        self._known = {key: found for key, found in self._known.items() if key[0] in indexes}

    def _is(self, index: int, name: str) -> bool:
        try:
            return int((self._interfaces / name / "ifindex").read_text()) == index
        except (OSError, ValueError):
            return False

    def _read(self, name: str) -> Hardware:
        interface = self._interfaces / name
        device = interface / "device"
        try:
            driver = (device / "driver").resolve(strict=True).name
            found = USB_INTERFACE.fullmatch(device.resolve(strict=True).name)
        except OSError:
            return Hardware()
        # cfg80211 links each of its interfaces to the radio behind it.
        return Hardware(driver, found["socket"] if found else "", (interface / "phy80211").exists())
