"""What the daemon remembers, and its copy on the disk for the daemon's successor."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from gateway_init.evidence.memory import Memory, recall, remember
from gateway_init.host.console import say

log = logging.getLogger(__name__)


class Notebook:
    """Each change is written down at once. Where that fails the daemon goes on, and tries again at the next one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.memory: Memory = recall(file)
        self._written = self.memory
        self._failure = ""

    def keep(self, **changes: object) -> None:
        """Replace these parts of the memory."""
        self.memory = msgspec.structs.replace(self.memory, **changes)
        if self.memory == self._written:
            return
        try:
            remember(self._file, self.memory)
        except OSError as error:
            self._tell(error.strerror or str(error))
        else:
            self._written = self.memory
            self._tell("")

    def _tell(self, failure: str) -> None:
        if failure == self._failure:
            return
        self._failure = failure
        if failure:
            line = f"{self._file} cannot be written ({failure}); going on without"
            log.warning("%s", line)
            say(f"braid: {line}")
        else:
            log.info("%s is written again", self._file)
