"""Who does which action, and doing it: the kernel, nftables, or systemd for all units of a batch at once."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Protocol

from gateway_init.base.process import CommandFailed
from gateway_init.facts.item import (
    Carrier,
    Firewall,
    Forwards,
    Inbound,
    Neighbour,
    Queue,
    Quotas,
    Service,
    Steered,
)
from gateway_init.host import ledger, nftables, quotas, systemd
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import NetlinkError
from gateway_init.host.observer import Observer
from gateway_init.host.unit_start import Starter
from gateway_init.plan.difference import Action, Add, still_safe
from gateway_init.wellknown import carrier
from gateway_init.wellknown.unit import ServiceFiles

log = logging.getLogger(__name__)


class Doer(Protocol):
    """Does actions of one kind."""

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        """Do them, in order; what fails is told, returned, and left to the next turn."""


class Applier:
    """All doers there are."""

    def __init__(
        self,
        kernel: Kernel,
        observer: Observer,
        starter: Starter,
        *,
        services: Mapping[str, ServiceFiles],
        rulesets: Mapping[str, str],
        matches: Mapping[str, quotas.Matches],
        carriers: Iterable[carrier.Carrier],
    ) -> None:
        """`rulesets` are the texts of those that may be loaded, by digest, `matches` the packets that count of each
        budget, `carriers` what those may be made of; `observer` is told what it has to look at anew."""
        known = {each.digest: each for each in carriers}
        self._kernel = _Netlink(kernel.apply, observer)
        self._carriers = _Netlink(lambda action: observer.carriers.apply(action, known), observer)
        self._firewall = _Firewall(rulesets, observer)
        self._quotas = _Quotas(matches, observer)
        self._starts = _Starts(services, starter)
        self._stops = _Stops(observer)

    @property
    def loads(self) -> int:
        """How often a ruleset was loaded."""
        return self._firewall.loads

    def apply(self, actions: Iterable[Action]) -> None:
        """Do the actions in order; what is not safe after one that failed is left to the next turn, too."""
        left = tuple(actions)
        while left:
            doer, each = next(groupby(left, key=self._doer_of))
            batch = tuple(each)
            for action in batch:
                # A router is asked every half a minute, and what is let on of a line changes all the time.
                level = logging.DEBUG if isinstance(action.item, (Neighbour, Queue, Inbound)) else logging.INFO
                log.log(level, "%s %s", type(action).__name__.lower(), action.item)
            left = still_safe(doer.apply(batch), left[len(batch) :])

    def _doer_of(self, action: Action) -> Doer:
        match action.item:
            case Service():
                return self._starts if isinstance(action, Add) else self._stops
            case Firewall():
                return self._firewall
            case Quotas():
                return self._quotas
            case Carrier() | Steered() | Forwards():
                return self._carriers
            case _:
                return self._kernel


class _Netlink:
    def __init__(self, act: Callable[[Action], None], observer: Observer) -> None:
        self._act = act
        self._observer = observer

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        failed = []
        self._observer.forget_tables()
        for action in batch:
            try:
                self._act(action)
            except (NetlinkError, OSError) as error:
                log.warning("%s failed: %s", action, error)
                failed.append(action)
        return failed


class _Firewall:
    def __init__(self, rulesets: Mapping[str, str], observer: Observer) -> None:
        self._rulesets = rulesets
        self._observer = observer
        self.loads = 0

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        try:
            for action in batch:
                if isinstance(action, Add) and isinstance(action.item, Firewall):
                    nftables.load(self._rulesets[action.item.digest])
                    self.loads += 1
            self._observer.forget_firewall()
        except (CommandFailed, OSError) as error:
            log.warning("%s failed: %s", batch, error)
            return batch
        return ()


class _Quotas:
    def __init__(self, matches: Mapping[str, quotas.Matches], observer: Observer) -> None:
        self._matches = matches
        self._observer = observer

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        (action,) = batch
        try:
            if isinstance(action, Add) and isinstance(action.item, Quotas):
                counted, kept = quotas.read(), ledger.read()
                used = {
                    each.name: quotas.used(each, counted.get(each.name), kept.get(each.name))
                    for each in action.item.quotas
                }
                quotas.load(action.item.quotas, used, self._matches)
            else:
                quotas.unload()
            self._observer.forget_quotas()
        except (CommandFailed, OSError) as error:
            log.warning("%s failed: %s", batch, error)
            return batch
        return ()


class _Starts:
    def __init__(self, services: Mapping[str, ServiceFiles], starter: Starter) -> None:
        self._services = services
        self._starter = starter

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        try:
            self._starter.start([self._services[name] for name in _names(batch)])
        except (CommandFailed, OSError) as error:
            log.warning("%s failed: %s", batch, error)
            return batch
        return ()


class _Stops:
    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def apply(self, batch: Sequence[Action]) -> Sequence[Action]:
        try:
            systemd.stop(_names(batch))
            self._observer.forget_units()
        except (CommandFailed, OSError) as error:
            log.warning("%s failed: %s", batch, error)
            return batch
        return ()


def _names(batch: Sequence[Action]) -> list[str]:
    return [action.item.name for action in batch if isinstance(action.item, Service)]
