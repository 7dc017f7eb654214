"""The units of a site: what each reads, what may see its secrets, and a digest that says when to start it anew."""

from __future__ import annotations

from gateway_init.base.digest import digest
from gateway_init.config import secret
from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.render import names
from gateway_init.uplink.kind import Modem
from gateway_init.wellknown import number, place, proxy, tunnel, unit
from gateway_init.wellknown.doh import CANARIES
from gateway_init.wellknown.unit import SecretReader, ServiceFiles, rendered

TEMPLATES = "render/templates"


def services(site: Site, read_secret: SecretReader, numbers: Allotment) -> dict[str, ServiceFiles]:
    """Every unit of a site, by name, in the order in which they are started."""
    made = [service for kind, line in site.lines for service in kind.units(line, read_secret)]
    made += [_openvpn(site, name, read_secret, numbers) for name, path in site.paths.items() if path.through]
    made += [
        _modem(modem, line.name, page, numbers)
        for kind, line in site.lines
        if (modem := kind.modem(line))
        for page in number.MODEM_PAGES
    ]
    made += [_shadowsocks(site, name, read_secret, numbers) for name in site.destinations]
    made += [_redsocks(name, numbers) for name in site.destinations]
    zones = {"site": site, "zones": list(names.zones(site)), "control": place.RESOLVER_CONTROL}
    made.append(rendered(unit.RESOLVER, f"{TEMPLATES}/unbound", zones))
    canaries = CANARIES if site.policy.dns.doh == "refuse" else ()
    told = {"site": site, "filled": list(names.filled(site)), "canaries": canaries, "leases": place.LEASES}
    made.append(rendered(unit.DNSMASQ, f"{TEMPLATES}/dnsmasq", told))
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


def _modem(modem: Modem, uplink: str, page: int, numbers: Allotment) -> ServiceFiles:
    variables = {"name": uplink, "modem": modem, "page": page, "port": numbers.modem_port(uplink, page)}
    return rendered(unit.modem(uplink, page), f"{TEMPLATES}/modem", variables, configured=False)


def _shadowsocks(site: Site, name: str, read_secret: SecretReader, numbers: Allotment) -> ServiceFiles:
    variables = {
        "name": name,
        "destination": site.destinations[name],
        "port": numbers.socks_port(name),
        "key": read_secret(secret.shadowsocks_key(name)).strip(),
        "proxy": proxy,
    }
    return rendered(unit.shadowsocks(name), f"{TEMPLATES}/shadowsocks", variables)


def _redsocks(name: str, numbers: Allotment) -> ServiceFiles:
    variables = {"name": name, "port": numbers.redirect_port(name), "socks": numbers.socks_port(name)}
    return rendered(unit.redsocks(name), f"{TEMPLATES}/redsocks", variables)
