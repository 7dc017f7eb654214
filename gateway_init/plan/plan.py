"""From the config, the facts and what they are evidence of to the complete state that should be: a pure function.

What is reaches the same form by `actual.ours`, so the difference between the two is a difference of sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway_init.config.allotted import Allotment
from gateway_init.config.allowed import unwrapped
from gateway_init.config.budgets import limited
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.facts.facts import Facts
from gateway_init.facts.item import (
    Bridge,
    Firewall,
    Item,
    LanAddress,
    Port,
    Quota,
    Quotas,
    Service,
    SubflowLimit,
    Unmerged,
    Up,
)
from gateway_init.plan import carriers as tunnels
from gateway_init.plan import paths, uplinks
from gateway_init.wellknown import number


def plan(
    site: Site,
    facts: Facts,
    evidence: Evidence,
    numbers: Allotment,
    *,
    firewall: str,
    services: Mapping[str, str],
    carriers: Mapping[str, str] = MappingProxyType({}),
) -> frozenset[Item]:
    """The state that should be. `firewall` is the digest of the ruleset, `services` of each unit's files, by name, and
    `carriers` of what each is made of, by destination."""
    idle = paths.too_early(site, facts, evidence) | uplinks.idle(site, facts, evidence)
    return frozenset(
        {
            Firewall(firewall),
            SubflowLimit(number.MOST_SUBFLOWS),
            *_quotas(site, facts, evidence),
            *_lan(site, facts),
            *(Service(name, digest) for name, digest in services.items() if name not in idle),
            *uplinks.items(site, facts, evidence, numbers),
            *paths.sizes(site, facts, evidence.uplinks),
            *paths.items(site, evidence, numbers),
            *tunnels.items(site, facts, evidence, numbers, carriers),
        }
    )


def _quotas(site: Site, facts: Facts, evidence: Evidence) -> set[Item]:
    quotas = frozenset(Quota(name, each.stamp, each.limit) for name, each in evidence.budgets.items())
    ways = {way for each in limited(site).values() for way in each.ways if facts.link(way)}
    if any(site.uplinks[name].budget for name in unwrapped(site)):
        # What is merged there is forwarded as one packet.
        ways |= {port for port in site.lan.ports if facts.link(port)}
    return {Quotas(quotas), *map(Unmerged, ways)} if quotas else set()


def _lan(site: Site, facts: Facts) -> set[Item]:
    items: set[Item] = {
        Bridge(number.BRIDGE),
        Up(number.BRIDGE),
        LanAddress(site.lan.address.ip, site.lan.address.network.prefixlen),
    }
    for port in {link.name for link in facts.links}.intersection(site.lan.ports):
        items |= {Port(port, number.BRIDGE), Up(port)}
    return items
