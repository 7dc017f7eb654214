"""All facts in one go, from the kernel, nftables and systemd."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import structs

from gateway_init.facts.facts import Counted, Facts, Link, Unit
from gateway_init.host import asked, clock, ledger, mib, nftables, noted, quotas, systemd
from gateway_init.host.carriers import Carriers
from gateway_init.host.counters import counted
from gateway_init.host.kernel import Kernel
from gateway_init.host.tables import Held, Tables, read
from gateway_init.wellknown import place

STALE = 3.0
"""Seconds that an answer of nft or systemctl is good for, whatever changes: each costs a process."""

T = TypeVar("T")


class Answer(Generic[T]):
    """What a program answered last. It is asked again once there is a sign of change, and it was not asked just now."""

    def __init__(self, ask: Callable[[], T], first: T, *, known: bool = False) -> None:
        """`known`: `first` is what it would answer."""
        self._ask = ask
        self.last = first
        self._at = float("inf") if known else float("-inf")
        self._sign: Hashable = None

    def at(self, now: float, sign: Hashable) -> T:
        """The answer at a time in seconds since boot. While the `sign` is the same, so is the answer; with None nobody
        knows whether it is."""
        if now - self._at >= STALE and (sign is None or sign != self._sign):
            # The sign is the older of the two: what changes in between is asked for once more.
            self._sign, self._at = sign, now
            self.last = self._ask()
        return self.last

    def forget(self) -> None:
        """Ask at the next look: something was changed."""
        self._at, self._sign = float("-inf"), None


class Observer:
    """Reads everything that the plan may depend on; of units, those that we started: the others do not run.

    `untouched`: nothing was ever done here since boot, so nft need not be asked what is loaded. `counted`: interfaces
    whose packets count against budgets.
    """

    def __init__(self, kernel: Kernel, *, untouched: bool = False, counted: Collection[str] = ()) -> None:
        self._kernel = kernel
        self.carriers = Carriers()
        self.tables = Tables(kernel, self.carriers)
        self._generation = nftables.Generation()
        self._counted = frozenset(counted)
        self._units: Answer[dict[str, Unit]] = Answer(lambda: systemd.units(sorted(systemd.ours())), {})
        self._firewall = Answer(nftables.loaded, "", known=untouched)
        self._quotas: Answer[dict[str, Counted]] = Answer(quotas.read, {}, known=untouched)

    def look(self, now: float, starting: frozenset[str] = frozenset()) -> Facts:
        """The facts at a time in seconds since boot; what nft and systemctl say may be STALE seconds old.

        `starting` are names of units that are just being started: they count as ours, whatever systemd says of them.
        """
        units = self._units.at(now, systemd.pulse(self._units.last, systemd.ours()))
        generation = self._generation.now()
        seen = _facts(self._kernel, self.tables.at(now), units, starting, self._firewall.at(now, generation))
        traffic = generation and (generation, _traffic(seen.links, self._counted))
        return structs.replace(seen, quotas=self._quotas.at(now, traffic), **(_books() if self._counted else {}))

    def forget_tables(self) -> None:
        self.tables.forget()

    def forget_units(self) -> None:
        self._units.forget()

    def forget_quotas(self) -> None:
        self._quotas.forget()

    def forget_firewall(self) -> None:
        self._firewall.forget()


def _traffic(links: Sequence[Link], counted: Collection[str]) -> Hashable:
    """What changes with each packet that may count."""
    return tuple((link.index, link.received, link.sent) for link in links if link.name in counted)


def look_once(besides: Sequence[str] = (), *, counting: bool = False) -> Facts:
    """The facts for one who looks without ruling: `braid status`, an update, the trial of a new system.

    They cost one process, and another one for budgets, if it is `counting` them. `besides` are names of units that are
    not ours. What ruleset is loaded is left out.
    """
    kernel = Kernel()
    try:
        seen = _facts(kernel, read(kernel), systemd.units(sorted({*systemd.ours(), *besides})))
    finally:
        kernel.close()
    return structs.replace(seen, quotas=quotas.read(), **_books()) if counting else seen


def _books() -> dict[str, Any]:
    """What budgets depend on besides their numbers."""
    return {
        "ledger": ledger.read(),
        "clock": time.time(),
        "clock_known": place.CLOCK_KNOWN.exists(),
        "clock_kept": clock.kept(),
    }


def _facts(
    kernel: Kernel, held: Held, units: Mapping[str, Unit], starting: frozenset[str] = frozenset(), firewall: str = ""
) -> Facts:
    neighbours, answering = kernel.neighbours()
    return Facts(
        links=counted(held.links),
        addresses=held.addresses,
        routes=held.routes,
        rules=held.rules,
        queues=held.queues,
        neighbours=neighbours,
        answering=answering,
        endpoints=kernel.endpoints(),
        carriers=held.carriers,
        steered=held.steered,
        subflow_limit=kernel.subflow_limit(),
        firewall=firewall,
        services=systemd.started(starting.union(name for name, unit in units.items() if unit.wanted_alive)),
        units=dict(units),
        opened=mib.read(mib.OPENED),
        asked=asked.read(),
        notes=noted.read(),
    )
