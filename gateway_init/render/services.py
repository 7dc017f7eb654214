"""The units of a site: what each reads, what may see its secrets, and a digest that says when to start it anew."""

from __future__ import annotations

from gateway_init.base.digest import digest
from gateway_init.config import secret
from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.wellknown import place, proxy, tunnel, unit
from gateway_init.wellknown.unit import SecretReader, ServiceFiles, rendered

TEMPLATES = "render/templates"


def services(site: Site, read_secret: SecretReader, numbers: Allotment) -> dict[str, ServiceFiles]:
    """Every unit of a site, by name, in the order in which they are started."""
    made = [service for kind, line in site.lines for service in kind.units(line, read_secret)]
    made += [_openvpn(site, name, read_secret, numbers) for name, path in site.paths.items() if path.through]
    made.append(_shadowsocks(site, read_secret))
    made += [
        rendered(name, f"{TEMPLATES}/{template}", {"site": site})
        for name, template in (
            (unit.REDSOCKS, "redsocks"),
            (unit.RESOLVER, "unbound"),
            (unit.DNSMASQ, "dnsmasq"),
        )
    ]
    return {service.name: service for service in made}


def _openvpn(site: Site, path: str, read_secret: SecretReader, numbers: Allotment) -> ServiceFiles:
    through = site.paths[path].through
    assert through is not None
    identity = (secret.path_key(path), secret.path_certificate(path), secret.path_wrapping(path))
    variables = {
        "name": path,
        "server": site.servers[through],
        "address": site.tunnel_address(path),
        "mark": numbers.mark(site.paths[path].uplink),
        "key": place.SECRETS / identity[0],
        "certificate": place.SECRETS / identity[1],
        "wrapping": place.SECRETS / identity[2],
        "identity": digest(*(read_secret(name) for name in identity)),
        "peer_fingerprint": tunnel.fingerprint(read_secret(secret.server_certificate(through))),
        "tunnel": tunnel,
    }
    return rendered(unit.openvpn(path), f"{TEMPLATES}/openvpn", variables)


def _shadowsocks(site: Site, read_secret: SecretReader) -> ServiceFiles:
    variables = {
        "destination": site.destination,
        "key": read_secret(secret.shadowsocks_key(site.policy.destination)).strip(),
        "proxy": proxy,
    }
    return rendered(unit.SHADOWSOCKS, f"{TEMPLATES}/shadowsocks", variables)
