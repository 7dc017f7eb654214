"""Looks after the programs of the chain beside the loop, and wakes it when one of them hangs."""

from __future__ import annotations

import logging
import os
import queue
import select
import threading
from collections.abc import Callable, Iterator, Mapping

from gateway_init.base.clock import uptime
from gateway_init.daemon.usage import Spell
from gateway_init.evidence import hung
from gateway_init.evidence.hung import Pulse

log = logging.getLogger(__name__)

EVERY = 3.0
"""Seconds between two looks while the LAN asks for anything."""
RARELY = 30.0
"""The same while it does not: nobody misses what hangs."""
DOUBT = 1.0
"""The same while one of them owes something."""


class Checker:
    """`wakeup` is readable when a program hangs; then `ended` is to be called, and `hanging` tells which."""

    def __init__(
        self, checks: Mapping[str, Callable[[], bool]], usage: Callable[[str], int | None], asks: Spell
    ) -> None:
        """`checks`: by unit, whether it does what it is there for; `usage`: the microseconds of the processors that a
        unit has used, None where it does not run; `asks`: while the LAN asks for anything."""
        self._checks = checks
        self._usage = usage
        self._asks = asks
        self._begun = asks.subscribe()
        self._pulses: dict[str, Pulse | None] = dict.fromkeys(checks)
        self._hanging: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()

    def ended(self) -> None:
        """Take note that there is news."""
        os.eventfd_read(self.wakeup)

    def hanging(self) -> Iterator[str]:
        """Units that are to be started anew; each is told once."""
        while not self._hanging.empty():
            yield self._hanging.get()

    def _run(self) -> None:
        while True:
            owing = [self._look(unit) for unit in self._checks]
            at_ease = EVERY if self._asks.goes_on(uptime()) else RARELY
            if select.select([self._begun], [], [], DOUBT if any(owing) else at_ease)[0]:
                os.eventfd_read(self._begun)

    def _look(self, unit: str) -> bool:
        """Whether it owes something."""
        owes = not self._checks[unit]()
        pulse = hung.look(self._pulses[unit], self._usage(unit), uptime(), owes=owes)
        if hung.hangs(pulse, uptime()):
            log.warning("%s hangs: it is started anew", unit)
            pulse = None
            self._hanging.put(unit)
            os.eventfd_write(self.wakeup, 1)
        self._pulses[unit] = pulse
        return pulse is not None and pulse.owes is not None
