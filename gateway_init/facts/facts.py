"""What is: links, addresses, units and our own items, as frozen data that a test can write down."""

from __future__ import annotations

from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.facts.item import ETHERNET_MTU, Endpoint, Neighbour, Route, Rule


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
    received: int = 0
    """Bytes."""
    sent: int = 0
    """Bytes."""


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
    def wanted_alive(self) -> bool:
        """systemd runs it, or will start it again by itself: also one that is just ending, unless a person stops it."""
        return self.active in ("active", "activating", "reloading", "deactivating")


class Facts(Struct, frozen=True):
    """All that the plan may depend on besides the config."""

    links: tuple[Link, ...] = ()
    addresses: tuple[Address, ...] = ()
    routes: frozenset[Route] = frozenset()
    rules: frozenset[Rule] = frozenset()
    neighbours: frozenset[Neighbour] = frozenset()
    """Whose answers (ARP) are fresh, or just asked for."""
    answering: frozenset[Neighbour] = frozenset()
    """Who answered when asked last."""
    endpoints: frozenset[Endpoint] = frozenset()
    subflow_limit: int = 0
    firewall: str = ""
    """Digest of the loaded ruleset; empty where none of ours is loaded."""
    services: frozenset[tuple[str, str]] = frozenset()
    """Name and digest of each service as it was last started."""
    units: dict[str, Unit] = {}
    notes: dict[str, dict[str, str]] = {}
    """What the program of an uplink noted of it, by the uplink's name. A stranger may have said it."""

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
