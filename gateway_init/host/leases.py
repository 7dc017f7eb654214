"""What the LAN's DHCP server has lent to whom: its file, and a watch that tells of each change (inotify(7))."""

from __future__ import annotations

import os
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

from gateway_init.base import stranger
from gateway_init.host.netlink import inotify
from gateway_init.wellknown import place

MOST = 1024 * 1024
"""Bytes that are read: a thousand leases, each with the longest identifier of a client's (RFC 2132, 9.14)."""
IN_MODIFY = 0x2
"""linux/inotify.h."""


def lent(file: Path = place.LEASES) -> dict[IPv4Address, str]:
    """The name that each device gave, in lower case, by the address that it was lent; `*` for one without a name."""
    found: dict[IPv4Address, str] = {}
    # The last line may be half written.
    for line in stranger.read(file, MOST).split("\n")[:-1]:
        match line.split():
            case [_expires, _hardware, address, name, *_]:
                with suppress(ValueError):
                    found[IPv4Address(address)] = name.lower()
    return found


class Watch:
    """`wakeup` is readable when the file has changed; then `heard` is to be called."""

    def __init__(self, file: Path = place.LEASES) -> None:
        self._file = file
        self._inotify = inotify()
        self.wakeup: int = self._inotify.fd
        os.set_blocking(self.wakeup, False)
        os.set_inheritable(self.wakeup, False)

    def look(self) -> None:
        """Watch the file that is there now: its server makes it when it starts first. The kernel watches none twice."""
        self._inotify.wd.clear()
        with suppress(OSError):
            self._inotify.register_path(str(self._file), IN_MODIFY)

    def heard(self) -> None:
        """Empty it: which change it was is not looked at."""
        with suppress(BlockingIOError):
            os.read(self.wakeup, 65536)
