"""`braid status`: reads what the status is made of; from the kernel, not from the daemon, which may not run."""

from __future__ import annotations

from gateway_init.base.clock import uptime
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import recall
from gateway_init.host import connections
from gateway_init.host.observer import look_once
from gateway_init.report.status import Status, System, compose
from gateway_init.store import state
from gateway_init.store.copies import Places
from gateway_init.update import boot_memory, record, release
from gateway_init.wellknown import place


def read(site: Site) -> Status:
    """The status now."""
    now, facts, memory = uptime(), look_once(), recall(place.STATE)
    end = (site.destination.address, site.destination.shadowsocks.port)
    return compose(
        site,
        facts,
        assess(site, facts, memory),
        memory,
        system=_system(),
        flows=connections.subflows(*end),
        connections=connections.connections(*end),
        config=state.read(Places()),
        now=now,
    )


def _system() -> System:
    return System(
        slot=boot_memory.own_slot(),
        on_trial=boot_memory.started_on_trial() and _unproven(),
        version=release.version(),
        data=place.DATA_NOTE.read_text().strip() if place.DATA_NOTE.exists() else "",
        update=record.recall(),
    )


def _unproven() -> bool:
    memory, own = boot_memory.read(), boot_memory.own_slot()
    return memory is not None and bool(own) and not memory[own].proven
