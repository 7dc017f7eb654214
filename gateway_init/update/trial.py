"""braid-trial.service: watches a new system until there is a verdict, and carries it out."""

from __future__ import annotations

import logging
import time
from ipaddress import IPv4Address

import msgspec

from gateway_init.base.clock import uptime
from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.config.budgets import limited
from gateway_init.config.load import load
from gateway_init.config.policy import TRIAL_SECONDS
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory, recall
from gateway_init.facts.facts import Facts
from gateway_init.host.console import say
from gateway_init.host.observer import look_once
from gateway_init.probe import chain
from gateway_init.update import boot_memory, record
from gateway_init.update.judgement import Expected, Judgement, Seen, judge
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.unit import DAEMON

log = logging.getLogger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""


def hold() -> int:
    """Watch until the verdict, and make it known; a system that fails is left by a reboot. The exit code."""
    own = boot_memory.own_slot()
    begun = record.recall()
    log.info("the system in slot %s is on trial", own)
    judgement = _watch(begun)
    if judgement.state == "good":
        # In this order, as in the other case, a power cut in between is told rightly at the next start.
        boot_memory.change(lambda now: slots.proven(now or slots.AS_DELIVERED, own))
        _note(begun, "good", judgement)
        without = f" (not back: {', '.join(judgement.missing)})" if judgement.missing else ""
        line = f"braid: slot {own} carries traffic as before and stays{without}"
    else:
        _note(begun, "rejected", judgement)
        boot_memory.change(lambda now: slots.rejected(now or slots.AS_DELIVERED, own))
        line = f"braid: slot {own} is given up ({judgement.reason}): going back to slot {slots.other(own)}"
    log.info("%s", line.removeprefix("braid: "))
    say(line)
    if judgement.state == "bad":
        run(["systemctl", "--no-block", "reboot"])
    return 0


def _note(begun: record.Update | None, state: record.State, judgement: Judgement) -> None:
    if begun is None:
        return
    after = msgspec.structs.replace(begun, state=state, reason=judgement.reason, missing=judgement.missing)
    if failure := record.note(after):
        log.warning("%s", failure)


def _watch(begun: record.Update | None) -> Judgement:
    site: Site | None = None
    asked = 0
    while True:
        facts, seconds = look_once([DAEMON], counting=site is not None and bool(limited(site))), uptime()
        daemon = facts.units[DAEMON]
        running = daemon.active == "active"
        if running and site is None:
            site = _site()
        seen = Seen(seconds=seconds, running=running, restarts=daemon.restarts)
        if running and site is not None:
            resolvers = site.lan.resolvers
            seen = look(site, facts, seen, resolvers[asked % len(resolvers)])
            asked += 1
        judgement = judge(expected(begun, site), seen, site.policy.trial_seconds if site else TRIAL_SECONDS)
        if judgement.state != "wait":
            return judgement
        time.sleep(PAUSE)


def expected(begun: record.Update | None, site: Site | None) -> Expected:
    """Where nothing is known of the old system, that the LAN is served."""
    if begun is None:
        return Expected({}, served=True)
    lines: dict[str, tuple[str, ...]] = {}
    for name in begun.paths:
        if site is None:
            lines[name] = (name,)
        elif name in site.paths and site.used(name) != "on-demand":
            uplink = site.paths[name].uplink
            lines[uplink] = (*lines.get(uplink, ()), name)
    return Expected(lines, begun.served)


def _site() -> Site | None:
    """The config in force; None while it is not right, which the daemon tells."""
    try:
        return load(place.CONFIG)
    except Mistake:
        return None


def look(site: Site, facts: Facts, seen: Seen, resolver: IPv4Address) -> Seen:
    """What was seen, with what the paths do, and a request of our own; the daemon knows which lines it took in."""
    evidence = assess(site, facts, Memory(demand=recall(place.STATE).demand), uptime())
    answered = evidence.chain_ready and not chain.ask(resolver)
    return msgspec.structs.replace(
        seen, up=evidence.up, waits=() if answered else evidence.view.waits, answered=answered
    )
