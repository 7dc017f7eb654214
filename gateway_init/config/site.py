"""The types of gateway.yaml. Docstrings and field comments become docs/config.md and the JSON Schema."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

NAME = "[a-z][a-z0-9-]{0,14}"

Name: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{NAME}$",
        description="1 to 15 of a-z, 0-9 and '-', a letter first (it also names a network interface)",
    ),
]
Interface: TypeAlias = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]{1,14}$", description="a network interface, such as enp1s0")
]
Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535, description="1 to 65535")]
Domain: TypeAlias = Annotated[
    str, Meta(pattern=r"^[a-z0-9]([a-z0-9.-]{0,60}[a-z0-9])?$", description="a DNS domain, such as home.arpa")
]
Lease: TypeAlias = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,5}[mhd]$", description="such as 30m, 12h or 7d")]
SshKey: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\n]*)?$",
        description="a public key as in ~/.ssh/id_ed25519.pub",
    ),
]
PasswordHash: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^(|\$[0-9a-z]+\$[^:\s]+)$", description="as `mkpasswd` prints it, such as $y$j9T$..."),
]
User: TypeAlias = Annotated[
    str,
    Meta(pattern=r'^[^\s"\\]{1,128}$', description="1 to 128 characters without spaces, quotes and backslashes"),
]


TRIAL_SECONDS = 300


class Dhcp(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The range of addresses that the LAN's devices get."""

    first: IPv4Address
    """First address handed out."""
    last: IPv4Address
    """Last address handed out."""
    lease: Lease = "12h"
    """How long an address is lent: minutes (m), hours (h) or days (d)."""


class Lan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The home's own network: a bridge over the gateway's LAN ports."""

    ports: tuple[Interface, ...]
    """Interfaces joined into the bridge."""
    address: IPv4Interface
    """The gateway's own address with the prefix length."""
    dhcp: Dhcp
    """Addresses for the LAN's devices."""
    domain: Domain = "home.arpa"
    """Domain of the LAN's names (home.arpa is set aside for homes by RFC 8375)."""
    resolvers: tuple[IPv4Address, ...]
    """DNS servers asked for all other names; reached by TCP through the bonded connection."""
    ssh_keys: tuple[SshKey, ...] = ()
    """Who may log in as root by SSH, from the LAN only. Besides these, the site's own key can bring updates."""


class Pppoe(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="pppoe"):
    """An ADSL or VDSL line behind a modem in bridge mode; the gateway dials (RFC 2516)."""

    device: Interface
    """The interface that the modem is plugged into."""
    user: User
    """User name at the provider; the password is in the secrets folder."""


Uplink: TypeAlias = Pppoe

ANY_KIND = ("pppoe", "tether", "dhcp", "static", "wifi", "modem")
"""Kinds that the design knows; those without a type above are refused by name."""


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

    def paths_through(self, server: str) -> list[str]:
        """Names of the paths that ride on a server's tunnel, in the order of the file."""
        return [name for name, path in self.paths.items() if path.through == server]

    def tunnel_address(self, path: str) -> IPv4Address:
        """The gateway's fixed address at its end of a path's tunnel. KeyError for a path without one."""
        through = self.paths[path].through
        if through is None:
            raise KeyError(path)
        return self.servers[through].openvpn.network[2 + self.paths_through(through).index(path)]
