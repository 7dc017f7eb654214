"""What there is to know of a kind of line. The rest of the house asks here, and never which kind it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

S = TypeVar("S", bound=Struct)


class Line(Struct, Generic[S], frozen=True):
    """One uplink of the site's."""

    name: str
    settings: S
    """What gateway.yaml says of it."""


class Needs(Struct, frozen=True):
    """What the image must have for lines of a kind; a build stops where the recipe does not name it."""

    packages: tuple[str, ...] = ()
    """Debian's, that carry the line."""
    modules: tuple[str, ...] = ()
    """The kernel's."""
    firmware: tuple[str, ...] = ()
    """Files under /usr/lib/firmware."""


class Secret(Struct, frozen=True):
    """A file of the secrets folder, of one line of text that the user gives."""

    ending: str
    """Such as `password`."""

    def file(self, line: str) -> str:
        """
        >>> Secret("password").file("adsl")
        'uplink-adsl.password'
        """
        return f"uplink-{line}.{self.ending}"


class Given(Struct, frozen=True):
    """What a line was given to be known by."""

    address: IPv4Address
    peer: IPv4Address | None = None
    """The other end's: on a point-to-point interface, or the router's that its packets go to."""


class State(Struct, frozen=True):
    """An uplink or a path: up with an interface and an address, or down with a reason."""

    link: Link | None = None
    address: IPv4Address | None = None
    reason: str = ""
    gateway: IPv4Address | None = None
    """The router that its packets go to; None where whoever is at the other end of the interface takes them."""

    @property
    def up(self) -> bool:
        return self.address is not None


class Kind(Protocol[S]):
    """All that is particular to one kind of line. Pure: it is handed its line, never site or kernel."""

    name: str
    """As gateway.yaml calls it; also its folder's name and that of its module in qemu/world/line."""
    settings: type[S]
    """The type of its entries in gateway.yaml, tagged with its name; the docstrings become docs/config.md."""
    needs: Needs
    every_secret: tuple[Secret, ...]
    """Those that a line of this kind may have."""
    assigns: bool
    """Whether the box itself puts the addresses that a line was given on its interface; else who dials it does."""

    def broken(self, line: Line[S]) -> Iterator[Problem]:
        """What is wrong with it beyond what types can say; keys count from `uplinks.NAME`, such as `device`."""

    def addresses(self, line: Line[S]) -> Mapping[str, IPv4Address]:
        """Those that the config itself gives it, by the keys that name them: first the box's own, then others' ends."""

    def secrets(self, line: Line[S]) -> tuple[Secret, ...]:
        """Those that this line has."""

    def ports(self, line: Line[S]) -> Mapping[str, str]:
        """Interfaces of the box that it takes for itself, by the key that names them."""

    def about(self, line: Line[S]) -> str:
        """Where it is, in a few words for a person."""

    def interface(self, line: Line[S]) -> str:
        """Name of the interface that its packets leave by."""

    def leaves(self, line: Line[S]) -> tuple[str, ...]:
        """What may leave unwrapped for the line's own sake, such as DHCP: matches of nft(8), interface included."""

    def hardware(self, line: Line[S], facts: Facts) -> Link | None:
        """The interface that it rides on; None where the box has none such."""

    def services(self, line: Line[S]) -> tuple[str, ...]:
        """Names of its units: they do not run while an address that it was given is refused."""

    def idle(self, line: Line[S], facts: Facts) -> bool:
        """Whether there is nothing for its units to do, such as without a cable; they do not run then."""

    def units(self, line: Line[S], secret: SecretReader) -> tuple[ServiceFiles, ...]:
        """What dials it or talks to it."""

    def given(self, line: Line[S], facts: Facts) -> tuple[Given, ...]:
        """What it was given, whether or not that is on its interface yet. What no line may have is not used."""

    def items(self, line: Line[S], facts: Facts) -> Iterator[Item]:
        """What must be besides its units, for it to come up at all."""

    def mtu(self, line: Line[S], facts: Facts) -> int:
        """The largest packet that it takes, in bytes; what it rides on is set to it."""

    def state(self, line: Line[S], facts: Facts) -> State:
        """Up, or why not, in words that a person can act on."""
