"""What is known of the lines, worked out once from each look at the facts, and handed on: nobody derives it again."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway_init.config.site import Site
from gateway_init.evidence.chain import Verdict, idle_services
from gateway_init.evidence.memory import Memory
from gateway_init.evidence.readiness import View, view
from gateway_init.evidence.refused import Refused, judged, refusal
from gateway_init.facts.facts import Facts
from gateway_init.uplink.kind import State


class Evidence(Struct, frozen=True):
    """Of one moment."""

    uplinks: dict[str, State]
    """By name, in the order of the file, as are the paths."""
    paths: dict[str, State]
    chain_ready: bool
    """Whether a request through the chain could be answered: a path is up and every program of the chain runs."""
    verdict: Verdict
    """What the requests showed, as far as it still counts: nothing that was before the chain broke."""
    view: View
    """What a person is told."""
    refused: dict[str, Refused]
    """What uplinks were given and must not have, by name."""

    @property
    def up(self) -> tuple[str, ...]:
        """Names of the paths that are up."""
        return tuple(name for name, state in self.paths.items() if state.up)

    @property
    def states(self) -> dict[str, State]:
        """Of uplinks and paths by name; an uplink may share its name with the path straight over it."""
        return self.uplinks | self.paths


def assess(site: Site, facts: Facts, memory: Memory) -> Evidence:
    """What the facts say, with what the daemon remembers."""
    held = {line.name: refusal(site, kind, line, facts, memory.refused.get(line.name)) for kind, line in site.lines}
    uplinks = {line.name: judged(site, kind.state(line, facts), held[line.name]) for kind, line in site.lines}
    paths = {name: _path(site, facts, uplinks, name) for name in site.paths}
    idle = idle_services(facts)
    ready = not idle and any(state.up for state in paths.values())
    verdict = memory.verdict if ready else Verdict(at=memory.verdict.at)
    told = view(site.policy.destination, uplinks, paths, idle, verdict)
    return Evidence(uplinks, paths, ready, verdict, told, {name: each for name, each in held.items() if each})


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
