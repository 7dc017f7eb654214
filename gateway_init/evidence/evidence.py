"""What is known of the lines, worked out once from each look at the facts, and handed on: nobody derives it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct, structs

from gateway_init.config.budgets import charged, of_uplink
from gateway_init.config.site import FIRST, Site
from gateway_init.evidence import full_line
from gateway_init.evidence.budget import Account, accounts, ledger, spent
from gateway_init.evidence.busy_uplink import BusyUplink, chosen, heard, spared
from gateway_init.evidence.chain import Verdict, idle_services
from gateway_init.evidence.demand import Demand, Look, decide
from gateway_init.evidence.full_line import FullLine, reserved
from gateway_init.evidence.load import Load, sample, share
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.pace import Paces, narrowed, paced
from gateway_init.evidence.readiness import View, view
from gateway_init.evidence.refused import Refused, judged, refusals
from gateway_init.evidence.standing import dead
from gateway_init.facts.facts import Entry, Facts
from gateway_init.uplink.kind import State

NOT_NEEDED = "on demand, and not needed now"
SILENT = "the destination does not answer over it"
SET_BACK = "set back: much worse than it was, it carries what no other can"
RESERVED = "in reserve: its line is full, the path straight over it carries"
SPARED = "spared: its line is busy towards the Internet, others of its paths carry"


class Evidence(Struct, frozen=True):
    """Of one moment."""

    uplinks: dict[str, State]
    """By name, in the order of the file, as are the paths."""
    paths: dict[str, State]
    openers: dict[str, str]
    """The paths by which connections open, by destination, as far as that is known."""
    callers: dict[str, str]
    """The paths that are best for calls, likewise."""
    degraded: frozenset[str]
    """Paths that are up, and carry only what no other can: they are much worse than they were."""
    spared: frozenset[str]
    """Paths that are up, and carry nothing while their line is busy towards the Internet."""
    reserved: frozenset[str]
    """Paths that are up, and carry only what the straight one over their line cannot while it is full."""
    doubted: bool
    """Whether over no path that is up anything is heard."""
    chain_ready: bool
    """Whether a request through the chain could be answered: a path is up and every program of the chain runs."""
    dead: frozenset[str]
    """Destinations that do not answer, where another one is to stand in."""
    verdict: Verdict
    """What the requests showed, as far as it still counts: nothing that was before the chain broke."""
    view: View
    """What a person is told."""
    refused: dict[str, Refused]
    """What uplinks were given and must not have, by name."""
    demand: Demand
    """Which lines on demand are in use, and why."""
    load: Load
    """The last sample of what the lines carry."""
    busy_uplinks: dict[str, BusyUplink]
    """What it shows of lines that are busy towards the Internet, by name."""
    full_lines: dict[str, FullLine]
    """What it shows of lines that are full towards the home, by name."""
    paces: dict[str, Paces]
    """What it shows of lines of which nobody has told what they carry, by name."""
    budgets: dict[str, Account]
    """By name (gateway_init.config.budgets)."""
    ledger: dict[str, Entry]
    """What is to be kept of them."""
    kept: dict[str, Entry]
    """What is."""
    counting: bool
    """Whether anything carries that has one: what it may use until the next look is kept before."""

    @property
    def up(self) -> tuple[str, ...]:
        """Names of the paths that are up."""
        return tuple(name for name, state in self.paths.items() if state.up)

    @property
    def decided(self) -> dict[str, object]:
        """What the next look goes on from, by the names of Memory's parts."""
        names = ("refused", "demand", "load", "busy_uplinks", "full_lines", "paces")
        return {name: getattr(self, name) for name in names}

    @property
    def calm(self) -> bool:
        """Whether nothing is amiss, and nothing ends with time: what changes is told."""
        there = all(state.up or state.rests for state in self.states.values())
        amiss = self.doubted or self.verdict.failures or self.dead or self.spared or self.reserved
        return self.view.ready and there and not amiss and not self.demand.taken and not self.counting

    @property
    def states(self) -> dict[str, State]:
        """Of uplinks and paths by name; an uplink may share its name with the path straight over it."""
        return self.uplinks | self.paths

    def opens(self, site: Site, destination: str) -> str:
        """The path by which connections to it open, as those to the main one where nobody knows; empty while none is
        up."""
        return self._way(site, self.openers.get(destination) or self.openers.get(site.main, ""))

    def calls(self, site: Site, destination: str) -> str:
        """The path by which its carrier goes; likewise."""
        return self._way(site, self.callers.get(destination) or self.callers.get(site.main, ""))

    def _way(self, site: Site, best: str) -> str:
        """Of the paths that are up the best one, or the first by their lines' use where it is down; empty for none."""
        return min(self.up, key=lambda name: (name != best, FIRST.index(site.used(name))), default="")


