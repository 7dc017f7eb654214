"""What the status is made of beside the facts and what was concluded from them: one who answers reads it anew."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from gateway_init.config.site import Site
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Facts
from gateway_init.facts.probed import Probed
from gateway_init.host import connections, nftables
from gateway_init.report.status import Status, System, compose
from gateway_init.report.status_table import text
from gateway_init.store import state
from gateway_init.store.copies import Places
from gateway_init.update import boot_memory, record, release
from gateway_init.wellknown import place

NOTHING: Mapping[str, Probed] = {}
JSON, TABLE = "json", "table"
"""The forms of a status: for programs, and for people."""


def read(
    site: Site,
    facts: Facts,
    evidence: Evidence,
    memory: Memory,
    now: float,
    probed: Mapping[str, Probed] = NOTHING,
) -> Status:
    """The status; `now` is in seconds since boot. What was `probed` only the daemon knows."""
    ends = {name: (each.address, each.shadowsocks.port) for name, each in site.destinations.items()}
    return compose(
        site,
        facts,
        evidence,
        memory,
        system=_system(),
        flows=connections.subflows(*ends.values()),
        connections={name: connections.connections(end) for name, end in ends.items()},
        routers=nftables.routers(),
        crowded=nftables.crowded(),
        full=nftables.full(),
        config=state.read(Places()),
        probed=probed,
        now=now,
    )


def told(status: Status, form: str) -> str:
    """In one of the two forms."""
    return msgspec.json.format(msgspec.json.encode(status)).decode() if form == JSON else text(status)


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
