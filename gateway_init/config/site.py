"""The types of gateway.yaml. Docstrings and field comments become docs/config.md and the JSON Schema."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Union

from msgspec import Struct

from gateway_init.base.value import Domain, HostName, Interface, Lease, Mac, Name, PasswordHash, Port, SshKey
from gateway_init.config.forward import Forward
from gateway_init.config.policy import Policy
from gateway_init.config.route import REFUSE, Route
from gateway_init.uplink import kinds
from gateway_init.uplink.kind import Kind, Line, Settings, Use
from gateway_init.wellknown.budget import Budget

FIRST: tuple[Use, ...] = ("always", "on-demand", "backup")
"""Over which lines connections open, as long as there is one."""


class Dhcp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range of addresses that the LAN's devices get."""

    first: IPv4Address
    """First address handed out."""
    last: IPv4Address
    """Last address handed out."""
    lease: Lease = "12h"
    """How long an address is lent: minutes (m), hours (h) or days (d)."""


class Host(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A device of the LAN that always gets the same address, and the name that it stands under."""

    mac: Mac
    """Its hardware address."""
    address: IPv4Address
    """One of the LAN, within the range of DHCP or beside it; no other device gets it."""


class Lan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The home's own network: a bridge over the gateway's LAN ports."""

    ports: tuple[Interface, ...]
    """Interfaces joined into the bridge."""
    address: IPv4Interface
    """The gateway's own address with the prefix length."""
    dhcp: Dhcp
    """Addresses for the LAN's devices."""
    hosts: dict[HostName, Host] = {}
    """Devices that always get the same address, by their names; each is found as NAME and as NAME.DOMAIN."""
    domain: Domain = "home.arpa"
    """Domain of the LAN's names (home.arpa is set aside for homes by RFC 8375)."""
    resolvers: tuple[IPv4Address, ...]
    """DNS servers asked for all other names; reached by TCP through the bonded connection."""
    private_domains: tuple[Domain, ...] = ()
    """Domains outside of the LAN whose names may lead to addresses inside of it, such as plex.direct; from all others
    such an answer is dropped (DNS rebinding)."""
    clocks: tuple[Domain, ...] = (
        "www.debian.org",
        "www.kernel.org",
        "www.wikipedia.org",
        "www.cloudflare.com",
        "www.google.com",
    )
    """HTTPS servers whose word is taken for the time, where most of them agree; asked through the bonded connection."""
    ssh_keys: tuple[SshKey, ...] = ()
    """Who may log in as root by SSH, from the LAN only. Besides these, the site's own key can bring updates."""


if TYPE_CHECKING:
    Uplink: TypeAlias = Settings
else:
    Uplink = Union[tuple(kind.settings for kind in kinds.KINDS)]  # noqa: UP007 - as many as there are
"""An entry of `uplinks`: the settings of one of the kinds of line."""


class OpenVpn(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The OpenVPN server on a machine of ours, over UDP."""

    network: IPv4Network
    """Range of the tunnels: its first address is the server's, the following the gateway's, one per path."""
    port: Port = 1194
    """UDP port."""


class Shadowsocks(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The shadowsocks server on a destination, over Multipath TCP."""

    port: Port = 8388
    """TCP port."""


class Reflector(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What answers the box's probes on a destination (STAMP, RFC 8762, authenticated)."""

    port: Port = 862
    """UDP port; 862 is STAMP's own."""


class Carrier(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of the tunnel on a destination that carries UDP of the LAN (WireGuard)."""

    port: Port = 51820
    """UDP port; 51820 is the one that WireGuard's documents use."""


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="role", tag="destination"):
    """A server where bonded connections end; also an OpenVPN server, so that it can be its own jumpbox."""

    address: IPv4Address
    """Public address."""
    openvpn: OpenVpn
    """Its tunnel."""
    shadowsocks: Shadowsocks = Shadowsocks()
    """Its proxy."""
    reflector: Reflector = Reflector()
    """What its paths are probed by."""
    carrier: Carrier = Carrier()
    """What UDP of the LAN comes by, where `policy.udp` is `carry`."""
    budget: Budget | None = None
    """What may be carried between it and the box in a period; without one there is no limit."""


class Jumpbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="role", tag="jumpbox"):
    """A server that only forwards: one more route across the Internet to the same destination."""

    address: IPv4Address
    """Public address."""
    openvpn: OpenVpn
    """Its tunnel."""
    budget: Budget | None = None
    """What may be carried between it and the box in a period; without one there is no limit."""


Server: TypeAlias = Destination | Jumpbox


class Path(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to the destination: an uplink, and optionally the server whose tunnel it goes through."""

    uplink: Name
    """Name of an uplink."""
    through: Name | None = None
    """Name of a server; without it the path goes straight to the destination."""


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One home: everything that gateway.yaml says."""

    site: Name
    """Name of the site; also the gateway's host name."""
    console: Literal["shell", "login"] = "shell"
    """What the serial console gives: a root shell (whoever holds the box owns it), or a login prompt."""
    password_hash: PasswordHash = ""
    """Root's password on the console, for `console: login`. No password works over the network."""
    lan: Lan
    """The home's network."""
    uplinks: dict[Name, Uplink]
    """The lines to the Internet, by name."""
    servers: dict[Name, Server]
    """The user's own servers, by name."""
    paths: dict[Name, Path]
    """The ways to the destination, by name; every one that is up carries a subflow of every connection, but for what
    `policy.busy_uplink` spares."""
    routes: tuple[Route, ...] = ()
    """What goes elsewhere than to `policy.destination`; the first that fits counts."""
    ports: tuple[Forward, ...] = ()
    """Ports of a destination's public address that lead to devices of the LAN."""
    policy: Policy
    """What goes where."""

    @property
    def preferred(self) -> tuple[str, ...]:
        """Names of the destinations for whatever no route names; the first that answers counts."""
        return self.policy.destinations or (self.policy.destination or "",)

    @property
    def main(self) -> str:
        """The one by which paths are judged, and the first that is preferred."""
        return self.preferred[0]

    @property
    def weighed(self) -> list[str]:
        """Names of the destinations that stand in for each other, so that it matters which of them answer."""
        ordered = self.preferred if len(self.preferred) > 1 else ()
        either = (name for route in self.routes if route.otherwise for name in (route.to, route.otherwise))
        return list(dict.fromkeys(filter(None, [*ordered, *either])))

    def goal(self, dead: Collection[str], route: Route | None = None) -> str:
        """Where new connections of a route go, or those that no route names, while some destinations do not answer. Of
        one that leaves by a line: `refuse`, for there is no other way."""
        if route is None:
            return next((name for name in self.preferred if name not in dead), self.main)
        to = route.to or REFUSE
        return route.otherwise if route.otherwise and to in dead and route.otherwise not in dead else to

    @property
    def destinations(self) -> dict[str, Destination]:
        """Those in use, by name; the main one is first."""
        others = [name for route in self.routes for name in (route.to, route.otherwise)]
        forwarded = (each.destination for each in self.ports)
        names = dict.fromkeys(name for name in (*self.preferred, *others, *forwarded) if name and name != REFUSE)
        found = {name: self.servers[name] for name in names}
        return {name: server for name, server in found.items() if isinstance(server, Destination)}

    @property
    def carriers(self) -> dict[str, Destination]:
        """Those that UDP of the LAN is carried to, by name."""
        return self.destinations if self.policy.udp == "carry" else {}

    @property
    def destination(self) -> Destination:
        """The destination in use. Loading has checked that it is one."""
        server = self.servers[self.main]
        assert isinstance(server, Destination)
        return server

    def line(self, uplink: str) -> tuple[Kind[Any], Line[Any]]:
        """An uplink with the kind that knows about it."""
        others = (Line(name, settings) for name, settings in self.uplinks.items() if name != uplink)
        taken = (port for other in others for port in kinds.of(other.settings).ports(other).values())
        settings = self.uplinks[uplink]
        return kinds.of(settings), Line(uplink, settings, frozenset([*self.lan.ports, *taken]))

    @property
    def lines(self) -> tuple[tuple[Kind[Any], Line[Any]], ...]:
        """All of them, in the order of the file."""
        return tuple(self.line(name) for name in self.uplinks)

    @property
    def on_demand(self) -> list[str]:
        """Names of the uplinks that rest until they are needed."""
        return [name for name, settings in self.uplinks.items() if settings.use == "on-demand"]

    def used(self, path: str) -> Use:
        """How much the uplink of a path is used."""
        return self.uplinks[self.paths[path].uplink].use

    @property
    def tunnels(self) -> dict[str, Path]:
        """The paths that go through a server, by name."""
        return {name: path for name, path in self.paths.items() if path.through is not None}

    def paths_through(self, server: str) -> list[str]:
        """Names of the paths that ride on a server's tunnel, in the order of the file."""
        return [name for name, path in self.paths.items() if path.through == server]

    def tunnel_address(self, path: str) -> IPv4Address:
        """The gateway's fixed address at its end of a path's tunnel. KeyError for a path without one."""
        through = self.paths[path].through
        if through is None:
            raise KeyError(path)
        return self.servers[through].openvpn.network[2 + self.paths_through(through).index(path)]
