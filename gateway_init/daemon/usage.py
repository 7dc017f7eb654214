"""Whether the LAN uses the Internet, as far as that shows in what its bridge carries.

One looks each second, so that all others may rest until they are told (`invoke bench idle`).
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable

from gateway_init.base.clock import uptime
from gateway_init.host.counters import Carried

EVERY = 1.0
"""Seconds between two looks."""
USED = 1000
"""Bytes that it was sent between two looks, from which on it uses the Internet."""
LINGER = 10.0
"""Seconds for which a spell goes on after its last sign."""


class Spell:
    """A time in which signs of something come again and again."""

    def __init__(self) -> None:
        self._until = float("-inf")
        self._told: list[int] = []

    def subscribe(self) -> int:
        """An eventfd(2) that is readable once a spell has begun; whoever waits reads it."""
        told = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._told.append(told)
        return told

    def goes_on(self, now: float) -> bool:
        """At a time in seconds since boot."""
        return now < self._until

    def sign(self, now: float) -> None:
        """There was another one."""
        # As of the next look, when whoever looks at this would find it over.
        begins = not self.goes_on(now + EVERY)
        self._until = now + LINGER
        if begins:
            for told in self._told:
                os.eventfd_write(told, 1)


class Usage:
    """Of the LAN. `asks` goes on while anything comes from it, `busy` while it is sent what only the Internet has."""

    def __init__(self, carried: Callable[[], Carried]) -> None:
        """`carried`: by the bridge, so far."""
        self._carried = carried
        self.asks = Spell()
        self.busy = Spell()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it looks: what ends it is a defect, and the daemon is better started anew."""
        return self._thread.is_alive()

    def _run(self) -> None:
        before = self._carried()
        while True:
            time.sleep(EVERY)
            now, carried = uptime(), self._carried()
            if carried.received > before.received:
                self.asks.sign(now)
            if carried.sent - before.sent >= USED:
                self.busy.sign(now)
            before = carried
