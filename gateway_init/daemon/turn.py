"""One turn of the loop: what should be, what is, and the actions between them, done."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address

from msgspec import structs

from gateway_init.base.process import CommandFailed
from gateway_init.config.budgets import limited
from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.refused import lasting, noted
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import Endpoint
from gateway_init.host.apply import Applier
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import Observer
from gateway_init.host.quotas import Matches
from gateway_init.host.tables import Tables
from gateway_init.host.unit_start import Starter
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.render.rendered import Runnable

log = logging.getLogger(__name__)

ROUNDS = 3
"""Turns before the rest is left to the next event: what was just changed may call for more."""


class Reconciler:
    """Brings the box to the state that its config and the facts call for."""

    def __init__(
        self,
        runnable: Runnable,
        kernel: Kernel,
        *,
        untouched: bool = False,
    ) -> None:
        """`untouched`: nothing was ever done here since boot."""
        self._site = runnable.site
        self._numbers = runnable.numbers
        budgets = limited(runnable.site)
        self._observer = Observer(
            kernel, untouched=untouched, counted=frozenset[str]().union(*(each.ways for each in budgets.values()))
        )
        self._starter = Starter()
        self._firewalls = {frozenset[str](): runnable.ruleset.digest}
        self._rulesets = {runnable.ruleset.digest: runnable.ruleset.text}
        self._applier = Applier(
            kernel,
            self._observer,
            self._starter,
            services=runnable.services,
            rulesets=self._rulesets,
            matches={name: Matches(each.arrive, each.depart) for name, each in budgets.items()},
            carriers=runnable.carriers.values(),
        )
        self._services = runnable.services
        self._carriers = {name: each.digest for name, each in runnable.carriers.items()}
        self._digests = {name: service.digest for name, service in runnable.services.items()}

    @property
    def tables(self) -> Tables:
        """The kernel's; they tell when there is something new in them."""
        return self._observer.tables

    @property
    def wakeup(self) -> int:
        """A file descriptor that is readable when units were started; then `started` is to be called."""
        return self._starter.wakeup

    @property
    def loads(self) -> int:
        """How often a ruleset was loaded."""
        return self._applier.loads

    @property
    def starting(self) -> bool:
        """Whether units are being started."""
        return bool(self._starter.under_way)

    def started(self) -> None:
        """Look anew at the units: some were started."""
        self._starter.ended()
        self._observer.forget_units()

    def start_anew(self, names: Iterable[str]) -> None:
        """Start units that run once more, without waiting for them."""
        known = [self._services[name] for name in names if name in self._services]
        if not known:
            return
        try:
            self._starter.start(known)
        except (CommandFailed, OSError) as error:
            log.warning("%s", error)

    def join_anew(self, addresses: Collection[IPv4Address], now: float) -> None:
        """Let go of the endpoints of these addresses, and so of their subflows: a turn makes new ones."""
        if addresses:
            held = ours(self._site, self._observer.look(now, self._starter.under_way))
            stale = [item for item in held if isinstance(item, Endpoint) and item.address in addresses]
            self._applier.apply(map(Remove, stale))

    def settle(self, memory: Memory, now: float) -> Evidence:
        """Act until nothing is left to do, or ROUNDS times; what is known then. `now`: seconds since boot."""
        memory = structs.replace(memory, refused=lasting(memory.refused, now))
        facts, evidence = self.look(memory, now)
        for _ in range(ROUNDS):
            desired = plan(
                self._site,
                facts,
                evidence,
                self._numbers,
                firewall=self._firewall(evidence.dead),
                services=self._digests,
                carriers=self._carriers,
            )
            actions = difference(desired, ours(self._site, facts))
            if not actions:
                break
            self._applier.apply(actions)
            memory = structs.replace(memory, **evidence.decided)
            facts, evidence = self.look(memory, now)
        return evidence

    def _firewall(self, dead: frozenset[str]) -> str:
        """The digest of the ruleset while these destinations do not answer."""
        if dead not in self._firewalls:
            # Seldom needed, and its library takes long to load.
            from gateway_init.render.ruleset import ruleset

            made = ruleset(self._site, self._numbers, dead)
            self._rulesets[made.digest] = made.text
            self._firewalls[dead] = made.digest
        return self._firewalls[dead]

    def look(self, memory: Memory, now: float) -> tuple[Facts, Evidence]:
        """What is, and what it means."""
        facts = self._observer.look(now, self._starter.under_way)
        evidence = assess(self._site, facts, memory, now)
        return facts, structs.replace(evidence, refused=noted(memory.refused, evidence.refused, now))
