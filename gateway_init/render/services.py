"""The units of a site: what each reads, what may see its secrets, and a digest that says when to start it anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from gateway_init.base.digest import digest
from gateway_init.config import Site, secret
from gateway_init.wellknown import number as numbering
from gateway_init.wellknown import proxy, tunnel
from gateway_init.wellknown import unit as service_name


class ServiceFiles(Struct, frozen=True):
    """One unit, ready to be written and started."""

    name: str
    unit: str
    """Text of the unit file."""
    config: str
    """Text of the program's own configuration; may hold secrets, so it is written 0600."""
    digest: str
    """Of both texts."""

    @property
    def config_path(self) -> Path:
        return numbering.RUN / Path(self.name).with_suffix(".conf")

    @property
    def unit_path(self) -> Path:
        return numbering.UNITS / self.name


SecretReader = Callable[[str], str]
"""From a secret file's name (gateway_init.config.secret) to its text."""


def services(site: Site, read_secret: SecretReader) -> dict[str, ServiceFiles]:
    """Every unit of a site, by name, in the order in which they are started."""
    made = [_pppoe(site, name, read_secret) for name in site.uplinks]
    made += [_openvpn(site, name, read_secret) for name, path in site.paths.items() if path.through]
    made.append(_shadowsocks(site, read_secret))
    made += [
        _service(name, template, {"site": site})
        for name, template in (
            (service_name.REDSOCKS, "redsocks"),
            (service_name.RESOLVER, "unbound"),
            (service_name.DNSMASQ, "dnsmasq"),
        )
    ]
    return {service.name: service for service in made}


def _service(name: str, template: str, variables: Mapping[str, Any]) -> ServiceFiles:
    """Render NAME.service.j2 and NAME.conf.j2 of a program."""
    # Left alone by a daemon whose image comes with its config prepared (gateway_init/store/prerendered.py).
    from gateway_init.base.template import render

    config_path = numbering.RUN / Path(name).with_suffix(".conf")
    given = {"numbering": numbering, "config_path": config_path, "unit_name": name, **variables}
    unit, config = render(f"{template}.service.j2", given), render(f"{template}.conf.j2", given)
    return ServiceFiles(name, unit, config, digest(unit, config))


def _pppoe(site: Site, uplink: str, read_secret: SecretReader) -> ServiceFiles:
    variables = {
        "name": uplink,
        "uplink": site.uplinks[uplink],
        "password": read_secret(secret.uplink_password(uplink)).strip(),
    }
    return _service(service_name.pppoe(uplink), "pppoe", variables)


def _openvpn(site: Site, path: str, read_secret: SecretReader) -> ServiceFiles:
    through = site.paths[path].through
    assert through is not None
    identity = (secret.path_key(path), secret.path_certificate(path))
    variables = {
        "name": path,
        "server": site.servers[through],
        "mark": numbering.mark(site, site.paths[path].uplink),
        "key": numbering.SECRETS / identity[0],
        "certificate": numbering.SECRETS / identity[1],
        "identity": digest(*(read_secret(name) for name in identity)),
        "peer_fingerprint": tunnel.fingerprint(read_secret(secret.server_certificate(through))),
        "tunnel": tunnel,
    }
    return _service(service_name.openvpn(path), "openvpn", variables)


def _shadowsocks(site: Site, read_secret: SecretReader) -> ServiceFiles:
    variables = {
        "destination": site.destination,
        "key": read_secret(secret.shadowsocks_key(site.policy.destination)).strip(),
        "proxy": proxy,
    }
    return _service(service_name.SHADOWSOCKS, "shadowsocks", variables)
