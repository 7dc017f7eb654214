"""One turn of the loop: what should be, what is, and the actions between them, done."""

from __future__ import annotations

from msgspec import structs

from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.refused import lasting, noted
from gateway_init.facts.facts import Facts
from gateway_init.host.apply import Applier
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import Observer
from gateway_init.host.unit_start import Starter
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import difference
from gateway_init.plan.plan import plan
from gateway_init.render.rendered import Runnable

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
        self._observer = Observer(kernel, untouched=untouched)
        self._starter = Starter()
        self._applier = Applier(
            kernel, self._observer, self._starter, services=runnable.services, ruleset=runnable.ruleset.text
        )
        self._firewall = runnable.ruleset.digest
        self._digests = {name: service.digest for name, service in runnable.services.items()}

    @property
    def wakeup(self) -> int:
        """A file descriptor that is readable when units were started; then `started` is to be called."""
        return self._starter.wakeup

    @property
    def starting(self) -> bool:
        """Whether units are being started."""
        return bool(self._starter.under_way)

    def started(self) -> None:
        """Look anew at the units: some were started."""
        self._starter.ended()
        self._observer.forget_units()

    def settle(self, memory: Memory, now: float) -> Evidence:
        """Act until nothing is left to do, or ROUNDS times; what is known then. `now`: seconds since boot."""
        memory = structs.replace(memory, refused=lasting(memory.refused, now))
        facts, evidence = self._look(memory, now)
        for _ in range(ROUNDS):
            desired = plan(self._site, facts, evidence, self._numbers, firewall=self._firewall, services=self._digests)
            actions = difference(desired, ours(self._site, facts))
            if not actions:
                break
            self._applier.apply(actions)
            memory = structs.replace(memory, refused=evidence.refused)
            facts, evidence = self._look(memory, now)
        return evidence

    def _look(self, memory: Memory, now: float) -> tuple[Facts, Evidence]:
        facts = self._observer.look(now, self._starter.under_way)
        evidence = assess(self._site, facts, memory)
        return facts, structs.replace(evidence, refused=noted(memory.refused, evidence.refused, now))
