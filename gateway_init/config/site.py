"""The types of gateway.yaml. Docstrings and field comments become docs/config.md and the JSON Schema."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union

from msgspec import Meta, Struct

from gateway_init.base.value import Domain, HostName, Interface, Lease, Mac, Name, PasswordHash, Port, SshKey
from gateway_init.uplink import kinds
from gateway_init.uplink.kind import Kind, Line

TRIAL_SECONDS = 300


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
    Uplink: TypeAlias = Struct
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


class Destination(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="role", tag="destination"):
    """A server where bonded connections end; also an OpenVPN server, so that it can be its own jumpbox."""

    address: IPv4Address
    """Public address."""
    openvpn: OpenVpn
    """Its tunnel."""
    shadowsocks: Shadowsocks = Shadowsocks()
    """Its proxy."""


class Jumpbox(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="role", tag="jumpbox"):
    """A server that only forwards: one more route across the Internet to the same destination."""

    address: IPv4Address
    """Public address."""
    openvpn: OpenVpn
    """Its tunnel."""


Server: TypeAlias = Destination | Jumpbox


class Path(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to the destination: an uplink, and optionally the server whose tunnel it goes through."""

    uplink: Name
    """Name of an uplink."""
    through: Name | None = None
    """Name of a server; without it the path goes straight to the destination."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes where."""

    destination: Name
    """The destination that carries the LAN's TCP connections."""
    trial_seconds: Annotated[int, Meta(ge=60, le=3600, description="60 to 3600")] = TRIAL_SECONDS
    """Seconds that a new system has, after an update, to carry traffic as the old one did; else the old one is back."""


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
    """The ways to the destination, by name; every one that is up carries a subflow of every connection."""
    policy: Policy
    """What goes where."""

    @property
    def destination(self) -> Destination:
        """The destination in use. Loading has checked that it is one."""
        server = self.servers[self.policy.destination]
        assert isinstance(server, Destination)
        return server

    def line(self, uplink: str) -> tuple[Kind[Any], Line[Any]]:
        """An uplink with the kind that knows about it."""
        return kinds.of(self.uplinks[uplink]), Line(uplink, self.uplinks[uplink])

    @property
    def lines(self) -> tuple[tuple[Kind[Any], Line[Any]], ...]:
        """All of them, in the order of the file."""
        return tuple(self.line(name) for name in self.uplinks)

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
