"""`braid status`: every uplink and path, the destination, the connections; from the kernel, not from the daemon."""

from __future__ import annotations

from msgspec import Struct, structs

from gateway_init.base import clock
from gateway_init.config import Site
from gateway_init.evidence.evidence import State, path_states, uplink_states
from gateway_init.evidence.memory import Memory, recall
from gateway_init.evidence.readiness import view
from gateway_init.facts.facts import Facts
from gateway_init.host import connections as subflow
from gateway_init.host.connections import Subflow
from gateway_init.host.kernel import Kernel
from gateway_init.host.observer import Observer
from gateway_init.store import state as config_state
from gateway_init.store.copies import Places
from gateway_init.store.state import ConfigState
from gateway_init.update import boot_memory, release
from gateway_init.update import record as update_record
from gateway_init.update.record import Update
from gateway_init.wellknown import number as numbering


class Line(Struct, frozen=True, kw_only=True):
    """One uplink or path."""

    name: str
    up: bool
    reason: str
    """Why it is down; empty when up."""
    device: str
    """Interface; empty when down."""
    address: str
    seconds: float | None
    """Since when it is as it is, in seconds; None where the daemon has not seen it yet."""
    received: int
    """Bytes over its interface, all of its traffic."""
    sent: int
    """Bytes."""


class PathLine(Line, frozen=True, kw_only=True):
    through: str
    """The server whose tunnel it goes through; empty for none."""
    endpoint: int
    """Id of its MPTCP endpoint; 0 for none."""
    subflows: int
    rtt: float | None
    """Mean round-trip time of its subflows in milliseconds; None without any."""


class System(Struct, frozen=True, kw_only=True):
    """Which image runs."""

    slot: str = ""
    """Whose system runs; empty where none does."""
    on_trial: bool = False
    """Whether the system that runs has yet to prove itself."""
    version: str = "unknown"
    data: str = ""
    """What befell the data partition at this start: `mended`, `made anew`, `missing`; empty for nothing."""
    update: Update | None = None
    """The last update, and what became of it."""


class Status(System, frozen=True, kw_only=True):
    """What `braid status --json` prints."""

    site: str
    ready: bool
    waits: tuple[str, ...]
    config: ConfigState
    destination: str
    destination_address: str
    connections: int
    """Live Multipath TCP connections to the destination."""
    uplinks: tuple[Line, ...]
    paths: tuple[PathLine, ...]


def read(site: Site) -> Status:
    """The status now."""
    now = clock.uptime()
    kernel = Kernel()
    try:
        facts = Observer(kernel).look(now)
    finally:
        kernel.close()
    return compose(
        site,
        facts,
        recall(numbering.STATE),
        system=_system(),
        flows=subflow.subflows(site.destination),
        connections=subflow.connections(site.destination),
        config=config_state.read(Places()),
        now=now,
    )


def compose(
    site: Site,
    facts: Facts,
    memory: Memory,
    *,
    system: System,
    flows: list[Subflow],
    connections: int,
    config: ConfigState,
    now: float,
) -> Status:
    """The status from what was read: a pure function. `now` is in seconds since boot."""
    waits = view(site, facts, memory.verdict).waits
    return Status(
        **structs.asdict(system),
        site=site.site,
        ready=not waits,
        waits=waits,
        config=config,
        destination=site.policy.destination,
        destination_address=str(site.destination.address),
        connections=connections,
        uplinks=tuple(_line(name, state, memory, now) for name, state in uplink_states(site, facts).items()),
        paths=tuple(
            PathLine(
                **structs.asdict(_line(name, state, memory, now)),
                through=site.paths[name].through or "",
                endpoint=_endpoint(facts, state),
                subflows=len(mine := [flow for flow in flows if flow.address == state.address]),
                rtt=round(sum(flow.rtt for flow in mine) / len(mine), 1) if mine else None,
            )
            for name, state in path_states(site, facts).items()
        ),
    )


def _system() -> System:
    return System(
        slot=boot_memory.own_slot(),
        on_trial=boot_memory.started_on_trial() and _unproven(),
        version=release.version(),
        data=numbering.DATA_NOTE.read_text().strip() if numbering.DATA_NOTE.exists() else "",
        update=update_record.recall(),
    )


def _unproven() -> bool:
    memory, own = boot_memory.read(), boot_memory.own_slot()
    return memory is not None and bool(own) and not memory[own].proven


def _endpoint(facts: Facts, state: State) -> int:
    if state.link is None:
        return 0
    return next((e.id for e in facts.endpoints if (e.address, e.link) == (state.address, state.link.index)), 0)


def _line(name: str, state: State, memory: Memory, now: float) -> Line:
    since = memory.since.get(name)
    return Line(
        name=name,
        up=state.up,
        reason=state.reason,
        device=state.link.name if state.link else "",
        address=str(state.address or ""),
        seconds=round(now - since.at, 1) if since and since.up == state.up else None,
        received=state.link.received if state.link else 0,
        sent=state.link.sent if state.link else 0,
    )
