"""How much each interface has carried: one small file, which costs far less than asking for each link."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, structs

from gateway_init.facts.facts import Link

FILE = Path("/proc/thread-self/net/dev")
"""Of this thread's network namespace (proc_pid_net(5))."""
COLUMNS = {"received": 0, "received_packets": 1, "sent": 8, "sent_packets": 9}
INTERFACES = Path("/sys/class/net")
"""A folder for each one (sysfs(5))."""
LONGEST = 32
"""Bytes of a number."""


class Carried(Struct, frozen=True):
    """Bytes, since an interface was made."""

    received: int = 0
    sent: int = 0
    received_packets: int = 0
    """Not bytes, but how many."""
    sent_packets: int = 0


def counted(links: Iterable[Link]) -> tuple[Link, ...]:
    """The same links, with what they have carried by now."""
    found = parsed(FILE.read_text())
    return tuple(
        structs.replace(link, **structs.asdict(carried)) if (carried := found.get(link.name)) else link
        for link in links
    )


class Meter:
    """What one interface has carried, for whoever asks all the time: to read its files once more is the cheapest."""

    def __init__(self, name: str, folder: Path = INTERFACES) -> None:
        self._files = [folder / name / "statistics" / each for each in ("rx_bytes", "tx_bytes")]
        self._open: list[int] = []

    def __call__(self) -> Carried:
        """Nothing where there is none."""
        try:
            self._open = self._open or [os.open(file, os.O_RDONLY | os.O_CLOEXEC) for file in self._files]
            return Carried(*(int(os.pread(file, LONGEST, 0)) for file in self._open))
        except OSError:
            # It is not there, or another one by that name is: its files are others.
            self.close()
            return Carried()

    def close(self) -> None:
        while self._open:
            os.close(self._open.pop())


def parsed(text: str) -> dict[str, Carried]:
    """What each interface has carried, by name.

    >>> parsed("Inter-|   Receive ...\\n face |bytes ...\\n  lan: 70 1 0 0 0 0 0 0 300 4 0 0 0 0 0 0\\n")
    {'lan': Carried(received=70, sent=300, received_packets=1, sent_packets=4)}
    """
    found = {}
    for line in text.splitlines()[2:]:
        name, _, numbers = line.rpartition(":")
        columns = numbers.split()
        found[name.strip()] = Carried(**{name: int(columns[each]) for name, each in COLUMNS.items()})
    return found
