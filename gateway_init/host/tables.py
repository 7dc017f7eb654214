"""The kernel's tables, of which it tells every change: they are read when it has, and hardly ever otherwise.

A dump of each costs Python more than all that is worked out from them (`invoke bench idle`).
"""

from __future__ import annotations

import errno
import select

from msgspec import Struct, structs

from gateway_init.facts.facts import Address, Link
from gateway_init.facts.item import Carrier, Inbound, Queue, Route, Rule, Steered
from gateway_init.host.carriers import Carriers
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import (
    RTMGRP_IPV4_IFADDR,
    RTMGRP_IPV4_ROUTE,
    RTMGRP_IPV4_RULE,
    RTMGRP_LINK,
    RTMGRP_TC,
    IPRoute,
)

EVENTS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE | RTMGRP_TC
ANYWAY = 60.0
"""Seconds after which they are read without an event, too."""


class Held(Struct, frozen=True):
    """What they hold (rtnetlink(7)). Of the links' counters the kernel tells no change: they are none of it."""

    links: tuple[Link, ...]
    addresses: tuple[Address, ...]
    routes: frozenset[Route]
    rules: frozenset[Rule]
    queues: frozenset[Queue | Inbound]
    carriers: frozenset[Carrier] = frozenset()
    """Whoever looks without ruling need not know, and may not: WireGuard tells its keys, too."""
    steered: frozenset[Steered] = frozenset()


def read(kernel: Kernel) -> Held:
    links = kernel.links()
    return Held(links, kernel.addresses(), kernel.routes(), kernel.rules(), kernel.queues(links))


class Tables:
    """What they held when they were read last, and the events since. `fileno` is readable when there are; then `heard`
    is to be called."""

    def __init__(self, kernel: Kernel, carriers: Carriers) -> None:
        self._kernel = kernel
        self._carriers = carriers
        self._events = IPRoute()
        self._events.bind(EVENTS)
        self._last: Held | None = None
        self._at = 0.0

    def fileno(self) -> int:
        number: int = self._events.fileno()
        return number

    def heard(self) -> None:
        """Take in what the kernel has told since."""
        while select.select([self._events], [], [], 0)[0]:
            self.forget()
            try:
                self._events.get()
            except OSError as error:
                # More than its buffer holds; what they were is read all the same (netlink(7)).
                if error.errno != errno.ENOBUFS:
                    raise

    def forget(self) -> None:
        """Read them at the next look: something was changed."""
        self._last = None

    def at(self, now: float) -> Held:
        """What they hold at a time in seconds since boot."""
        self.heard()
        if self._last is None or now - self._at >= ANYWAY:
            held, self._at = read(self._kernel), now
            made, steered = self._carriers.seen(held.links)
            self._last = structs.replace(held, carriers=made, steered=steered)
        return self._last
