"""Facts for stories about the example site: a line that is up, a tunnel that stands, a service that runs."""

from __future__ import annotations

from ipaddress import IPv4Address

from gateway_init.config.allotted import allot
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import Inbound, Queue
from gateway_init.wellknown import tunnel, unit
from tests.frozen import HOME

EXAMPLE = HOME.config
SITE = HOME.load()
PORTS = (Link(2, "enp1s0"), Link(3, "enp2s0"), Link(4, "enp3s0"))
PPP_ADDRESS = IPv4Address("100.64.0.7")
NUMBERS = allot(SITE)
ANSWERED = Verdict(answered=True, at=20.0)
TUNNELS = tuple(unit.openvpn(name) for name, path in SITE.paths.items() if path.through)
CARRYING = (
    *(unit.shadowsocks(name) for name in SITE.destinations),
    *(unit.redsocks(name) for name in SITE.destinations),
    unit.RESOLVER,
    unit.DNSMASQ,
)
RUNNING = {name: Unit("active", "running") for name in ("braid-pppoe-adsl.service", *TUNNELS, *CARRYING)}


def line_up(
    *,
    link: int = 10,
    address: IPv4Address = PPP_ADDRESS,
    tunnels: tuple[str, ...] = (),
    queues: frozenset[Queue | Inbound] = frozenset(),
) -> Facts:
    """The ADSL session stands on interface `link`, and so do the named tunnels."""
    links = [*PORTS, Link(link, "adsl")]
    addresses = [Address(link, address, 32)]
    for offset, name in enumerate(tunnels):
        links.append(Link(20 + offset, name, mtu=tunnel.MTU))
        addresses.append(Address(20 + offset, SITE.tunnel_address(name), 24))
    return Facts(links=tuple(links), addresses=tuple(addresses), units=RUNNING, queues=queues)


def seen(facts: Facts, verdict: Verdict = ANSWERED) -> Evidence:
    """What is known by these facts, once a request was answered."""
    return assess(SITE, facts, Memory(verdict=verdict), 0.0)


def line_down() -> Facts:
    return Facts(links=PORTS, units=RUNNING)
