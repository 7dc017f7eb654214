"""USB sockets, where they stand for the interface that is plugged into them."""

from __future__ import annotations

ANY = "USB"
"""Whatever is plugged into one of them."""


def socket(port: str) -> str:
    """The socket that the kernel calls `port` (such as 1-1.2, below /sys/bus/usb/devices); any for an empty one.

    >>> socket("1-1.2"), socket("")
    ('USB 1-1.2', 'USB')
    """
    return f"{ANY} {port}".rstrip()


def overlap(one: str, other: str) -> bool:
    """Whether two interfaces, given by name or by socket, may be the same.

    >>> overlap("USB 1-1", "USB"), overlap("USB 1-1", "USB 1-2"), overlap("enp1s0", "enp1s0")
    (True, False, True)
    """
    return one == other or (ANY in (one, other) and {one[: len(ANY)], other[: len(ANY)]} == {ANY})
