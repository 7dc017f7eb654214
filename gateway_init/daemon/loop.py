"""The loop on the box: any event leads to the same question, what should be and what is."""

from __future__ import annotations

import logging
import selectors

from gateway_init.base.clock import uptime
from gateway_init.daemon.notebook import Notebook
from gateway_init.daemon.prober import Prober
from gateway_init.daemon.turn import Reconciler
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.since import note
from gateway_init.host import systemd
from gateway_init.host.console import say
from gateway_init.host.kernel import Kernel
from gateway_init.host.netlink import RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, RTMGRP_IPV4_RULE, RTMGRP_LINK, IPRoute
from gateway_init.host.noted import News
from gateway_init.render.rendered import Runnable
from gateway_init.report.console_line import announce
from gateway_init.wellknown import place

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


class Daemon:
    """Holds what the loop knows between two turns."""

    def __init__(self, runnable: Runnable) -> None:
        self._site = runnable.site
        self._kernel = Kernel()
        untouched = not place.STATE.exists()
        self._reconciler = Reconciler(runnable, self._kernel, untouched=untouched)
        self._prober = Prober()
        self._news = News()
        self._notebook = Notebook(place.STATE)
        self._kernel.last_id = max([self._notebook.memory.last_id, *(each.id for each in self._kernel.endpoints())])
        self._asked = 0

    def run(self) -> None:
        """Never returns. A daemon that is killed leaves everything as it is, and adopts it when it comes back."""
        events = IPRoute()
        events.bind(EVENTS)
        with selectors.DefaultSelector() as selector:
            selector.register(events, selectors.EVENT_READ, events.get)
            selector.register(self._prober.wakeup, selectors.EVENT_READ, self._prober.ended)
            selector.register(self._news.wakeup, selectors.EVENT_READ, self._news.heard)
            selector.register(self._reconciler.wakeup, selectors.EVENT_READ, self._reconciler.started)
            self._turn()
            first = uptime()
            notified = False
            while True:
                if not notified and (self._notebook.memory.announced.ready or uptime() - first >= ALONE):
                    systemd.notify("READY=1")
                    # Loaded when there is time for it.
                    from gateway_init.update.settle import note_start

                    note_start()
                    notified = True
                wait = TICK if self._notebook.memory.announced.ready else TICK_WAITING
                until = uptime() + wait + SETTLED
                while uptime() < until and (ready := selector.select(wait)):
                    for key, _ in ready:
                        key.data()
                    wait = SETTLE
                self._turn()

    def _turn(self) -> None:
        self._hear()
        evidence = self._reconciler.settle(self._notebook.memory, uptime())
        self._notebook.keep(verdict=evidence.verdict, refused=evidence.refused)
        self._probe(evidence)
        self._tell(evidence)
        systemd.notify("WATCHDOG=1")

    def _hear(self) -> None:
        """Take in what became of the requests."""
        verdict, now = self._notebook.memory.verdict, uptime()
        for reason in self._prober.answers():
            verdict = verdict.after(reason, now)
        self._notebook.keep(verdict=verdict)

    def _probe(self, evidence: Evidence) -> None:
        if evidence.chain_ready and evidence.verdict.due(uptime()):
            resolvers = self._site.lan.resolvers
            self._prober.start(resolvers[self._asked % len(resolvers)])
            self._asked += 1

    def _tell(self, evidence: Evidence) -> None:
        if self._reconciler.starting:
            return
        now = uptime()
        announced, line = announce(self._notebook.memory.announced, evidence.view, now)
        if line:
            log.info("%s", line.removeprefix("braid: "))
            say(line)
        since = note(self._notebook.memory.since, evidence.states, now)
        self._notebook.keep(announced=announced, since=since, last_id=self._kernel.last_id)
