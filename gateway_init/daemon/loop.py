"""The loop on the box: any event leads to the same question, what should be and what is."""

from __future__ import annotations

import logging
import os
import queue
import selectors
import threading
from ipaddress import IPv4Address

import msgspec

from gateway_init.base.clock import uptime
from gateway_init.evidence.evidence import path_states, uplink_states
from gateway_init.evidence.memory import note, recall, remember
from gateway_init.evidence.readiness import Verdict, chain_ready, view
from gateway_init.facts.facts import Facts
from gateway_init.host import systemd
from gateway_init.host.apply import Reconciler
from gateway_init.host.console import say
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import (
    RTMGRP_IPV4_IFADDR,
    RTMGRP_IPV4_ROUTE,
    RTMGRP_IPV4_RULE,
    RTMGRP_LINK,
    IPRoute,
)
from gateway_init.probe import chain as probe
from gateway_init.render.rendered import Runnable
from gateway_init.report.console_line import announce
from gateway_init.update.settle import note_start
from gateway_init.wellknown import number as numbering

log = logging.getLogger(__name__)

TICK = 5.0
"""Seconds between two looks when no event comes: units change without one."""
TICK_WAITING = 2.0
"""Seconds between two looks while the box is not ready."""
ALONE = 15.0
"""Seconds from the first look in which the box has its processors for the traffic alone: until then, or until it is
ready, systemd starts nothing of what comes after braid.service."""
SETTLE = 0.1
"""Seconds that events of one change (a link and its addresses) may lie apart."""
SETTLED = 1.0
"""Seconds after which events are acted on even while more of them come."""
EVENTS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV4_RULE


class Prober:
    """Sends requests through the chain from a thread of its own, so that a slow answer never stops the loop."""

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._busy = threading.Lock()

    def start(self, resolver: IPv4Address) -> None:
        """Send one request, unless one is under way."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(resolver,), daemon=True).start()

    def _run(self, resolver: IPv4Address) -> None:
        try:
            self.answers.put(probe.ask(resolver))
        finally:
            self._busy.release()
            os.eventfd_write(self.wakeup, 1)


class Daemon:
    """Holds what the loop knows between two turns."""

    def __init__(self, runnable: Runnable) -> None:
        self._site = runnable.site
        self._kernel = Kernel()
        untouched = not numbering.STATE.exists()
        self._reconciler = Reconciler(
            runnable.site, runnable.services, runnable.ruleset, self._kernel, untouched=untouched
        )
        self._prober = Prober()
        self._memory = recall(numbering.STATE)
        self._kernel.last_id = max([self._memory.last_id, *(each.id for each in self._kernel.endpoints())])
        self._asked = 0

    def run(self) -> None:
        """Never returns. A daemon that is killed leaves everything as it is, and adopts it when it comes back."""
        events = IPRoute()
        events.bind(EVENTS)
        with selectors.DefaultSelector() as selector:
            selector.register(events, selectors.EVENT_READ, events)
            selector.register(self._prober.wakeup, selectors.EVENT_READ)
            selector.register(self._reconciler.wakeup, selectors.EVENT_READ)
            self._turn()
            first = uptime()
            notified = False
            while True:
                if not notified and (self._memory.announced.ready or uptime() - first >= ALONE):
                    systemd.notify("READY=1")
                    note_start()
                    notified = True
                wait = TICK if self._memory.announced.ready else TICK_WAITING
                until = uptime() + wait + SETTLED
                while uptime() < until and (ready := selector.select(wait)):
                    for key, _ in ready:
                        if key.data is events:
                            events.get()
                        elif key.fd == self._reconciler.wakeup:
                            self._reconciler.started()
                        else:
                            os.eventfd_read(self._prober.wakeup)
                    wait = SETTLE
                self._turn()

    def _turn(self) -> None:
        facts = self._reconciler.settle(uptime())
        self._probe(facts)
        self._tell(facts)
        systemd.notify("WATCHDOG=1")

    def _probe(self, facts: Facts) -> None:
        verdict, now = self._memory.verdict, uptime()
        while not self._prober.answers.empty():
            verdict = verdict.after(self._prober.answers.get(), now)
        if chain_ready(self._site, facts):
            if verdict.due(now):
                resolvers = self._site.lan.resolvers
                self._prober.start(resolvers[self._asked % len(resolvers)])
                self._asked += 1
        else:
            verdict = Verdict(at=verdict.at)
        self._keep(verdict=verdict)

    def _tell(self, facts: Facts) -> None:
        if self._reconciler.starting:
            return
        now = uptime()
        states = uplink_states(self._site, facts) | path_states(self._site, facts)
        announced, line = announce(self._memory.announced, view(self._site, facts, self._memory.verdict), now)
        if line:
            log.info("%s", line.removeprefix("braid: "))
            say(line)
        since = note(self._memory.since, states, now)
        self._keep(announced=announced, since=since, last_id=self._kernel.last_id)

    def _keep(self, **changes: object) -> None:
        memory = msgspec.structs.replace(self._memory, **changes)
        if memory != self._memory:
            self._memory = memory
            remember(numbering.STATE, memory)
