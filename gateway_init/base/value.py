"""Types of values that a config is made of, each with a pattern and with words for a person."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from msgspec import Meta

NAME = "[a-z](?:[a-z0-9-]{0,13}[a-z0-9])?"
"""A site's is a host name, too, and those end in no hyphen (RFC 1123, 2.1)."""

Name: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{NAME}$",
        description="1 to 15 of a-z, 0-9 and '-', a letter first, no '-' last (it also names a network interface)",
    ),
]
Interface: TypeAlias = Annotated[
    str, Meta(pattern=r"^[a-z][a-z0-9]{1,14}$", description="a network interface, such as enp1s0")
]
Port: TypeAlias = Annotated[int, Meta(ge=1, le=65535, description="1 to 65535")]
LABEL = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""A label of a host name (RFC 1123, 2.1)."""
Domain: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^(?=.{{1,62}}$){LABEL}(\.{LABEL})*$",
        description="a DNS domain of at most 62 of a-z, 0-9, '-' and '.', such as home.arpa",
    ),
]
HostName: TypeAlias = Annotated[
    str, Meta(pattern=f"^{LABEL}$", description="a host's name of 1 to 63 of a-z, 0-9 and '-', such as printer")
]
MAC = "[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}"
"""An even first byte: an odd one is a group's (IEEE 802)."""
Mac: TypeAlias = Annotated[
    str,
    Meta(
        pattern=f"^{MAC}$",
        description="a device's hardware address in quotes, such as '00:0d:b9:12:34:56'",
    ),
]
Via: TypeAlias = Annotated[
    str, Meta(pattern=f"^uplink {NAME}$", description="`uplink` and the name of one, such as `uplink adsl`")
]
Client: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^({LABEL}|{MAC}|([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})$",
        description="a device's name, a hardware address in quotes, or an address",
    ),
]
Host: TypeAlias = Annotated[
    str,
    Meta(
        pattern=rf"^({LABEL}|([0-9]{{1,3}}\.){{3}}[0-9]{{1,3}})$",
        description="a name of `lan.hosts`, or an address of the LAN",
    ),
]
Lease: TypeAlias = Annotated[
    str,
    # Below the 2^32 seconds that DHCP can tell (RFC 2132, 9.2).
    Meta(pattern=r"^[1-9]([0-9]{0,5}m|[0-9]{0,4}h|[0-9]{0,3}d)$", description="such as 30m, 12h or 7d"),
]
SshKey: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r"^(ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/=]+( [^\x00-\x1f\x7f]*)?$",
        description="a public key as in ~/.ssh/id_ed25519.pub",
    ),
]
PasswordHash: TypeAlias = Annotated[
    str,
    Meta(pattern=r"^(|\$[0-9a-z]+\$[^:\s\x00-\x1f\x7f]+)$", description="as `mkpasswd` prints it, such as $y$j9T$..."),
]
User: TypeAlias = Annotated[
    str,
    Meta(
        pattern=r'^[^\s"\\\x00-\x1f\x7f]{1,128}$',
        description="1 to 128 characters without spaces, quotes and backslashes",
    ),
]
