"""Looks after the programs of the chain beside the loop, and wakes it when one of them hangs."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable, Iterator, Mapping

from gateway_init.base.clock import uptime
from gateway_init.evidence import hung
from gateway_init.evidence.hung import Pulse

log = logging.getLogger(__name__)

EVERY = 3.0
"""Seconds between two looks."""
DOUBT = 1.0
"""The same while one of them owes something."""


class Checker:
    """`wakeup` is readable when a program hangs; then `ended` is to be called, and `hanging` tells which."""

    def __init__(self, checks: Mapping[str, Callable[[], bool]], usage: Callable[[str], int | None]) -> None:
        """`checks`: by unit, whether it does what it is there for; `usage`: the microseconds of the processors that a
        unit has used, None where it does not run."""
        self._checks = checks
        self._usage = usage
        self._pulses: dict[str, Pulse | None] = dict.fromkeys(checks)
        self._hanging: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._never = threading.Event()
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
            self._never.wait(DOUBT if any(owing) else EVERY)

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
