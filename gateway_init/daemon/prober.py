"""Requests through the chain, sent beside the loop."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterator
from ipaddress import IPv4Address

from gateway_init.probe import chain
from gateway_init.wellknown.number import DNS_PORT


class Prober:
    """Sends requests through the chain from a thread of its own, so that a slow answer never stops the loop."""

    def __init__(self) -> None:
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        """Readable when there are answers; then `ended` is to be called."""
        self._busy = threading.Lock()

    def start(self, resolver: IPv4Address, port: int = DNS_PORT, patience: float = chain.TIMEOUT) -> None:
        """Send one request, unless one is under way. `patience`: seconds for each of connect and answer."""
        if self._busy.acquire(blocking=False):
            threading.Thread(target=self._run, args=(resolver, port, patience), daemon=True).start()

    def ended(self) -> None:
        """Take note that a request has ended."""
        os.eventfd_read(self.wakeup)

    def answers(self) -> Iterator[str]:
        """What became of the requests that have ended since: empty for an answer, else what went wrong."""
        while not self._answers.empty():
            yield self._answers.get()

    def _run(self, resolver: IPv4Address, port: int, patience: float) -> None:
        try:
            self._answers.put(chain.ask(resolver, port, patience))
        finally:
            self._busy.release()
            os.eventfd_write(self.wakeup, 1)
