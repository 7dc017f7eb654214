"""Which uplinks and paths are up and, for those that are not, why: the words that a person reads."""

from __future__ import annotations

from ipaddress import IPv4Address

from msgspec import Struct

from gateway_init.config import Site
from gateway_init.facts.facts import Facts, Link
from gateway_init.wellknown import unit as service_name

REFUSED = 19
PPPD_REASONS = {
    5: "the dialler was stopped",
    8: "no answer from a concentrator",
    10: "the provider ended the negotiation",
    15: "the provider stopped answering",
    16: "the provider hung up",
    REFUSED: "the provider refuses the user or the password",
}
"""Exit codes of pppd(8) that say something about the line."""


class State(Struct, frozen=True):
    """An uplink or a path: up with an interface and an address, or down with a reason."""

    link: Link | None = None
    address: IPv4Address | None = None
    reason: str = ""

    @property
    def up(self) -> bool:
        return self.address is not None


def uplink_state(site: Site, facts: Facts, name: str) -> State:
    """An uplink is up when its session has an interface that runs and an address."""
    uplink = site.uplinks[name]
    session = facts.link(name)
    address = facts.address_on(session) if session else None
    if session and session.running and address:
        return State(session, address)
    device = facts.link(uplink.device)
    if device is None:
        return State(reason=f"there is no {uplink.device}")
    if device.up and not device.running:
        return State(reason=f"no cable in {uplink.device}")
    unit = facts.units.get(service_name.pppoe(name))
    if unit is None or not unit.wanted_alive:
        return State(reason="the dialler is not started yet")
    if session is None:
        return State(reason=PPPD_REASONS.get(unit.status, "no answer from a concentrator"))
    # It is tried again and again; in between, the reason stays what it was.
    return State(reason=PPPD_REASONS[REFUSED] if unit.status == REFUSED else "negotiating with the provider")


def path_state(site: Site, facts: Facts, name: str) -> State:
    """A path is up when its uplink is and, where it goes through a server, the tunnel to it is."""
    path = site.paths[name]
    uplink = uplink_state(site, facts, path.uplink)
    if path.through is None or not uplink.up:
        return uplink
    tunnel = facts.link(name)
    address = facts.address_on(tunnel) if tunnel else None
    if tunnel and tunnel.up and tunnel.running and address:
        return State(tunnel, address)
    return State(reason=f"no answer from {path.through}")


def uplink_states(site: Site, facts: Facts) -> dict[str, State]:
    return {name: uplink_state(site, facts, name) for name in site.uplinks}


def path_states(site: Site, facts: Facts) -> dict[str, State]:
    return {name: path_state(site, facts, name) for name in site.paths}
