"""What is to be watched, and by what means: the paths that are there, and what their probes need."""

from __future__ import annotations

from ipaddress import IPv4Address

from gateway_init.config import secret
from gateway_init.config.budgets import charged, limited
from gateway_init.config.site import FIRST, Site
from gateway_init.daemon.watched import Way
from gateway_init.daemon.watcher import Watcher
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.memory import Memory
from gateway_init.host import connections, counters, fallbacks
from gateway_init.probe.path import Probes
from gateway_init.wellknown import number, place


def ways(site: Site, evidence: Evidence) -> dict[str, Way]:
    """The paths that have an address, whether anything comes back over them or not."""
    return {
        name: Way(state.address, metered(site, name), FIRST.index(site.used(name)))
        for name, state in evidence.paths.items()
        if state.address is not None
    }


def metered(site: Site, path: str) -> bool:
    """Whether its bytes are counted against a budget, or cost enough to leave its line at rest.

    >>> from tests.unit.gateway.given import SITE
    >>> [name for name in SITE.paths if metered(SITE, name)]
    ['phone']
    """
    return site.used(path) == "on-demand" or not limited(site).keys().isdisjoint(charged(site, path))


def judge(site: Site) -> str:
    """Who answers for all paths: of what one reflector showed, another one shows nothing."""
    return f"{site.destination.address}:{site.destination.reflector.port}"


def watcher(site: Site, memory: Memory) -> Watcher:
    """One for a site, which begins with what its predecessor knew."""
    key = (place.SECRETS / secret.reflector_key(site.main)).read_bytes().strip()
    reflector = str(site.destination.address), site.destination.reflector.port
    # A path that carries to whichever destination is alive.
    proxies = [(each.address, each.shadowsocks.port) for each in site.destinations.values()]

    known = memory if memory.judge == judge(site) else Memory()

    def probes(address: IPv4Address) -> Probes:
        return Probes(key, address, reflector)

    return Watcher(
        site.policy.health,
        probes,
        # What devices of the LAN tell each other comes in there, too.
        lambda: counters.sent(number.BRIDGE),
        lambda: connections.subflows(*proxies),
        known.silent,
        known.opener,
        fallbacks.seen,
        known.caller,
    )
