"""What goes where: the entries of `routes` in gateway.yaml."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Literal, TypeAlias

from msgspec import Struct, field

from gateway_init.base.value import Client, Domain, Name, Port, Via

REFUSE: Literal["refuse"] = "refuse"
"""In place of a destination: nobody gets there."""
Doh: TypeAlias = Literal["refuse", "leave"]


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes to a destination other than `policy.destination`, or leaves by a line itself. The first entry that fits
    counts. An entry fits where each of its keys does, and of a key's list one is enough; `domains` and `networks` are
    one list in two keys."""

    to: Name | None = None
    """Name of a destination, or `refuse`: then it is told at once that there is no way."""
    via: Via | None = None
    """In place of `to`: it leaves by this line itself, unwrapped and in the line's own name, as for a bank that refuses
    a data centre's address. While the line is down there is no way."""
    otherwise: Name | None = field(default=None, name="else")
    """Name of the destination that it goes to while `to` does not answer; without it there is no way then."""
    domains: tuple[Domain, ...] = ()
    """Names, each with all that are below it. They are resolved at that destination, too."""
    networks: tuple[IPv4Network, ...] = ()
    """Networks of the Internet, such as 198.51.100.0/24; a single address is a /32."""
    ports: tuple[Port, ...] = ()
    """Ports that are called, such as 443."""
    clients: tuple[Client, ...] = ()
    """Devices of the LAN: by the name that `lan.hosts` gives them, or that they give themselves by DHCP, by hardware
    address or by address."""

    @property
    def line(self) -> str | None:
        """Name of the uplink by which it leaves itself; None where it goes to a destination, or is refused."""
        return self.via.partition(" ")[2] if self.via else None

    def domain_of(self, name: str) -> str:
        """The first of its domains that a name is, or is below; empty for none.

        >>> route = Route(to="abroad", domains=("stream.example",))
        >>> [route.domain_of(name) for name in ("stream.example", "www.stream.example", "upstream.example")]
        ['stream.example', 'stream.example', '']
        """
        return next((domain for domain in self.domains if below(name, domain)), "")


def below(name: str, domain: str) -> bool:
    """Whether a name is a domain's own, or is below it.

    >>> below("tv.home.arpa", "home.arpa"), below("home.arpa", "home.arpa"), below("away-home.arpa", "home.arpa")
    (True, True, False)
    """
    return f".{name}".endswith(f".{domain}")
