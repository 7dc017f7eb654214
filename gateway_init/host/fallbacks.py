"""How often a connection was to be Multipath TCP, and the answer said that it is not: something on the way, or the
other end, has taken the option away (RFC 8684, 3.7)."""

from __future__ import annotations

from pathlib import Path

from gateway_init.host.connections import End, plain

FILE = Path("/proc/thread-self/net/netstat")
"""Of this thread's network namespace (proc_pid_net(5))."""
COUNTERS = "MPTcpExt:"
FALLBACK = "MPCapableFallbackSYNACK"
"""Its name in net/mptcp/mib.c. That nobody answers, and the option is left out for that, counts elsewhere."""


def seen() -> int:
    """Since boot."""
    return counted(FILE.read_text())


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


def counted(text: str) -> int:
    """
    >>> counted("MPTcpExt: MPCapableSYNTX MPCapableFallbackSYNACK\\nMPTcpExt: 9 2\\n")
    2
    >>> counted("TcpExt: SyncookiesSent\\nTcpExt: 0\\n")
    0
    """
    lines = [line.split() for line in text.splitlines() if line.startswith(COUNTERS)]
    names, values = lines if len(lines) == 2 else ([], [])
    return int(dict(zip(names, values, strict=True)).get(FALLBACK, 0))
