"""Whether a PPPoE line is up and, where it is not, why: the words that a person reads."""

from __future__ import annotations

from gateway_init.facts.facts import Facts
from gateway_init.uplink.kind import Line, State
from gateway_init.uplink.pppoe import unit
from gateway_init.uplink.pppoe.settings import Pppoe

REASONS = {
    5: "the dialler was stopped",
    8: "no answer from a concentrator",
    10: "the provider ended the negotiation",
    15: "the provider stopped answering",
    16: "the provider hung up",
    unit.REFUSED: "the provider refuses the user or the password; "
    f"asked ever less often, down to every {unit.LONGEST_WAIT // 60} minutes",
}
"""Exit codes of pppd(8) that say something about the line."""


def state(line: Line[Pppoe], facts: Facts) -> State:
    """It is up when its session has an interface that runs and an address."""
    session = facts.link(line.name)
    address = facts.address_on(session) if session else None
    if session and session.running and address:
        return State(session, address)
    device = facts.link(line.settings.device)
    if device is None:
        return State(reason=f"there is no {line.settings.device}")
    if device.up and not device.running:
        return State(reason=f"no cable in {line.settings.device}")
    dialler = facts.units.get(unit.name(line))
    if dialler is None or not dialler.wanted_alive:
        return State(reason="the dialler is not started yet")
    if session is None:
        return State(reason=REASONS.get(dialler.status, "no answer from a concentrator"))
    # It is tried again and again; in between, the reason stays what it was.
    return State(reason=REASONS[unit.REFUSED] if dialler.status == unit.REFUSED else "negotiating with the provider")
