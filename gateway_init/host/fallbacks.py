"""How often a connection was to be Multipath TCP, and the answer said that it is not: something on the way, or the
other end, has taken the option away (RFC 8684, 3.7)."""

from __future__ import annotations

from gateway_init.host import mib
from gateway_init.host.connections import End, plain


def seen() -> int:
    """Since boot."""
    return mib.read(mib.FALLBACK)


class OfOne:
    """Of one destination, as far as can be told: the kernel counts those of all."""

    def __init__(self, end: End) -> None:
        self._end = end
        self._all = seen()
        self._own = 0

    def seen(self) -> int:
        """Since it was made: how often there were more, while one of its own was plain TCP."""
        before, self._all = self._all, seen()
        if self._all > before and plain(self._end):
            self._own += 1
        return self._own
