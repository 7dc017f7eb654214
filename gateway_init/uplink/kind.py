"""What there is to know of a kind of line. The rest of the house asks here, and never which kind it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface
from typing import Annotated, Generic, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Meta, Struct

from gateway_init.base.problem import Problem
from gateway_init.facts.facts import Facts, Link
from gateway_init.facts.item import Item
from gateway_init.wellknown.allowed import Allowed
from gateway_init.wellknown.budget import Budget
from gateway_init.wellknown.unit import SecretReader, ServiceFiles

Use: TypeAlias = Literal["always", "backup", "on-demand"]
"""How much a line is used."""
Kbit: TypeAlias = Annotated[int, Meta(ge=1, le=10_000_000, description="kbit/s, 1 to 10000000")]


class Speed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line carries at its best."""

    down: Kbit
    """Towards the home, in kbit/s."""
    up: Kbit
    """Towards the Internet, in kbit/s."""


class Rate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The rate of a line itself, as its modem's page tells it: more than ever arrives of it as packets."""

    up: Kbit
    """Towards the Internet, in kbit/s."""
    down: Kbit | None = None
    """Towards the home, in kbit/s. With it, what comes in waits in the box as well, where it holds up nobody else."""
    over: Literal["adsl", "vdsl", "ethernet"] = "adsl"
    """What a packet takes besides its own bytes: `adsl` (PPPoE in cells of ATM), `vdsl` (PPPoE in PTM), `ethernet`."""


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What gateway.yaml says of any line; each kind adds its own."""

    use: Use = "always"
    """`always`; `backup`: it carries only what no other line can; `on-demand`: it rests, and costs nothing, until it is
    needed (`policy.demand`)."""
    speed: Speed | None = None
    """What it carries at its best. With it, the box can tell when the line is busy: it takes those on demand in, and
    has connections use fewer paths."""
    rate: Rate | None = None
    """Of the line itself. With it, what does not fit waits in the box, not in the modem, and small packets overtake."""
    budget: Budget | None = None
    """What it may carry in a period; without one there is no limit."""


S = TypeVar("S", bound=Settings)


class Line(Struct, Generic[S], frozen=True):
    """One uplink of the site's."""

    name: str
    settings: S
    """What gateway.yaml says of it."""
    elsewhere: frozenset[str] = frozenset()
    """Interfaces that it names for others: the LAN's, and those of other lines."""


class Needs(Struct, frozen=True):
    """What the image must have for lines of a kind; a build stops where the recipe does not name it."""

    packages: tuple[str, ...] = ()
    """Debian's, that carry the line."""
    modules: tuple[str, ...] = ()
    """The kernel's."""
    early: tuple[str, ...] = ()
    """Those of them that nothing loads by itself, as udev does for what is plugged in. Each costs the start time."""
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


class Modem(Struct, frozen=True):
    """The modem in front of a line, which has a page of its own for its user."""

    device: str
    """The interface that it is plugged into."""
    address: IPv4Interface
    """Its own, with the length of its network's prefix."""

    @property
    def ours(self) -> IPv4Interface:
        """The box's in that network: the next one, or the one before where there is no next.

        >>> Modem("enp1s0", IPv4Interface("192.168.1.254/24")).ours
        IPv4Interface('192.168.1.253/24')
        """
        network, number = self.address.network, int(self.address.ip)
        last = int(network.broadcast_address) - 1
        return IPv4Interface((number + 1 if number < last else number - 1, network.prefixlen))


class State(Struct, frozen=True):
    """An uplink or a path: up with an interface and an address, or down with a reason."""

    link: Link | None = None
    address: IPv4Address | None = None
    reason: str = ""
    gateway: IPv4Address | None = None
    """The router that its packets go to; None where whoever is at the other end of the interface takes them."""
    rests: bool = False
    """Whether it is down because it is to be: nobody needs a line on demand, or a budget is spent."""
    silent: bool = False
    """Whether all is there, but nothing comes back over it: it carries nothing but what finds out when that ends."""

    @property
    def up(self) -> bool:
        return self.address is not None and not self.silent


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

    def leaves(self, line: Line[S]) -> tuple[Allowed, ...]:
        """What may leave unwrapped for the line's own sake, such as DHCP, ARP or what dials it."""

    def wrapped(self, line: Line[S], packets: Allowed) -> Allowed:  # noqa: ARG002 - most go as they are
        """Packets to a server of the site's, in the form in which they leave by this line."""
        return packets

    def modem(self, line: Line[S]) -> Modem | None:  # noqa: ARG002 - most have none
        """The one whose page the LAN may see; None for none."""
        return None

    def hardware(self, line: Line[S], facts: Facts) -> Link | None:
        """The interface that it rides on; None where the box has none such."""

    def services(self, line: Line[S]) -> tuple[str, ...]:
        """Names of its units: they do not run while an address that it was given is refused."""

    def idle(self, line: Line[S], facts: Facts) -> Collection[str]:
        """Those of its services for which there is nothing to do, such as without a cable; they do not run then."""

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
