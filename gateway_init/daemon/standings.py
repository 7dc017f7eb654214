"""Asks the destinations that stand in for each other whether they answer, each through its own chain."""

from __future__ import annotations

import selectors
from collections.abc import Collection, Mapping

from gateway_init.config.allotted import Allotment
from gateway_init.config.site import Site
from gateway_init.daemon.prober import Prober
from gateway_init.evidence.standing import NEVER, NEW, RETRY, Standing, after, due
from gateway_init.wellknown.number import DESTINATION_RESOLVER


class Standings:
    """By name; empty where no destination has another one in its place."""

    def __init__(self, site: Site, numbers: Allotment) -> None:
        self._main = site.main
        self._probers = {name: Prober() for name in site.weighed}
        self._ports = {name: numbers.resolver_port(name) for name in site.weighed}

    def register(self, selector: selectors.BaseSelector) -> None:
        """Have the selector wake whoever waits when one has answered, or has not."""
        for prober in self._probers.values():
            selector.register(prober.wakeup, selectors.EVENT_READ, prober.ended)

    def hear(self, known: Mapping[str, Standing], *, doubted: bool) -> dict[str, Standing]:
        """What is known with what became of the requests. `doubted`: by no path that is up anything is heard of the
        main one."""
        heard = {name: known.get(name, NEW) for name in self._probers}
        for name, prober in self._probers.items():
            for wrong, at in prober.answers():
                others = max((each.answered for other, each in heard.items() if other != name), default=NEVER)
                heard[name] = after(heard[name], not wrong, at, doubted=doubted and name == self._main, others=others)
        return heard

    def ask(self, known: Mapping[str, Standing], now: float, *, doubted: bool) -> None:
        """Send what requests are due: to all, as soon as one is in doubt."""
        doubted = doubted or any(each.failures and not each.dead for each in known.values())
        for name, prober in self._probers.items():
            if due(known.get(name, NEW), now, doubted=doubted):
                standing = known.get(name, NEW)
                fine = standing.answering is not None and not standing.dead
                prober.start(DESTINATION_RESOLVER, self._ports[name], RETRY, expected=fine)


def changes(site: Site, before: Collection[str], dead: Collection[str]) -> list[str]:
    """What a person is told, when other destinations do not answer than before."""
    told = [f"{name} does not answer" for name in dead if name not in before]
    told += [f"{name} answers again" for name in before if name not in dead]
    if told and site.goal(before) != site.goal(dead):
        told[-1] += f": new connections go to {site.goal(dead)}"
    return told
