"""`braid routes`: what goes where, and where connections to a host would go."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address
from pathlib import Path

import msgspec

from gateway_init.base.mistake import Mistake
from gateway_init.command.asking import ask
from gateway_init.config.load import load
from gateway_init.host import nftables
from gateway_init.report.routes import Told, explain, explained_text, routes_text
from gateway_init.report.status import Status
from gateway_init.wellknown.number import NFT_ROUTES


def show(config: Path, *, as_json: bool) -> None:
    """Print the routes, first to last. Raises Mistake."""
    site = load(config)
    plain = [*site.routes, {"to": site.preferred}]
    print(msgspec.json.format(msgspec.json.encode(plain, enc_hook=str)).decode() if as_json else routes_text(site))


def tell(config: Path, host: str, *, as_json: bool) -> None:
    """Print where connections to a host go. Raises Mistake where it has no address."""
    site = load(config)
    name = host.rstrip(".").lower()
    # By the daemon's word; nothing is dead, and no path up, where there is none.
    now = msgspec.json.decode(status, type=Status) if (status := ask("json")) else None
    told = Told(
        host=name,
        addresses=explain(site, name, _addresses(name), nftables.elements(NFT_ROUTES), now.dead if now else ()),
        paths=tuple(path.name for path in now.paths if path.up) if now else (),
    )
    print(msgspec.json.format(msgspec.json.encode(told, enc_hook=str)).decode() if as_json else explained_text(told))


def _addresses(host: str) -> list[IPv4Address]:
    """By the box's own resolver, as a device of the LAN would be told."""
    try:
        found = socket.getaddrinfo(host, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Mistake(
            f"{host}: no address is known for it", hint="give a name such as www.debian.org, or an address"
        ) from None
    return [IPv4Address(where[0]) for *_, where in found]
