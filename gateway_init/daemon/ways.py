"""What is to be watched: the paths that are there."""

from __future__ import annotations

from collections import Counter

from gateway_init.config.budgets import charged, limited
from gateway_init.config.site import FIRST, Site
from gateway_init.daemon.watched import Way
from gateway_init.evidence.evidence import Evidence


def ways(site: Site, evidence: Evidence) -> dict[str, Way]:
    """The paths that have an address, whether anything comes back over them or not."""
    count = Counter(path.uplink for path in site.paths.values())
    return {
        name: Way(
            state.address,
            metered(site, name),
            FIRST.index(site.used(name)),
            line := site.paths[name].uplink,
            lone=count[line] == 1,
        )
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
