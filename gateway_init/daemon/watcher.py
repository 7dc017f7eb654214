"""Watches all paths beside the loop: probes them, and wakes the loop when one is to be left or is back."""

from __future__ import annotations

import logging
import math
import os
import selectors
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import IPv4Address

from gateway_init.base.clock import uptime
from gateway_init.config.health import Health as Limits
from gateway_init.daemon.calling import Calling
from gateway_init.daemon.degrading import Degrading
from gateway_init.daemon.flows import Flows, by_path
from gateway_init.daemon.lateness import Lateness
from gateway_init.daemon.opening import Opening
from gateway_init.daemon.usage import Spell
from gateway_init.daemon.watched import Watched, Way
from gateway_init.evidence import health, opener
from gateway_init.evidence.health import NEVER, Action, Answered, Asked, Carried, Event, Health, Passed, Stalled
from gateway_init.evidence.opener import Cost
from gateway_init.facts.probed import Probed
from gateway_init.facts.subflow import Subflow
from gateway_init.probe.path import Probes
from gateway_init.report import path_news

log = logging.getLogger(__name__)

LOOK = 1.0
"""Seconds between two looks at what befalls connections that open, while the LAN uses the Internet."""
RARELY = 10.0
"""The same while it does not; and between two looks at the subflows where no path is in doubt, and something is to be
seen of them."""
LATE = 0.1
"""Seconds that it may be woken late; what is beyond is no path's fault."""
SOONEST = 0.02
"""Seconds that it rests at least: packets that come together are heard together."""