def assess(site: Site, facts: Facts, memory: Memory, now: float) -> Evidence:
    """What the facts say, with what the daemon remembers. `now` is in seconds since boot."""
    held = refusals(site, facts, memory.refused)
    uplinks = {line.name: judged(kind.state(line, facts), held.get(line.name)) for kind, line in site.lines}
    budgets = accounts(site, facts)
    uplinks = {name: _afforded(state, budgets, of_uplink(name)) for name, state in uplinks.items()}
    load = sample(memory.load, uplinks, now, facts.opened)
    as_found = narrowed(site, memory.paces)
    demand = _demand(as_found, facts, memory, uplinks, load, now)
    uplinks = {name: _rested(site, facts, demand, name, state) for name, state in uplinks.items()}
    paths = {
        name: _afforded(_path(site, facts, uplinks, name), budgets, *charged(site, name)[1:]) for name in site.paths
    }
    paths = _answering(paths, memory.silent)
    degraded = _degraded(paths, memory.degraded)
    fresh = load.at != memory.load.at
    busy = heard(as_found, memory.busy_uplinks, load, memory.strained) if fresh else memory.busy_uplinks
    found_out = paced(site, memory.paces, load, memory.late) if fresh else memory.paces
    there = {name for name, state in paths.items() if state.up}
    busy = chosen(site, busy, there, degraded, memory.openers)
    without = spared(site, busy, there)
    carrying, full = (there - degraded - without) & memory.answered, memory.full_lines
    if fresh:
        full = full_line.heard(site, full, load, found_out, carrying, memory.strained)
    beside = reserved(site, full, carrying, memory.strained)
    paths |= {name: structs.replace(paths[name], reason=RESERVED) for name in beside}
    paths |= {name: structs.replace(paths[name], reason=SET_BACK) for name in degraded}
    paths |= {name: structs.replace(paths[name], reason=SPARED) for name in without}
    lost = dead(memory.standings, site.weighed)
    serving = site.goal(lost)
    idle = idle_services(facts, serving)
    ready = not idle and any(state.up for state in paths.values())
    verdict = memory.verdict if ready else Verdict(at=memory.verdict.at)
    told = view(serving, uplinks, paths, idle, verdict)
    charging = {of_uplink(name) for name, state in uplinks.items() if state.up}
    charging |= {budget for name, state in paths.items() if state.address for budget in charged(site, name)}
    return Evidence(
        uplinks=uplinks,
        paths=paths,
        openers=memory.openers,
        callers=memory.callers,
        degraded=degraded,
        spared=without,
        reserved=beside,
        doubted=all(name in memory.dead or name in memory.silent for name, state in paths.items() if state.up),
        chain_ready=ready,
        dead=lost,
        verdict=verdict,
        view=told,
        refused=held,
        demand=demand,
        load=load,
        busy_uplinks=busy,
        full_lines=full,
        paces=found_out,
        budgets=budgets,
        ledger=ledger(budgets, facts.ledger, charging),
        kept=facts.ledger,
        counting=not charging.isdisjoint(budgets),
    )


def _afforded(state: State, budgets: Mapping[str, Account], *names: str) -> State:
    """The state of what counts against these budgets: while one is spent, it is as if it were not there."""
    reasons = [spent(name, budgets[name]) for name in names if name in budgets and budgets[name].spent]
    return State(reason=reasons[0], rests=True) if reasons else state


def _answering(paths: Mapping[str, State], silent: Collection[str]) -> dict[str, State]:
    """The paths, those marked over which nothing comes back; where none else is up, they are what there is."""
    marked = {
        name: structs.replace(state, silent=True, reason=SILENT) if name in silent and state.up else state
        for name, state in paths.items()
    }
    return marked if any(state.up for state in marked.values()) else dict(paths)


def _degraded(paths: Mapping[str, State], known: Collection[str]) -> frozenset[str]:
    """Those of the paths that are; where all are that there are, none is."""
    up = {name for name, state in paths.items() if state.up}
    return frozenset(up.intersection(known)) if not up.issubset(known) else frozenset()


def _demand(site: Site, facts: Facts, memory: Memory, uplinks: Mapping[str, State], load: Load, now: float) -> Demand:
    """Which lines on demand are needed; nothing is worked out where there are none."""
    lines = [name for name in site.on_demand if not uplinks[name].rests]
    if not lines:
        return Demand()
    others = any(
        _path(site, facts, uplinks, name).up
        for name in site.paths
        if site.used(name) != "on-demand"
        and name not in memory.silent
        # Where the reflector alone is dead, requests are answered all the same.
        and not (name in memory.dead and memory.verdict.failures)
    )
    look = Look(now, others, load.at != memory.load.at, share(site, uplinks, load), facts.asked)
    return decide(memory.demand, lines, look, site.policy.demand)


def _rested(site: Site, facts: Facts, demand: Demand, name: str, state: State) -> State:
    """The state of an uplink that may be on demand: where nobody needs it, that is why it is down; and nobody waits for
    one that is not there."""
    if site.uplinks[name].use != "on-demand" or state.rests:
        return state
    kind, line = site.line(name)
    device = kind.hardware(line, facts)
    if device is not None and name in demand.taken:
        return state
    there = device is not None and (device.running or not device.up)
    return State(reason=NOT_NEEDED if there else state.reason, rests=True)


def _path(site: Site, facts: Facts, uplinks: Mapping[str, State], name: str) -> State:
    """A path is up when its uplink is and, where it goes through a server, the tunnel to it is."""
    path = site.paths[name]
    uplink = uplinks[path.uplink]
    if path.through is None or not uplink.up:
        return uplink
    tunnel = facts.link(name)
    if tunnel is None:
        return State(reason=f"no answer from {path.through}")
    address, own = facts.address_on(tunnel), site.tunnel_address(name)
    if address != own:
        return State(reason=f"{path.through} gives this tunnel another address than {own}: install its kit anew")
    if tunnel.up and tunnel.running:
        return State(tunnel, address)
    return State(reason=f"no answer from {path.through}")
