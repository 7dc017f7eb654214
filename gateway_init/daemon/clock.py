"""braid-clock.service: sets the clock by what servers say through the chain, and keeps it over power cuts."""

from __future__ import annotations

import logging
import signal
import time
from datetime import UTC, datetime

from gateway_init.config.allotted import allot
from gateway_init.config.load import load
from gateway_init.config.site import Site
from gateway_init.evidence.clock import begin, decide, to_set
from gateway_init.host import clock
from gateway_init.probe import clock as servers
from gateway_init.store.numbers import recall
from gateway_init.wellknown import place

log = logging.getLogger(__name__)

REPEAT = 1800.0
"""Seconds between two looks at the time, and two writes to the data partition."""
RETRY = 20.0
"""Seconds between two looks while the time is not known: the lines may still be dialled."""


def hold() -> int:
    """Runs until systemd ends it, and keeps the time then; the exit code."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    tls = servers.context()
    site = load(place.CONFIG)
    wanted = site.lan.clocks
    built = clock.built()
    if (start := begin(time.time(), built, clock.kept())) is not None:
        _set(start, "as it was when it was last right, or the system was built")
    known, said = False, ""
    while True:
        word = decide(servers.ask(wanted, tls, _way(site)), len(wanted), time.time(), built)
        if (right := to_set(word, time.time())) is not None:
            _set(right, "by most of the servers in lan.clocks")
        if word.reason and word.reason != said:
            log.info("the time is not known: %s", word.reason)
        said = word.reason
        if not known and not word.reason:
            clock.known()
            known = True
        if known:
            _keep()
        if signal.sigtimedwait({signal.SIGTERM}, RETRY if word.reason else REPEAT):
            if known:
                _keep()
            return 0


def _way(site: Site) -> servers.Way:
    """By the main destination, whose number the daemon may have given anew."""
    return servers.Way(("127.0.0.1", allot(site, recall(place.ALLOTTED)).socks_port(site.main)))


def _set(seconds: float, why: str) -> None:
    before = time.time()
    clock.set_to(seconds)
    log.info("the clock was %s, and is set %+.1f s, %s", _text(before), seconds - before, why)


def _keep() -> None:
    if failure := clock.keep(time.time()):
        log.warning("the time is not kept: %s", failure)


def _text(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(" ", "seconds")
