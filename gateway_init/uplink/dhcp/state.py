"""Whether a DHCP line is up and, where it is not, why: the words that a person reads."""

from __future__ import annotations

from gateway_init.facts.facts import Facts
from gateway_init.uplink.dhcp import unit
from gateway_init.uplink.dhcp.lease import lent
from gateway_init.uplink.dhcp.settings import DhcpLine
from gateway_init.uplink.kind import Line, State


def state(line: Line[DhcpLine], facts: Facts) -> State:
    """It is up when its interface runs and has the address that was lent."""
    device = facts.link(line.settings.device)
    if device is None:
        return State(reason=f"there is no {line.settings.device}")
    if device.up and not device.running:
        return State(reason=f"no cable in {line.settings.device}")
    held = lent(line, facts)
    if held is None:
        client = facts.units.get(unit.name(line))
        alive = client is not None and client.wanted_alive
        return State(reason="no answer from a DHCP server" if alive else "the DHCP client is not started yet")
    if held.router is None:
        return State(reason=f"the DHCP server lends {held.address}, but names no router")
    if held.address not in facts.addresses_on(device):
        return State(reason=f"the address {held.address} is not set yet")
    return State(device, held.address, gateway=held.router)