class Watcher:
    """`wakeup` is readable when a path was left or is back; then `ended` is to be called, and `silent` tells which."""

    def __init__(
        self,
        limits: Limits,
        open_probes: Callable[[IPv4Address], Probes],
        busy: Spell,
        subflows: Callable[[], Iterable[Subflow]],
        silent: Mapping[str, float],
        opens: str = "",
        fallbacks: Callable[[], int] = lambda: 0,
        calls: str = "",
        *,
        degraded: Mapping[str, float] | None = None,
        another: str = "",
        at_rest: Limits | None = None,
    ) -> None:
        """`busy`: while the LAN uses the Internet; `subflows`: those of now; `silent`, `opens`, `calls` and `degraded`:
        what a predecessor knew, as `silent`, `opener`, `calling` and `degrading` tell; `fallbacks`: how many have
        become plain TCP; `another`: the name of the destination, where it is not the main one; `at_rest`: the
        limits while the LAN does not use the Internet, if they are others."""
        self._limits = limits
        self._at_rest = at_rest or limits
        self._another = another
        self._open_probes = open_probes
        self._busy = busy
        self._begun = busy.subscribe()
        self._subflows = subflows
        self._before = {
            name: Health(condition="down", left=since, falls=1, asked=NEVER) for name, since in silent.items()
        }
        self._lock = threading.Lock()
        self._watched: dict[str, Watched] = {}
        self._wanted: Mapping[str, Way] | None = None
        self._missing: set[str] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._changed = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._silent: dict[str, float] = dict(silent)
        self._dead: frozenset[str] = frozenset()
        self._anew: list[IPv4Address] = []
        whither = f" to {another}" if another else ""
        self.opening = Opening(limits, opens, fallbacks, whither)
        self.calling = Calling(limits, calls, whither)
        self.degrading = Degrading(limits, degraded or {})
        self._flows_at = NEVER
        self._looked_at = NEVER

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it watches: what ends it is a defect, and the daemon is better started anew."""
        return self._thread.is_alive()

    def watch(self, ways: Mapping[str, Way]) -> None:
        """Those paths, and no others; a path with another address is a new one."""
        with self._lock:
            if ways == self._wanted:
                return
            self._wanted = dict(ways)
        os.eventfd_write(self._changed, 1)

    def ended(self) -> None:
        """Take note that there is news."""
        os.eventfd_read(self.wakeup)

    def silent(self) -> dict[str, float]:
        """The paths that were left, and since when, in seconds since boot."""
        with self._lock:
            return dict(self._silent)

    def dead(self) -> frozenset[str]:
        """The paths that would have been left, were another one alive."""
        with self._lock:
            return self._dead

    def anew(self) -> list[IPv4Address]:
        """The gateway's ends of the paths over which connections are to join anew; each is told once."""
        with self._lock:
            told, self._anew = self._anew, []
            return told

    def strained(self) -> frozenset[str]:
        """The paths that are late or lose much for their own sake, and carry their part all the same."""
        return self.degrading.strained(self._watched)

    def heard(self) -> list[tuple[str, Lateness]]:
        """By how much the probes of each path were late, with its line."""
        return [(each.way.line, each.lateness) for each in list(self._watched.values())]

    def opener(self) -> str:
        """The path by which connections are to open; empty where nobody knows."""
        return self.opening.path

    def seen(self) -> dict[str, Probed]:
        """What the probes of each path have shown."""
        stripped = self.opening.stripped
        return {name: each.seen(uptime(), stripped=name in stripped) for name, each in list(self._watched.items())}

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._changed, selectors.EVENT_READ)
            selector.register(self._begun, selectors.EVENT_READ)
            while True:
                due = max(uptime() + SOONEST, min([self._look_at(), *map(self._due, self._watched.values())]))
                heard = {key.fileobj for key, _ in selector.select(due - uptime())}
                if (late := uptime() - due) > LATE:
                    self._forgive(late)
                if self._changed in heard:
                    os.eventfd_read(self._changed)
                    self._take_in(selector)
                if self._begun in heard:
                    os.eventfd_read(self._begun)
                if uptime() >= self._look_at():
                    self._looked_at = uptime()
                    self.opening.look(self._flows, uptime())
                    self._choose()
                    if self._missing:
                        self._take_in(selector)
                self._turn(heard)

    def _forgive(self, late: float) -> None:
        for name, each in self._watched.items():
            self._step(name, each, Stalled(uptime(), late))

    def _due(self, each: Watched) -> float:
        busy = self._busy.goes_on(uptime()) or self._in_doubt()
        limits = self._limits if busy else self._at_rest
        return health.due(each.health, limits, busy=busy, metered=each.way.metered)

    def _look_at(self) -> float:
        often = self._missing or self._busy.goes_on(uptime())
        return self._looked_at + (LOOK if often else RARELY)

    def _hear_at(self) -> float:
        """When the subflows are to be looked at next; never, where nothing is to be seen of them."""
        if self._in_doubt():
            return self._flows_at + self._limits.doubt_ms / 1000
        if self.degrading.curious(self._watched):
            return self._flows_at + LOOK
        doubted = any(each.health.condition == "suspect" for each in self._watched.values())
        return self._flows_at + RARELY if doubted or self.opening.stripped else math.inf

    def _in_doubt(self) -> bool:
        return any(health.pressing(each.health, self._limits) for each in self._watched.values())

    def _take_in(self, selector: selectors.BaseSelector) -> None:
        """Begin with paths that are new, and be done with those that have gone."""
        with self._lock:
            wanted = self._wanted or {}
        for name in [name for name, each in self._watched.items() if wanted.get(name) != each.way]:
            gone = self._watched.pop(name)
            selector.unregister(gone.probes.line)
            gone.probes.close()
            self.degrading.forget(name)
        self.degrading.keep(wanted)
        missing, self._missing = self._missing & wanted.keys(), set()
        for name in wanted.keys() - self._watched.keys():
            try:
                probes = self._open_probes(wanted[name].address)
            except OSError as error:
                # An address may have gone, and not be heard of yet: it is tried again.
                self._missing.add(name)
                if name not in missing:
                    log.info("path %s cannot be probed yet: %s", name, error)
                continue
            self._watched[name] = Watched(wanted[name], probes, self._before.pop(name, Health()))
            selector.register(probes.line, selectors.EVENT_READ)

    def _turn(self, heard: Collection[object]) -> None:
        asked = uptime() >= self._hear_at()
        if asked:
            self._hear_subflows()
        for name, each in self._watched.items():
            # Whoever was asked took his time, in which answers may have come.
            if asked or each.probes.line in heard:
                for answer in each.probes.answers(uptime()):
                    took = answer.took
                    each.lateness.hear(answer, uptime())
                    self._step(name, each, Answered(uptime(), took))
                    # An endpoint is of no destination alone: the main one says.
                    if not self._another and self.degrading.hear(name, took, self._watched, uptime()):
                        os.eventfd_write(self.wakeup, 1)
        for name, each in self._watched.items():
            if each.health.owing is not None:
                alive = (other.health.alive for other in self._watched.values() if other is not each)
                self._step(name, each, Passed(uptime(), max(alive, default=NEVER)))
            if self._due(each) <= uptime():
                each.probes.send(uptime())
                self._step(name, each, Asked(uptime()))
        if heard or self._in_doubt():
            self._choose()
        self._tell()

    def _join_anew(self, each: Watched) -> None:
        with self._lock:
            self._anew.append(each.way.address)
        os.eventfd_write(self.wakeup, 1)

    def _choose(self) -> None:
        if self._wanted is None:
            # Nobody has said yet which paths are there: what a predecessor chose still stands.
            return
        costs = {
            name: Cost(each.way.rank, took, each.health.jitter)
            for name, each in self._watched.items()
            if (took := opener.seconds(each.health, each.probes.lost(uptime()))) is not None
        }
        opens = self.opening.choose(costs, self._watched, uptime())
        if self.calling.choose(self._watched, uptime()) or opens:
            os.eventfd_write(self.wakeup, 1)

    def _hear_subflows(self) -> None:
        """A path in doubt may carry all the same: whoever has heard something over it is asked. Not with each packet:
        it costs a process."""
        flows = self._flows()
        self._flows_at = uptime()
        if flows is None:
            return
        self.opening.hear(flows)
        self.degrading.look(flows, uptime())
        for name, each in self._watched.items():
            now = sum(flow.sent + flow.received for flow in flows.get(name, ()))
            if each.health.condition == "suspect" and each.carried is not None and now > each.carried:
                self._step(name, each, Carried(uptime()))
            each.carried = now if each.health.condition == "suspect" else None

    def _flows(self) -> Flows | None:
        return by_path(self._subflows, {name: each.way.address for name, each in self._watched.items()})

    def _step(self, name: str, each: Watched, event: Event) -> None:
        each.health, actions = health.step(each.health, event, self._limits)
        for action in actions:
            log.info("%s", path_news.line(name, action, self._another))
        if actions and Action.LEAVE not in actions:
            each.returned = event.at
            # One that returns may have had to carry meanwhile, as the last that there was.
            self._join_anew(each)

    def _tell(self) -> None:
        silent = {name: each.health.left for name, each in self._watched.items() if not each.health.carries}
        dead = frozenset(
            name for name, each in self._watched.items() if health.dead(each.health, uptime(), self._limits)
        )
        with self._lock:
            if (silent, dead) == (self._silent, self._dead):
                return
            self._silent, self._dead = silent, dead
        os.eventfd_write(self.wakeup, 1)
