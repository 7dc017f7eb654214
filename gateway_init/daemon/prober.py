"""Requests through the chain, sent beside the loop."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import NamedTuple

from gateway_init.base.clock import uptime
from gateway_init.probe import chain
from gateway_init.wellknown.number import DNS_PORT


class Answer(NamedTuple):
    """What became of a request."""

    wrong: str
    """Empty where it was answered."""
    at: float
    """When that was, in seconds since boot."""


class Prober:
    """Sends requests through the chain from a thread of its own, so that a slow answer never stops the loop."""

    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        """Readable when there is news; then `ended` is to be called."""
        self._busy = threading.Lock()

    def start(
        self, resolver: IPv4Address, port: int = DNS_PORT, patience: float = chain.TIMEOUT, *, expected: bool = False
    ) -> None:
        """Send one request, unless one is under way. `patience`: seconds for each of connect and answer; `expected`: an
        answer is no news."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(resolver, port, patience, expected), daemon=True).start()

    def ended(self) -> None:
        """Take note that there is news."""
        os.eventfd_read(self.wakeup)

    def answers(self) -> Iterator[Answer]:
        """What became of the requests that have ended since."""
        while not self._answers.empty():
            yield self._answers.get()

    def _run(self, resolver: IPv4Address, port: int, patience: float, expected: bool) -> None:
        news = True
        try:
            wrong = chain.ask(resolver, port, patience)
            self._answers.put(Answer(wrong, uptime()))
            news = bool(wrong) or not expected
        finally:
            self._busy.release()
            if news:
                os.eventfd_write(self.wakeup, 1)
