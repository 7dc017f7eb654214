"""One turn of the loop: what should be, what is, and the actions between them, done."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping

from gateway_init.base.process import CommandFailed
from gateway_init.config import Site
from gateway_init.facts.facts import Facts
from gateway_init.host import nftables as netfilter
from gateway_init.host import systemd
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import NetlinkError
from gateway_init.host.observer import Observer
from gateway_init.host.unit_start import Starter
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import Firewall, Service, ours, plan
from gateway_init.render.ruleset import Ruleset
from gateway_init.render.services import ServiceFiles

log = logging.getLogger(__name__)

ROUNDS = 3
"""Turns before the rest is left to the next event: what was just changed may call for more."""


class Reconciler:
    """Brings the box to the state that its config and the facts call for."""

    def __init__(
        self,
        site: Site,
        services: Mapping[str, ServiceFiles],
        ruleset: Ruleset,
        kernel: Kernel,
        *,
        untouched: bool = False,
    ) -> None:
        """`untouched`: nothing was ever done here since boot."""
        self._site = site
        self._services = services
        self._kernel = kernel
        self._observer = Observer(kernel, untouched=untouched)
        self._starter = Starter()
        self._ruleset = ruleset
        self._digests = {name: service.digest for name, service in services.items()}

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
        os.eventfd_read(self._starter.wakeup)
        self._observer.forget_units()

    def settle(self, now: float) -> Facts:
        """Act until nothing is left to do, or ROUNDS times; the facts as they are then. `now`: seconds since boot."""
        facts = self._observer.look(now, self._starter.under_way)
        for _ in range(ROUNDS):
            desired = plan(self._site, facts, firewall=self._ruleset.digest, services=self._digests)
            actions = difference(desired, ours(self._site, facts))
            if not actions:
                break
            self._apply(actions)
            facts = self._observer.look(now, self._starter.under_way)
        return facts

    def _apply(self, actions: tuple[Add | Remove, ...]) -> None:
        """Do the actions in order; one that fails is told and left to the next turn. Units go in one batch."""
        starts = [action.item for action in actions if _starts(action)]
        stops = [action.item for action in actions if _stops(action)]
        for action in actions:
            log.info("%s %s", type(action).__name__.lower(), action.item)
            try:
                if _stops(action):
                    if stops:
                        systemd.stop([item.name for item in stops if isinstance(item, Service)])
                        stops = []
                        self._observer.forget_units()
                elif _starts(action):
                    if starts:
                        batch = [self._services[item.name] for item in starts if isinstance(item, Service)]
                        self._starter.start(batch)
                        starts = []
                elif isinstance(action.item, Firewall):
                    netfilter.load(self._ruleset.text)
                    self._observer.forget_firewall()
                else:
                    self._kernel.apply(action)
            except (NetlinkError, CommandFailed, OSError) as error:
                log.warning("%s failed: %s", action, error)


def _starts(action: Add | Remove) -> bool:
    return isinstance(action, Add) and isinstance(action.item, Service)


def _stops(action: Add | Remove) -> bool:
    return isinstance(action, Remove) and isinstance(action.item, Service)
