"""Where `braid status` asks the daemon, who has read all of it already. Whoever comes is root: the folder is root's."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed
from gateway_init.wellknown import place

log = logging.getLogger(__name__)

QUESTION = 16
"""Bytes of one at most: it is the form of the answer, `json` or `table`."""
PATIENCE = 0.5
"""Seconds that one who asks has for each step: meanwhile the daemon waits."""


class Desk:
    """`wakeup` is readable when somebody asks; then `serve` is to be called."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self._answer = answer
        place.DESK.parent.mkdir(parents=True, exist_ok=True)
        place.DESK.unlink(missing_ok=True)
        # One question and one answer, each of them whole.
        self.wakeup = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.wakeup.bind(str(place.DESK))
        self.wakeup.listen()
        self.wakeup.setblocking(False)

    def serve(self) -> None:
        """Answer one of those who ask. One who leaves, or is slow, gets none."""
        try:
            line, _ = self.wakeup.accept()
            with line:
                line.settimeout(PATIENCE)
                line.sendall(self._answer(line.recv(QUESTION).decode()).encode())
        except (OSError, UnicodeDecodeError, Mistake, CommandFailed) as error:
            log.info("who asked for the status got none: %s", error)
