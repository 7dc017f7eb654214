"""Who asks on a line where an address is (ARP, RFC 826) hears of that line's own address alone."""

from __future__ import annotations

import socket
import time

from tests.netns.around import DEVICE, GATEWAY
from tests.netns.gateway import ip
from tests.netns.house import Far, set_as_on_the_box

LENT, ROUTER = "100.70.1.23", "100.70.1.1"
PATIENCE = 30.0
"""Seconds; the kernel asks three times, one second apart."""


def asked_for(address: str, far: Far) -> str:
    """What becomes of the question: REACHABLE or FAILED."""
    with far.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"far")
        asking.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        asking.sendto(b"is it you?", (address, 9))
        deadline = time.monotonic() + PATIENCE
        while True:
            (state,) = ip("neighbour", "show", address, "dev", "far")[0]["state"]
            if state in ("REACHABLE", "FAILED"):
                return str(state)
            assert time.monotonic() < deadline, state
            time.sleep(0.05)


def test_a_line_is_not_told_who_is_in_the_lan_and_the_lan_not_what_the_lines_have() -> None:
    set_as_on_the_box()
    lan = Far("lan", f"{GATEWAY}/24", f"{DEVICE}/24", arp=True)
    cable = Far("cable", f"{LENT}/24", f"{ROUTER}/24", arp=True)
    assert asked_for(LENT, cable) == "REACHABLE"
    assert asked_for(GATEWAY, lan) == "REACHABLE"
    assert asked_for(GATEWAY, cable) == "FAILED"
    assert asked_for(LENT, lan) == "FAILED"
    lan.close()
    cable.close()
