"""Names of the units that gateway_init renders."""

from __future__ import annotations

from gateway_init.config import Site

REDSOCKS = "braid-redsocks.service"
SHADOWSOCKS = "braid-shadowsocks.service"
RESOLVER = "braid-resolver.service"
DNSMASQ = "braid-dnsmasq.service"


def pppoe(uplink: str) -> str:
    return f"braid-pppoe-{uplink}.service"


def openvpn(path: str) -> str:
    return f"braid-openvpn-{path}.service"


def every(site: Site) -> list[str]:
    """All units of a site, in the order in which they are started."""
    return [
        *(pppoe(name) for name in site.uplinks),
        *(openvpn(name) for name, path in site.paths.items() if path.through is not None),
        SHADOWSOCKS,
        REDSOCKS,
        RESOLVER,
        DNSMASQ,
    ]


def carrying() -> tuple[str, ...]:
    """The units without which no connection of the LAN gets anywhere, whatever path is up."""
    return SHADOWSOCKS, REDSOCKS, RESOLVER, DNSMASQ
