"""What is: links, addresses, units and our own items, as frozen data that a test can write down."""

from __future__ import annotations

from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.facts.item import ETHERNET_MTU, Carrier, Endpoint, Inbound, Neighbour, Queue, Route, Rule, Steered


class Link(Struct, frozen=True):
    """A network interface (rtnetlink(7), RTM_NEWLINK)."""

    index: int
    name: str
    up: bool = True
    """Administratively up (IFF_UP)."""
    running: bool = True
    """Able to pass packets (IFF_RUNNING): carrier, an established session, an opened tunnel."""
    mtu: int = ETHERNET_MTU
    """The largest packet that it takes, in bytes."""
    master: int = 0
    """Index of the bridge that it is a port of; 0 for none."""
    under: int = 0
    """Index of the interface that it is a VLAN on; 0 for none."""
    tag: int = 0
    """Of its frames, as a VLAN."""
    received: int = 0
    """Bytes."""
    sent: int = 0
    """Bytes."""
    received_packets: int = 0
    sent_packets: int = 0
    driver: str = ""
    """Of a network card; empty for what is made of software."""
    merges: bool = True
    """Whether it takes several packets of a connection as one, on their way in or out (GRO, GSO)."""
    usb: str = ""
    """The USB socket that it is plugged into, such as 1-1.2; empty for none."""
    wireless: bool = False
    """Whether it is a Wi-Fi card."""
    forwards: bool = False
    """Whether what comes in by it may go on to another interface."""


class Asked(Struct, frozen=True):
    """What a person wants of a line on demand. Times are seconds since boot."""

    taken: bool
    """To use it; else to leave it."""
    at: float
    until: float | None = None
    """None: until he says otherwise."""


class Counted(Struct, frozen=True):
    """What the kernel counts of a budget."""

    stamp: str
    """How often counting had begun anew, and which packets count."""
    limit: int
    """Bytes."""
    used: int
    """Bytes; never above the limit."""


class Entry(Struct, frozen=True):
    """What is kept of a budget while the power is off."""

    period: str
    """The day on which it began, such as 2026-11-01 (UTC); empty where nobody knew what day it was."""
    until: str
    """The day on which the next one begins; empty likewise."""
    used: int
    """Bytes: never less than were used, and at times a little more."""
    begun: int = 0
    """How often counting began anew: with a period, or because a person set the number."""


class Address(Struct, frozen=True):
    """An IPv4 address of an interface."""

    link: int
    address: IPv4Address
    prefix: int
    peer: IPv4Address | None = None
    """The other end's, on a point-to-point interface."""


class Unit(Struct, frozen=True):
    """A systemd unit, as `systemctl show` tells."""

    active: str
    """ActiveState: active, activating, inactive, failed ..."""
    sub: str = ""
    """SubState: running, auto-restart ..."""
    status: int = 0
    """Exit code of the last main process that ended."""
    restarts: int = 0

    @property
    def runs(self) -> bool:
        """It does what it is there for; also while it reloads what it knows."""
        return self.active in ("active", "reloading")

    @property
    def wanted_alive(self) -> bool:
        """systemd runs it, or will start it again by itself: also one that is just ending, unless a person stops it."""
        return self.active in ("active", "activating", "reloading", "deactivating")


class Facts(Struct, frozen=True):
    """All that the plan may depend on besides the config."""

    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: frozenset[Route] = frozenset()
    rules: frozenset[Rule] = frozenset()
    queues: frozenset[Queue | Inbound] = frozenset()
    neighbours: frozenset[Neighbour] = frozenset()
    """Whose answers (ARP) are fresh, or just asked for."""
    answering: frozenset[Neighbour] = frozenset()
    """Who answered when asked last."""
    endpoints: frozenset[Endpoint] = frozenset()
    carriers: frozenset[Carrier] = frozenset()
    steered: frozenset[Steered] = frozenset()
    subflow_limit: int = 0
    firewall: str = ""
    """Digest of the loaded ruleset; empty where none of ours is loaded."""
    services: frozenset[tuple[str, str]] = frozenset()
    """Name and digest of each service as it was last started."""
    units: dict[str, Unit] = {}
    opened: int = 0
    """How often a connection of Multipath TCP began to open, since boot."""
    asked: dict[str, Asked] = {}
    """By the names of uplinks."""
    quotas: dict[str, Counted] = {}
    """By the names of budgets (gateway_init.config.budgets)."""
    ledger: dict[str, Entry] = {}
    """What is kept of them."""
    clock: float = 0.0
    """What time it is, in seconds since 1970."""
    clock_known: bool = False
    """Whether that is known to be right."""
    clock_kept: float = 0.0
    """The last time that was known to be right, in seconds since 1970; 0 where none ever was."""
    notes: dict[str, dict[str, str]] = {}
    """What the programs of uplinks noted, by gateway_init.wellknown.place.note. A stranger may have said it."""

    def link(self, name: str) -> Link | None:
        return next((link for link in self.links if link.name == name), None)

    def on(self, link: Link) -> tuple[Address, ...]:
        """The IPv4 addresses of an interface."""
        return tuple(each for each in self.addresses if each.link == link.index)

    def addresses_on(self, link: Link) -> tuple[IPv4Address, ...]:
        return tuple(each.address for each in self.on(link))

    def address_on(self, link: Link) -> IPv4Address | None:
        """The first IPv4 address of an interface."""
        return next(iter(self.addresses_on(link)), None)
