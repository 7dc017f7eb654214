"""The loop on the box: any event leads to the same question, what should be and what is."""

from __future__ import annotations

import logging
import os
import selectors
from itertools import chain

from msgspec import structs

from gateway_init.base.clock import uptime
from gateway_init.base.process import CommandFailed
from gateway_init.config import name_sets
from gateway_init.daemon import names
from gateway_init.daemon.bookkeeper import Bookkeeper
from gateway_init.daemon.checks import checker
from gateway_init.daemon.desk import Desk
from gateway_init.daemon.given import Given
from gateway_init.daemon.notebook import Notebook
from gateway_init.daemon.prober import Prober
from gateway_init.daemon.standings import Standings
from gateway_init.daemon.standings import changes as stood_in
from gateway_init.daemon.turn import Reconciler
from gateway_init.daemon.usage import Usage
from gateway_init.daemon.watchers import Watchers
from gateway_init.daemon.ways import ways
from gateway_init.evidence import busy_uplink, full_line, pace
from gateway_init.evidence.budget import told
from gateway_init.evidence.chain import REPEAT
from gateway_init.evidence.demand import changes
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.reach import Reach, reach, regained
from gateway_init.evidence.since import note
from gateway_init.evidence.standing import dead
from gateway_init.host import connections, counters, systemd
from gateway_init.host.console import say
from gateway_init.host.kernel import Kernel
from gateway_init.host.noted import News
from gateway_init.render.rendered import Runnable
from gateway_init.report.console_line import announce
from gateway_init.wellknown import number, place, unit

log = logging.getLogger(__name__)

TICK = 5.0
"""Seconds between two looks when no event comes: units change without one."""
TICK_AT_REST = REPEAT + 1
"""The same while nothing at all comes from the LAN, and nothing is amiss: at each one, requests through the chain are
due."""
TICK_WAITING = 2.0
"""Seconds between two looks while the box is not ready."""
ALONE = 15.0
"""Seconds from the first look in which the box has its processors for the traffic alone: until then, or until it is
ready, systemd starts nothing of what comes after braid.service."""
SETTLE = 0.1
"""Seconds that events of one change (a link and its addresses) may lie apart."""
SETTLED = 1.0
"""Seconds after which events are acted on even while more of them come."""


