"""Whether the LAN uses the Internet, as far as that shows in what it was sent."""

from __future__ import annotations

from collections.abc import Callable

USED = 1000
"""Bytes that it was sent between two looks, from which on it does."""
LINGER = 10.0
"""Seconds after which it does no more."""


class Usage:
    def __init__(self, sent: Callable[[], int]) -> None:
        """`sent`: bytes that it was sent so far."""
        self._sent = sent
        self._before = sent()
        self._until = float("-inf")

    def look(self, now: float) -> None:
        """To be called every second."""
        sent = self._sent()
        if sent - self._before >= USED:
            self._until = now + LINGER
        self._before = sent

    def busy(self, now: float) -> bool:
        return now < self._until
