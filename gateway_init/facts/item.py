"""The things that the kernel or systemd has or has not. A state is a set of them: what is, and what should be.

Things are made in the order of their ranks and unmade in the reverse: the firewall before a packet can flow, routes and
rules before the endpoint that sends by them.
"""

from __future__ import annotations

from collections.abc import Hashable
from ipaddress import IPv4Address
from typing import ClassVar

from msgspec import Struct

LONGEST_NAME = 15
"""Characters of an interface's name (IFNAMSIZ of linux/if.h, less the end)."""
ETHERNET_MTU = 1500
"""Bytes of the largest packet that any Ethernet takes."""


class Item(Struct, frozen=True):
    """One thing."""

    rank: ClassVar[int]
    lasts: ClassVar[bool] = False
    """Whether nothing of ours can remove it: it always has one value or another, or goes by itself."""

    @property
    def key(self) -> Hashable:
        """What it has in common with the one whose place it takes in one step; by default it takes nobody's."""
        return self


class Firewall(Item, frozen=True):
    """The ruleset is loaded, with this digest. There is no moment without one."""

    rank = 0
    digest: str

    @property
    def key(self) -> Hashable:
        return Firewall


class Quota(Struct, frozen=True):
    """Bytes that something may carry in a period; what is beyond them is dropped."""

    name: str
    stamp: str
    limit: int


class Quotas(Item, frozen=True):
    """These are counted and held to, and no others."""

    rank = 1
    quotas: frozenset[Quota]

    @property
    def key(self) -> Hashable:
        return Quotas


class SubflowLimit(Item, frozen=True):
    """Each connection may have this many additional subflows."""

    rank = 1
    subflows: int

    @property
    def key(self) -> Hashable:
        return SubflowLimit


class Bridge(Item, frozen=True):
    """The LAN's bridge exists."""

    rank = 2
    name: str


class Port(Item, frozen=True):
    """An interface is a port of the bridge."""

    rank = 3
    link: str
    bridge: str


class Vlan(Item, frozen=True):
    """An interface exists whose frames bear a tag on another one (IEEE 802.1Q)."""

    rank = 2
    name: str
    link: int
    """Index of the other one."""
    tag: int


class Named(Item, frozen=True):
    """An interface has this name."""

    rank = 3
    lasts = True
    link: int
    name: str

    @property
    def key(self) -> Hashable:
        return Named, self.link


class Up(Item, frozen=True):
    """An interface is administratively up."""

    rank = 4
    link: str


class LanAddress(Item, frozen=True):
    """The bridge has this address."""

    rank = 5
    address: IPv4Address
    prefix: int


class LineAddress(Item, frozen=True):
    """An uplink's interface has an address that it was lent or given, without a network round it: all of its packets go
    to its router, and no provider can claim a part of the Internet by a netmask."""

    rank = 5
    link: int
    address: IPv4Address
    prefix: int = 32


class Mtu(Item, frozen=True):
    """The largest packet that an interface takes, in bytes."""

    rank = 5
    lasts = True
    link: str
    mtu: int

    @property
    def key(self) -> Hashable:
        return Mtu, self.link


class Unmerged(Item, frozen=True):
    """An interface takes each packet by itself: a budget counts those that the line carries, not several as one with a
    single head."""

    rank = 5
    link: str


class _Paced(Item, frozen=True):
    """What goes over a line one way goes at a rate of the box's."""

    rank = 5
    link: int
    rate: int
    """kbit/s, counted as `over` says."""
    over: str
    """With what the line adds to a packet: one of gateway_init.wellknown.framing.FRAMINGS."""

    @property
    def key(self) -> Hashable:
        return type(self), self.link


class Queue(_Paced, frozen=True):
    """What does not fit on a line waits here, where small packets overtake large ones, and not in its modem."""


class Inbound(_Paced, frozen=True):
    """What comes in by a line, and would fill it, waits here, and not at its provider's end."""


class Forwards(Item, frozen=True):
    """What comes in by an interface may go on to another one, as the firewall lets it. By default nothing may."""

    rank = 5
    link: str


class Neighbour(Item, frozen=True):
    """Whether a router on an interface answers is known: it did within half a minute, or was just asked (ARP)."""

    rank = 6
    lasts = True
    link: int
    address: IPv4Address


class Service(Item, frozen=True):
    """A unit runs, started from the files with this digest."""

    rank = 6
    name: str
    digest: str

    @property
    def key(self) -> Hashable:
        return Service, self.name


class Route(Item, frozen=True):
    """A route of ours; `link` is the index of the interface that it leaves by. No moment is without one."""

    rank = 7
    table: int
    link: int
    gateway: IPv4Address | None = None
    """None where whoever is at the other end of the interface takes all."""
    to: IPv4Address | None = None
    """None for whatever has no route of its own."""

    @property
    def key(self) -> Hashable:
        return Route, self.table, self.to


class Rule(Item, frozen=True):
    """A policy rule of ours: by source address or by firewall mark, to a table."""

    rank = 8
    priority: int
    table: int
    source: IPv4Address | None = None
    mark: int = 0
    prefix: int = 32
    """Length, where the source is a network's address."""


class Endpoint(Item, frozen=True):
    """An MPTCP endpoint (ip-mptcp(8)) that opens subflows from an address over an interface."""

    rank = 9
    address: IPv4Address
    link: int
    id: int = 0
    """0 in a plan, where the kernel's number is not known yet."""
    backup: bool = False
    """Its subflows carry only what no other can (RFC 8684, 3.3.8)."""

    @property
    def key(self) -> Hashable:
        return Endpoint, self.address, self.link


class Carrier(Item, frozen=True):
    """The interface of a tunnel that carries UDP of the LAN exists, made of what has this digest. It is made last: all
    else can do without."""

    rank = 9
    link: str
    digest: str

    @property
    def key(self) -> Hashable:
        return Carrier, self.link


class Steered(Item, frozen=True):
    """A carrier's own packets bear this mark, by which they are led to a path."""

    rank = 9
    lasts = True
    link: str
    mark: int

    @property
    def key(self) -> Hashable:
        return Steered, self.link


class StrayAddress(Item, frozen=True):
    """An uplink's interface has an address that no uplink may have: no plan wants it. It goes before all else."""

    rank = 10
    link: int
    address: IPv4Address
    prefix: int
    peer: IPv4Address | None = None
