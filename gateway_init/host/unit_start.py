"""Starting units takes systemd a while: it happens in a thread, whose end is an event like any other."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Sequence

from gateway_init.base.process import CommandFailed
from gateway_init.host import systemd
from gateway_init.render.services import ServiceFiles

log = logging.getLogger(__name__)


class Starter:
    """Has systemd start units. `wakeup` becomes readable each time that it has."""

    def __init__(self) -> None:
        self.wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._batches: list[tuple[str, ...]] = []

    @property
    def under_way(self) -> frozenset[str]:
        """Names of units that systemd was told to start and has not called started, or failed, yet."""
        return frozenset(name for batch in self._batches for name in batch)

    def start(self, services: Sequence[ServiceFiles]) -> None:
        """Write the files of units and (re)start them, without waiting for them. Raises CommandFailed."""
        systemd.prepare(services)
        names = tuple(service.name for service in services)
        self._batches = [*self._batches, names]
        threading.Thread(target=self._run, args=(names,), daemon=True).start()

    def _run(self, names: tuple[str, ...]) -> None:
        try:
            systemd.restart(names)
        except CommandFailed as error:
            log.warning("%s", error)
        finally:
            self._batches = [batch for batch in self._batches if batch is not names]
            os.eventfd_write(self.wakeup, 1)
