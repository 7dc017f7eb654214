"""Whoever watches the paths, one for each destination: a path may lead to one of them, and not to the other."""

from __future__ import annotations

import selectors
from collections.abc import Collection, Mapping
from ipaddress import IPv4Address
from itertools import chain

from msgspec import structs

from gateway_init.base.clock import uptime
from gateway_init.config import secret
from gateway_init.config.health import Health
from gateway_init.config.site import Site
from gateway_init.daemon.lateness import by_line
from gateway_init.daemon.usage import Spell
from gateway_init.daemon.watched import Way
from gateway_init.daemon.watcher import Watcher
from gateway_init.evidence.memory import Memory
from gateway_init.facts.probed import Probed
from gateway_init.host import connections, fallbacks
from gateway_init.probe.path import Probes
from gateway_init.wellknown import place

SELDOM, METERED_SELDOM = 4, 24
"""Times as seldom as the main destination, all others together are asked over a path at rest, and over a metered one:
the limits of 5 MB a day and of 10 MB a month leave no more (docs/health.md)."""


class Watchers:
    """The main destination's says which paths are left, for all: an endpoint of Multipath TCP is of no destination
    alone. By which path connections open to a destination, and by which its calls go, says its own."""

    def __init__(self, site: Site, memory: Memory, busy: Spell) -> None:
        """`busy`: while the LAN uses the Internet."""
        self._main = site.main
        self._judges = {name: _judge(site, name) for name in site.destinations}
        known = {name for name, judge in self._judges.items() if memory.judges.get(name) == judge}
        self._watchers = {
            name: _watcher(site, name, memory if name in known else Memory(), busy) for name in self._judges
        }

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake whoever waits when there is news of a path."""
        for each in self._watchers.values():
            selector.register(each.wakeup, selectors.EVENT_READ, each.ended)

    def start(self) -> None:
        for each in self._watchers.values():
            each.start()

    @property
    def alive(self) -> bool:
        """Whether all of them watch."""
        return all(each.alive for each in self._watchers.values())

    def watch(self, ways: Mapping[str, Way]) -> None:
        """Those paths, and no others."""
        for each in self._watchers.values():
            each.watch(ways)

    def anew(self) -> Collection[IPv4Address]:
        """The gateway's ends of the paths over which connections are to join anew; each is told once. Where another
        destination was silent, those to the main one have nothing to do with it."""
        told = {name: each.anew() for name, each in self._watchers.items()}
        return told[self._main]

    @property
    def deserted(self) -> int:
        """How often connections to a destination opened by another path because the one of before had come into
        doubt."""
        return sum(each.opening.deserted for each in self._watchers.values())

    def known(self) -> dict[str, object]:
        """What is to be remembered, by the names of Memory's parts."""
        main = self._watchers[self._main]
        return {
            "judges": self._judges,
            "silent": main.silent(),
            "dead": main.dead(),
            "unserved": {name: each.silent() for name, each in self._watchers.items()},
            "openers": {name: each.opener() for name, each in self._watchers.items()},
            "degraded": main.degrading.names(),
            "strained": main.strained(),
            "answered": main.degrading.answered(),
            "late": by_line(chain.from_iterable(each.heard() for each in self._watchers.values()), uptime()),
            "callers": {name: each.calling.path for name, each in self._watchers.items()},
        }

    def unheard(self) -> frozenset[str]:
        """The destinations of which nothing is heard over any path."""
        return frozenset(name for name, each in self._watchers.items() if _unheard(each))

    def seen(self) -> dict[str, dict[str, Probed]]:
        """What the probes of each path have shown, by destination."""
        return {name: each.seen() for name, each in self._watchers.items()}


def _unheard(watcher: Watcher) -> bool:
    """Whether nothing is heard over any of the paths that are watched."""
    without = watcher.dead() | watcher.silent().keys()
    # What each path has shown is worked out from all of its probes: seldom asked.
    return bool(without) and bool(watched := watcher.seen().keys()) and watched <= without


def _judge(site: Site, name: str) -> str:
    """Who answers for all paths: of what one reflector showed, another one shows nothing."""
    there = site.destinations[name]
    return f"{there.address}:{there.reflector.port}"


def _watcher(site: Site, name: str, known: Memory, busy: Spell) -> Watcher:
    """One for a destination, which begins with what its predecessor knew."""
    key = (place.SECRETS / secret.reflector_key(name)).read_bytes().strip()
    there, main = site.destinations[name], name == site.main
    reflector = str(there.address), there.reflector.port
    # By the main one all are judged: over a path that carries to whichever destination is alive, nothing is amiss.
    proxied = site.destinations.values() if main else (there,)
    proxies = [(each.address, each.shadowsocks.port) for each in proxied]
    health = site.policy.health

    def probes(address: IPv4Address) -> Probes:
        return Probes(key, address, reflector)

    return Watcher(
        health,
        probes,
        busy,
        lambda: connections.subflows(*proxies),
        known.unserved.get(name, {}),
        known.openers.get(name, ""),
        fallbacks.seen if main else fallbacks.OfOne(proxies[0]).seen,
        known.callers.get(name, ""),
        degraded=known.degraded if main else {},
        another="" if main else name,
        at_rest=None if main else _at_rest(health, len(site.destinations) - 1),
    )


def _at_rest(health: Health, others: int) -> Health:
    """The limits for one of so many others, while the LAN does not use the Internet."""
    return structs.replace(
        health,
        idle_seconds=health.idle_seconds * SELDOM * others,
        metered_seconds=health.metered_seconds * METERED_SELDOM * others,
    )
