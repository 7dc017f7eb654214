"""The kernel's counters of Multipath TCP (net/mptcp/mib.c), since boot."""

from __future__ import annotations

from pathlib import Path

FILE = Path("/proc/thread-self/net/netstat")
"""Of this thread's network namespace (proc_pid_net(5))."""
COUNTERS = "MPTcpExt:"
FALLBACK = "MPCapableFallbackSYNACK"
"""A connection was to be Multipath TCP, and the answer said that it is not. That nobody answers, and the option is left
out for that, counts elsewhere."""
OPENED = "MPCapableSYNTX"
"""Somebody connects by Multipath TCP."""


def read(name: str) -> int:
    return counted(FILE.read_text(), name)


def counted(text: str, name: str) -> int:
    """
    >>> counted("MPTcpExt: MPCapableSYNTX MPCapableFallbackSYNACK\\nMPTcpExt: 9 2\\n", FALLBACK)
    2
    >>> counted("TcpExt: SyncookiesSent\\nTcpExt: 0\\n", FALLBACK)
    0
    """
    lines = [line.split() for line in text.splitlines() if line.startswith(COUNTERS)]
    names, values = lines if len(lines) == 2 else ([], [])
    return int(dict(zip(names, values, strict=True)).get(name, 0))