class Daemon:
    """Holds what the loop knows between two turns."""

    def __init__(self, runnable: Runnable) -> None:
        self._site = runnable.site
        self._kernel = Kernel()
        untouched = not place.STATE.exists()
        self._reconciler = Reconciler(runnable, self._kernel, untouched=untouched)
        self._prober = Prober()
        self._bookkeeper = Bookkeeper()
        self._sets = name_sets.sets(runnable.site)
        self._given = Given(name_sets.given(runnable.site))
        self._usage = Usage(counters.Meter(number.BRIDGE))
        self._begun = self._usage.asks.subscribe()
        self._checker = checker(runnable.site, runnable.numbers, self._usage.asks)
        self._news = News()
        self._desk = Desk(self._status)
        self._notebook = Notebook(place.STATE)
        self._watchers = Watchers(runnable.site, self._notebook.memory, self._usage.busy)
        self._kernel.last_id = max([self._notebook.memory.last_id, *(each.id for each in self._kernel.endpoints())])
        self._standings = Standings(runnable.site, runnable.numbers)
        self._dead = dead(self._notebook.memory.standings, runnable.site.weighed)
        self._doubted = False
        self._reach: Reach | None = None
        self._deserted = 0
        self._calm = False
        self._asked = 0

    def run(self) -> None:
        """Never returns. A daemon that is killed leaves everything as it is, and adopts it when it comes back."""
        with selectors.DefaultSelector() as selector:
            tables = self._reconciler.tables
            selector.register(tables, selectors.EVENT_READ, tables.heard)
            selector.register(self._prober.wakeup, selectors.EVENT_READ, self._prober.ended)
            selector.register(self._news.wakeup, selectors.EVENT_READ, self._news.heard)
            selector.register(self._reconciler.wakeup, selectors.EVENT_READ, self._reconciler.started)
            selector.register(self._checker.wakeup, selectors.EVENT_READ, self._checker.ended)
            self._watchers.register(selector)
            self._standings.register(selector)
            self._given.register(selector)
            selector.register(self._desk.wakeup, selectors.EVENT_READ, self._desk.serve)
            selector.register(self._begun, selectors.EVENT_READ, lambda: os.eventfd_read(self._begun))
            self._usage.start()
            self._watchers.start()
            self._turn()
            first = uptime()
            notified = False
            while True:
                if not notified and (self._notebook.memory.announced.ready or uptime() - first >= ALONE):
                    systemd.notify("READY=1")
                    # Loaded when there is time for it.
                    from gateway_init.update.settle import note_start

                    note_start()
                    self._checker.start()
                    notified = True
                self._wait(selector, self._tick())
                self._turn()

    def _tick(self) -> float:
        """Seconds to the next look, where no event comes."""
        memory = self._notebook.memory
        if not memory.announced.ready:
            return TICK_WAITING
        calm = self._calm and not any(each.failures for each in memory.standings.values())
        return TICK_AT_REST if calm and not self._usage.asks.goes_on(uptime()) else TICK

    def _wait(self, selector: selectors.BaseSelector, tick: float) -> None:
        """Until there is something new, but no longer than a tick. Who asks for the status brings nothing new."""
        look_at = uptime() + tick
        first: float | None = None
        while (now := uptime()) < look_at and (ready := selector.select(look_at - now)):
            for key, _ in ready:
                key.data()
            if any(key.fileobj is not self._desk.wakeup for key, _ in ready):
                first = first or now
                look_at = min(uptime() + SETTLE, first + SETTLED)

    def _turn(self) -> None:
        # Before it is heard what those paths are to be from now on.
        anew, deserted = self._watchers.anew(), self._watchers.deserted
        self._hear()
        self._reconciler.start_anew(self._checker.hanging())
        self._reconciler.join_anew(anew, uptime())
        evidence = self._reconciler.settle(self._notebook.memory, uptime())
        self._watchers.watch(ways(self._site, evidence))
        self._forget(evidence)
        self._ask_anew(deserted)
        self._bookkeeper.keep(evidence.ledger, evidence.kept)
        self._given.keep(self._reconciler.loads)
        before = self._notebook.memory
        news = chain(
            changes(before.demand, evidence.demand),
            busy_uplink.changes(before.busy_uplinks, evidence.busy_uplinks),
            full_line.changes(before.full_lines, evidence.full_lines),
            pace.changes(before.paces, evidence.paces),
        )
        for line in news:
            log.info("%s", line)
        self._notebook.keep(
            verdict=evidence.verdict,
            **evidence.decided,
            emptied=names.keep(self._sets, before.emptied, uptime()),
        )
        self._probe(evidence)
        self._tell(evidence)
        self._calm = evidence.calm
        if self._watchers.alive and self._usage.alive:
            systemd.notify("WATCHDOG=1")

    def _status(self, form: str) -> str:
        # Nobody may ever ask.
        from gateway_init.daemon import status

        memory, now = self._notebook.memory, uptime()
        # Whoever asks gets what was decided last, and decides nothing.
        memory = structs.replace(memory, load=structs.replace(memory.load, at=now))
        facts, evidence = self._reconciler.look(memory, now)
        probed = self._watchers.seen()[self._site.main]
        return status.told(status.read(self._site, facts, evidence, memory, now, probed), form)

    def _hear(self) -> None:
        """Take in what became of the requests, and which paths are silent."""
        verdict = self._notebook.memory.verdict
        for wrong, at in self._prober.answers():
            verdict = verdict.after(wrong, at)
        self._notebook.keep(
            verdict=verdict,
            standings=self._standings.hear(self._notebook.memory.standings, doubted=self._doubted),
            **self._watchers.known(),
        )

    def _forget(self, evidence: Evidence) -> None:
        """Have the resolver ask anew who was not to be got through to."""
        before, self._reach = self._reach, reach(evidence, self._watchers.unheard())
        if regained(before, self._reach):
            try:
                systemd.reload(unit.RESOLVER)
            except (CommandFailed, OSError) as error:
                log.warning("%s", error)

    def _ask_anew(self, deserted: int) -> None:
        """Have the resolver ask anew what it asked by a path that was deserted, now that another one is taken."""
        if deserted != self._deserted:
            self._deserted = deserted
            try:
                connections.end_questions()
            except (CommandFailed, OSError) as error:
                log.warning("%s", error)

    def _probe(self, evidence: Evidence) -> None:
        self._doubted = evidence.doubted and bool(evidence.up)
        if evidence.up:
            doubted = self._doubted or bool(evidence.verdict.failures)
            self._standings.ask(self._notebook.memory.standings, uptime(), doubted=doubted)
        if evidence.chain_ready and evidence.verdict.due(uptime(), doubted=evidence.doubted):
            resolvers = self._site.lan.resolvers
            expected = evidence.verdict.answered and not evidence.verdict.failures
            self._prober.start(resolvers[self._asked % len(resolvers)], expected=expected)
            self._asked += 1

    def _tell(self, evidence: Evidence) -> None:
        if self._reconciler.starting:
            return
        for each in stood_in(self._site, self._dead, evidence.dead):
            log.info("%s", each)
            say(f"braid: {each}")
        self._dead = evidence.dead
        now = uptime()
        announced, line = announce(self._notebook.memory.announced, evidence.view, now)
        budgets_told, lines = told(self._notebook.memory.budgets_told, evidence.budgets)
        for each in filter(None, [line, *(f"braid: {line}" for line in lines)]):
            log.info("%s", each.removeprefix("braid: "))
            say(each)
        since = note(self._notebook.memory.since, evidence.states, now)
        self._notebook.keep(announced=announced, budgets_told=budgets_told, since=since, last_id=self._kernel.last_id)
