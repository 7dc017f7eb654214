"""What `braid status` tells: every uplink and path, the destination, the connections. Pure: it asks nobody."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Address

from msgspec import Struct, structs

from gateway_init.config.site import Site
from gateway_init.evidence.demand import Taken
from gateway_init.evidence.evidence import Evidence
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.pace import Paces
from gateway_init.facts.facts import Facts
from gateway_init.facts.probed import Probed
from gateway_init.facts.subflow import Subflow
from gateway_init.report.budgets import BudgetLine, budgets
from gateway_init.store.state import ConfigState
from gateway_init.update.record import Update
from gateway_init.uplink.kind import State


class FoundOut(Struct, frozen=True, kw_only=True):
    """kbit/s; 0 where all is let on."""

    down: int
    up: int


class Line(Struct, frozen=True, kw_only=True):
    """One uplink or path."""

    name: str
    up: bool
    rests: bool
    """Whether it is down because it is on demand, and nobody needs it."""
    reason: str
    """Why it is down, set back or spared; for a line on demand that is in use, why that is so."""
    device: str
    """Interface; empty when down."""
    address: str
    seconds: float | None
    """Since when it is as it is, in seconds; None where the daemon has not seen it yet."""
    received: int
    """Bytes over its interface, all of its traffic."""
    sent: int
    """Bytes."""


class UplinkLine(Line, frozen=True, kw_only=True):
    found_out: FoundOut
    """What it is let carry, as was found out."""


class PathLine(Line, frozen=True, kw_only=True):
    through: str
    """The server whose tunnel it goes through; empty for none."""
    endpoint: int
    """Id of its MPTCP endpoint; 0 for none."""
    subflows: int
    rtt: float | None
    """Mean round-trip time of its subflows in milliseconds; None without any."""
    probed: Probed | None
    """What its probes have shown; None where it is not probed, or no daemon runs."""


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


class Elsewhere(Struct, frozen=True, kw_only=True):
    """A destination that some of `routes` go to."""

    name: str
    address: str
    connections: int
    """Live Multipath TCP connections to it."""
    opens: str
    """The path by which they open; empty while none is up."""
    calls: str
    """The path by which its UDP goes; empty also where none is carried."""
    silent: tuple[str, ...]
    """Paths that lead to the main destination, and not to this one."""


class Status(System, frozen=True, kw_only=True):
    """What `braid status --json` prints."""

    site: str
    ready: bool
    waits: tuple[str, ...]
    config: ConfigState
    lan_lacks: tuple[str, ...]
    """Ports of the LAN that are not there: a network card that is broken, or called otherwise."""
    lan_routers: tuple[str, ...]
    """Hardware addresses of strangers that announce themselves to the LAN as routers of IPv6."""
    lan_crowded: tuple[str, ...]
    """Addresses of its devices that had a connection refused lately, because they have too many."""
    lan_full: bool
    """Whether one was refused lately, whoever's, because the box carries as many as it can."""
    destination: str
    destination_address: str
    connections: int
    """Live Multipath TCP connections to the destination."""
    serving: str
    """The destination that new connections go to; another one while that does not answer."""
    dead: tuple[str, ...]
    """Those that do not answer, while others stand in for them."""
    opens: str
    """The path by which connections open, which go by all paths then; empty while none is up."""
    calls: str
    """The path by which UDP goes; empty also where none is carried."""
    elsewhere: tuple[Elsewhere, ...]
    budgets: tuple[BudgetLine, ...]
    uplinks: tuple[UplinkLine, ...]
    paths: tuple[PathLine, ...]


def compose(
    site: Site,
    facts: Facts,
    evidence: Evidence,
    memory: Memory,
    *,
    system: System,
    flows: Sequence[Subflow],
    connections: Mapping[str, int],
    routers: Collection[str],
    crowded: Collection[str],
    full: bool,
    config: ConfigState,
    probed: Mapping[str, Probed],
    now: float,
) -> Status:
    """The status from what was read. `connections` are those to each destination, by its name; `now` is in seconds
    since boot; `routers` are the hardware addresses of strangers that the LAN may take for its router, `crowded` the
    addresses of devices that have too many connections; `full`: whether all together have."""
    return Status(
        **structs.asdict(system),
        site=site.site,
        ready=evidence.view.ready,
        waits=evidence.view.waits,
        config=config,
        lan_lacks=tuple(port for port in site.lan.ports if facts.link(port) is None),
        lan_routers=tuple(sorted(routers)),
        lan_crowded=tuple(sorted(crowded, key=IPv4Address)),
        lan_full=full,
        destination=site.main,
        destination_address=str(site.destination.address),
        connections=connections[site.main],
        serving=site.goal(evidence.dead),
        dead=tuple(sorted(evidence.dead)),
        opens=evidence.opens(site, site.main),
        calls=evidence.calls(site, site.main) if site.carriers else "",
        elsewhere=tuple(
            Elsewhere(
                name=name,
                address=str(each.address),
                connections=connections[name],
                opens=evidence.opens(site, name),
                calls=evidence.calls(site, name) if site.carriers else "",
                silent=tuple(path for path in evidence.up if path in memory.unserved.get(name, ())),
            )
            for name, each in site.destinations.items()
            if name != site.main
        ),
        budgets=budgets(evidence.budgets),
        uplinks=tuple(
            UplinkLine(
                **structs.asdict(_line(name, state, memory, now, evidence.demand.taken.get(name))),
                found_out=_found_out(evidence.paces.get(name, Paces())),
            )
            for name, state in evidence.uplinks.items()
        ),
        paths=tuple(
            PathLine(
                **structs.asdict(_line(name, state, memory, now)),
                through=site.paths[name].through or "",
                endpoint=_endpoint(facts, state),
                subflows=len(mine := [flow for flow in flows if flow.address == state.address]),
                rtt=round(sum(flow.rtt for flow in mine) / len(mine), 1) if mine else None,
                probed=probed.get(name),
            )
            for name, state in evidence.paths.items()
        ),
    )


def _found_out(paces: Paces) -> FoundOut:
    return FoundOut(down=round(paces.down.rate), up=round(paces.up.rate))


def _endpoint(facts: Facts, state: State) -> int:
    if state.link is None:
        return 0
    return next((e.id for e in facts.endpoints if (e.address, e.link) == (state.address, state.link.index)), 0)


def _line(name: str, state: State, memory: Memory, now: float, taken: Taken | None = None) -> Line:
    since = memory.since.get(name)
    return Line(
        name=name,
        up=state.up,
        rests=state.rests,
        reason=", ".join(filter(None, [state.reason, f"in use: {taken.why}" if taken and not state.rests else ""])),
        device=state.link.name if state.link else "",
        address=str(state.address or ""),
        seconds=round(now - since.at, 1) if since and since.up == state.up else None,
        received=state.link.received if state.link else 0,
        sent=state.link.sent if state.link else 0,
    )
