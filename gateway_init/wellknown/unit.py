"""The units that gateway_init renders: their names, and what there is to write of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.wellknown import number, place

RESOLVER = "braid-resolver.service"
DNSMASQ = "braid-dnsmasq.service"

DAEMON = "braid.service"
"""Our own; it comes with the image."""

SecretReader: TypeAlias = Callable[[str], str]
"""From a secret file's name (gateway_init.config.secret) to its text."""


def openvpn(path: str) -> str:
    return f"braid-openvpn-{path}.service"


def shadowsocks(destination: str) -> str:
    """A destination's client."""
    return f"braid-shadowsocks-{destination}.service"


def redsocks(destination: str) -> str:
    """Hands a destination's client what was redirected."""
    return f"braid-redsocks-{destination}.service"


def carrying(destination: str) -> tuple[str, ...]:
    """The units without which no connection of the LAN gets to a destination, whatever path is up."""
    return shadowsocks(destination), redsocks(destination), RESOLVER, DNSMASQ


def modem(uplink: str, page: int) -> str:
    """Sees the LAN's browsers to a port of the page of an uplink's modem."""
    return f"braid-modem-{uplink}-{page}.service"


class ServiceFiles(Struct, frozen=True):
    """One unit, ready to be written and started."""

    name: str
    unit: str
    """Text of the unit file."""
    config: str
    """Text of the program's own configuration; may hold secrets, so it is written 0600."""
    digest: str
    """Of both texts: it says when to start it anew."""

    @property
    def config_path(self) -> Path:
        return _config(self.name)

    @property
    def unit_path(self) -> Path:
        return place.UNITS / self.name


def rendered(name: str, template: str, variables: Mapping[str, Any], *, configured: bool = True) -> ServiceFiles:
    """A unit from TEMPLATE.service.j2 and its program's configuration from TEMPLATE.conf.j2, below gateway_init.

    `configured`: whether the program has a configuration; else that file is empty.
    """
    # Left alone by a daemon whose image comes with its config prepared (gateway_init/store/prerendered.py).
    from gateway_init.base.template import render

    given = {"number": number, "place": place, "config_path": _config(name), "unit_name": name, **variables}
    unit = render(f"{template}.service.j2", given)
    config = render(f"{template}.conf.j2", given) if configured else ""
    return ServiceFiles(name, unit, config, digest(unit, config))


def _config(name: str) -> Path:
    return place.RUN / Path(name).with_suffix(".conf")
