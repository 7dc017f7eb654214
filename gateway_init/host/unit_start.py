"""Starting units takes systemd a while: it happens in a thread, whose end is an event like any other."""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Sequence

from gateway_init.base.process import CommandFailed
from gateway_init.host import systemd
from gateway_init.wellknown.unit import ServiceFiles

log = logging.getLogger(__name__)


class Starter:
    """Has systemd start units. `wakeup` becomes readable each time that it has; then `ended` is to be called."""

    def __init__(self) -> None:
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._batches: list[tuple[str, ...]] = []
        self._ended: queue.SimpleQueue[tuple[str, ...]] = queue.SimpleQueue()
        """Batches from the threads; only `ended` takes them out of `_batches`."""

    @property
    def under_way(self) -> frozenset[str]:
        """Names of units that systemd was told to start and has not called started, or failed, yet."""
        return frozenset(name for batch in self._batches for name in batch)

    def start(self, services: Sequence[ServiceFiles]) -> None:
        """Write the files of units and (re)start them, without waiting for them. Raises CommandFailed."""
        systemd.prepare(services)
        names = tuple(service.name for service in services)
        self._batches.append(names)
        threading.Thread(target=self._run, args=(names,), daemon=True).start()

    def ended(self) -> None:
        """Take in which units are not under way any more."""
        os.eventfd_read(self.wakeup)
        while not self._ended.empty():
            self._batches.remove(self._ended.get())

    def _run(self, names: tuple[str, ...]) -> None:
        try:
            systemd.restart(names)
        except CommandFailed as error:
            log.warning("%s", error)
        finally:
            self._ended.put(names)
            os.eventfd_write(self.wakeup, 1)
