"""By what each program of the chain is known to do what it is there for."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.daemon.checker import Checker
from gateway_init.daemon.usage import Spell
from gateway_init.host import systemd
from gateway_init.probe import programs
from gateway_init.wellknown import number, unit


def checker(site: Site, numbers: Allotment, asks: Spell) -> Checker:
    """Who looks after the programs of a site. `asks`: while the LAN asks for anything."""
    lan, own = str(site.lan.address.ip), f"{site.site}.{site.lan.domain}"
    checks: dict[str, Callable[[], bool]] = {}
    for name in site.destinations:
        checks[unit.shadowsocks(name)] = partial(programs.greets, numbers.socks_port(name))
        checks[unit.redsocks(name)] = partial(programs.accepts, numbers.redirect_port(name))
    checks |= {
        # Names that are known here: nobody else is asked for them.
        unit.RESOLVER: lambda: programs.answers("127.0.0.1", number.RESOLVER_PORT, "localhost"),
        unit.DNSMASQ: lambda: programs.answers(lan, number.DNS_PORT, own),
    }
    return Checker(checks, systemd.usage, asks)
