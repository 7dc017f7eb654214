"""braid-trial.service: watches a new system until there is a verdict, and carries it out."""

from __future__ import annotations

import logging
import time
from ipaddress import IPv4Address

import msgspec

from gateway_init.base import clock
from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.config import Site, load
from gateway_init.config.site import TRIAL_SECONDS
from gateway_init.evidence.evidence import path_states
from gateway_init.evidence.readiness import Verdict as Chain
from gateway_init.evidence.readiness import chain_ready, view
from gateway_init.host import systemd
from gateway_init.host.console import say
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import Observer
from gateway_init.probe import chain as probe
from gateway_init.update import boot_memory
from gateway_init.update import record as update_record
from gateway_init.update.judgement import Expected, Seen, Verdict, judge
from gateway_init.wellknown import number as numbering
from gateway_init.wellknown import slots

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""
DAEMON = "braid.service"


def hold() -> int:
    """Watch until the verdict, and make it known; a system that fails is left by a reboot. The exit code."""
    own = boot_memory.own_slot()
    record = update_record.recall()
    log.info("the system in slot %s is on trial", own)
    verdict = _watch(record)
    if verdict.state == "good":
        # In this order, as in the other case, a power cut in between is told rightly at the next start.
        boot_memory.change(lambda now: slots.proven(now or slots.AS_DELIVERED, own))
        _note(record, "good", "")
        line = f"braid: slot {own} carries traffic as before and stays"
    else:
        _note(record, "rejected", verdict.reason)
        boot_memory.change(lambda now: slots.rejected(now or slots.AS_DELIVERED, own))
        line = f"braid: slot {own} is given up ({verdict.reason}): going back to slot {slots.other(own)}"
    log.info("%s", line.removeprefix("braid: "))
    say(line)
    if verdict.state == "bad":
        run(["systemctl", "--no-block", "reboot"])
    return 0


def _note(record: update_record.Update | None, state: update_record.State, reason: str) -> None:
    if record is None:
        return
    if failure := update_record.note(msgspec.structs.replace(record, state=state, reason=reason)):
        log.warning("%s", failure)


def _watch(record: update_record.Update | None) -> Verdict:
    site: Site | None = None
    asked = 0
    while True:
        daemon = systemd.units([DAEMON])[DAEMON]
        running = daemon.active == "active"
        if running and site is None:
            site = _site()
        seen = Seen(seconds=clock.uptime(), running=running, restarts=daemon.restarts)
        if running and site is not None:
            resolvers = site.lan.resolvers
            seen = _look(site, seen, resolvers[asked % len(resolvers)])
            asked += 1
        verdict = judge(_expected(record, site), seen, site.policy.trial_seconds if site else TRIAL_SECONDS)
        if verdict.state != "wait":
            return verdict
        time.sleep(PAUSE)


def _expected(record: update_record.Update | None, site: Site | None) -> Expected:
    """Where nothing is known of the old system, that the LAN is served."""
    if record is None:
        return Expected((), served=True)
    return Expected(tuple(name for name in record.paths if site is None or name in site.paths), record.served)


def _site() -> Site | None:
    """The config in force; None while it is not right, which the daemon tells."""
    try:
        return load(numbering.CONFIG)
    except Mistake:
        return None


def _look(site: Site, seen: Seen, resolver: IPv4Address) -> Seen:
    kernel = Kernel()
    try:
        facts = Observer(kernel).look(seen.seconds)
    finally:
        kernel.close()
    answered = chain_ready(site, facts) and not probe.ask(resolver)
    return msgspec.structs.replace(
        seen,
        up=tuple(name for name, state in path_states(site, facts).items() if state.up),
        waits=view(site, facts, Chain(answered=answered)).waits,
        answered=answered,
    )
