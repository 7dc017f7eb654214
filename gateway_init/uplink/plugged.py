"""Network cards that are plugged into USB: found by driver and socket, whatever they are called.

What comes back in another socket, under another name or with another hardware address is the same line again: it is
given the name of its uplink each time, and everything else goes by that.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, TypeAlias

from msgspec import Meta

from gateway_init.facts.facts import Facts, Link
from gateway_init.uplink.kind import Line, S
from gateway_init.wellknown import usb

UsbPort: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(|[1-9][0-9]{0,2}-[1-9][0-9]{0,2}(\.[1-9][0-9]{0,2}){0,5})$",
        description="a USB socket as the kernel calls it, such as 1-1.2",
    ),
]


def cards(line: Line[S], facts: Facts, drivers: Collection[str]) -> list[Link]:
    """All that are plugged in and are not named for others."""
    return [link for link in facts.links if link.driver in drivers and link.name not in line.elsewhere]


def card(line: Line[S], port: str, facts: Facts, drivers: Collection[str]) -> Link | None:
    """The one in a socket, or in any where `port` is empty: rather that which has the uplink's name already."""
    found = [link for link in cards(line, facts, drivers) if port in ("", link.usb)]
    return next((link for link in found if link.name == line.name), next(iter(found), None))


def sockets(links: Collection[Link]) -> str:
    """Where they are, for a person.

    >>> sockets([Link(7, "wwan0", usb="1-3"), Link(8, "usb0", usb="2-1")])
    'USB 1-3, USB 2-1'
    """
    return ", ".join(usb.socket(link.usb) for link in links)
