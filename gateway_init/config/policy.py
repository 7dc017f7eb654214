"""What is wished for: the types of `policy` in gateway.yaml."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

from gateway_init.base.value import Name
from gateway_init.config.busy_uplink import BusyUplink
from gateway_init.config.full_line import FullLine
from gateway_init.config.health import Health
from gateway_init.config.route import Doh
from gateway_init.config.unknown_rate import UnknownRate

TRIAL_SECONDS = 300
Carry: TypeAlias = Literal["carry", "refuse"]


class Demand(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When lines with `use: on-demand` are taken in and let go: besides by hand (`braid up`, `braid down`), where no
    other path is up, and where the other lines are busy."""

    busy: Annotated[int, Meta(ge=10, le=100, description="10 to 100")] = 85
    """Per cent of the `speed` of the lines in use, down or up, from which on they are busy."""
    busy_seconds: Annotated[int, Meta(ge=2, le=3600, description="2 to 3600")] = 10
    """How long they are busy before another line is taken in."""
    idle_seconds: Annotated[int, Meta(ge=10, le=86400, description="10 to 86400")] = 120
    """How long it is not needed before it is let go."""


class Dns(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of devices that ask others than the gateway for names. Questions by plain DNS (port 53) are answered
    by the gateway whoever they are for, and DNS over TLS or QUIC (port 853) is refused, so that `routes` by domain
    hold."""

    doh: Doh = "leave"
    """DNS over HTTPS to the public resolvers that are known: `refuse` it, or `leave` it alone. Where it is left alone,
    domains of a browser that uses it are not known to the gateway, and go to `policy.destination`."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wished for."""

    destination: Name | None = None
    """The destination that carries the LAN's TCP connections, but for those of `routes`."""
    destinations: tuple[Name, ...] = ()
    """In place of `destination`, where there are several: the first that answers carries new connections; those that
    are open stay where they are."""
    trial_seconds: Annotated[int, Meta(ge=60, le=3600, description="60 to 3600")] = TRIAL_SECONDS
    """Seconds that a new system has, after an update, to carry traffic as the old one did; else the old one is back."""

    demand: Demand = Demand()
    """When lines are taken in that are there on demand."""
    unknown_rate: UnknownRate = UnknownRate()
    """Lines of which no `rate` is told: what they carry is found out where they are full."""
    dns: Dns = Dns()
    """Devices that ask others than the gateway for names."""
    udp: Carry = "carry"
    """UDP of the LAN and its pings: `carry` them to the destination, by the path that is best for calls, or `refuse`
    them at once."""
    quic: Carry = "refuse"
    """QUIC (UDP to port 443): `refuse` it at once, so that browsers take TCP and the sum of all lines; or `carry` it as
    other UDP, by one path."""
    health: Health = Health()
    """When a path is left that is there, but passes nothing, and when it is taken back."""
    busy_uplink: BusyUplink = BusyUplink()
    """How many paths carry of a line that is busy towards the Internet."""
    full_line: FullLine = FullLine()
    """By which paths a line carries that is full towards the home."""
