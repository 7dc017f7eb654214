"""Whether a stick that the box dials is up and, where it is not, why: the words that a person reads."""

from __future__ import annotations

from gateway_init.facts.facts import Facts, Link
from gateway_init.uplink.dongle import unit
from gateway_init.uplink.dongle.mbim import Fault
from gateway_init.uplink.kind import State
from gateway_init.uplink.lease.lease import lent

REASONS: dict[Fault, str] = {
    "silent": "the stick does not answer",
    "starting": "the SIM is starting",
    "no-sim": "there is no SIM in the stick",
    "bad-sim": "the stick cannot use its SIM",
    "puk": "the SIM is locked, and asks for its PUK: unlock it in a telephone",
    "locked": "the stick is locked to another network",
    "pin-missing": "the SIM asks for its PIN: set `pin: true`, and put it into {pin}",
    "pin-refused": "the SIM refused the PIN in {pin}, which is not tried again: give another one "
    "(`braid config secret {pin}`)",
    "last-attempt": "the SIM has one attempt left, so its PIN is not tried: enter it in a telephone",
    "forgetful": "the PIN is not tried, because nothing could be kept of that (the data partition)",
    "searching": "the stick finds no network",
    "denied": "the network does not take this SIM",
    "refused": "the network refuses the connection: is the `apn` right?",
    "no-address": "the network gave no IPv4 address",
}


def state(uplink: str, device: Link, pin_file: str, facts: Facts) -> State:
    """It is up when its interface runs and has the address that the network gave."""
    note = facts.notes.get(uplink, {})
    held = lent(uplink, facts)
    if held is None:
        dialler = facts.units.get(unit.dialler(uplink))
        if dialler is None or not dialler.wanted_alive:
            return State(reason="the stick is not dialled yet")
        # What stands in a note may be anybody's.
        known = (words for code, words in REASONS.items() if code == note.get("fault"))
        return State(reason=next(known, "connecting").format(pin=pin_file))
    if not device.running:
        return State(reason="the stick has lost its connection")
    if held.address not in facts.addresses_on(device):
        return State(reason=f"the address {held.address} is not set yet")
    return State(device, held.address)
