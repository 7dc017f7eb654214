"""Writes down what is used of budgets, before it is used."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from gateway_init.facts.facts import Entry
from gateway_init.host import ledger
from gateway_init.host.console import say

log = logging.getLogger(__name__)


class Bookkeeper:
    """Where the data partition is full or gone it is told, once, and tried again at the next turn."""

    def __init__(self) -> None:
        self._failure = ""

    def keep(self, wanted: Mapping[str, Entry], kept: Mapping[str, Entry]) -> None:
        """Bring the ledger from what is kept to what is wanted."""
        if wanted == kept:
            return
        try:
            ledger.keep(wanted)
            self._failure = ""
        except OSError as error:
            failure = error.strerror or str(error)
            if failure != self._failure:
                line = f"what is used of budgets cannot be written down ({failure}); after a restart it is not known"
                log.warning("%s", line)
                say(f"braid: {line}")
            self._failure = failure
