"""A line with an address of its own and a router that answers, or does not, told to a real kernel."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from gateway_init.base.process import run
from gateway_init.config.load import parse
from gateway_init.host.kernel import Kernel
from gateway_init.uplink.kind import State
from tests.netns.gateway import Gateway, ip
from tests.netns.house import Far, set_as_on_the_box
from tests.unit.gateway.given import EXAMPLE

DEVICE = "office0"
OWN, ROUTER, BEFORE = "192.0.2.200", "192.0.2.193", "192.0.2.222"
SITE = parse(
    EXAMPLE.read_text(encoding="utf-8").replace(
        "    kind: pppoe\n    device: enp1s0\n    user: home@isp.example\n",
        f"    kind: static\n    device: {DEVICE}\n    address: {OWN}\n    gateway: {ROUTER}\n    mtu: 1400\n",
    )
)
ABROAD = str(SITE.destinations["abroad"].address)
"""It has a way of its own, whichever is best to there."""
PATIENCE = 60.0
"""Seconds: an answer is fresh for up to 45 of them (arp(7), base_reachable_time)."""


@pytest.fixture
def router() -> Iterator[Far]:
    far = Far(DEVICE, f"{BEFORE}/27", f"{ROUTER}/27", arp=True)
    yield far
    far.close()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    set_as_on_the_box()
    kernel = Kernel()
    yield Gateway(kernel, SITE)
    kernel.close()


def until(gateway: Gateway, *, up: bool) -> State:
    deadline = time.monotonic() + PATIENCE
    while True:
        state = gateway.settle().uplinks["adsl"]
        if state.up == up:
            return state
        assert time.monotonic() < deadline, state
        time.sleep(0.05)


def ways() -> set[tuple[str, str]]:
    found = ip("-4", "route", "show", "table", "all", "dev", DEVICE)
    return {(each["dst"], each.get("gateway", "")) for each in found if each.get("type") != "local"}


def test_a_line_is_up_once_its_router_has_answered_and_all_goes_to_it(gateway: Gateway, router: Far) -> None:
    assert router
    until(gateway, up=True)
    assert ways() == {(to, ROUTER) for to in ("default", ABROAD)}
    (link,) = ip("address", "show", "dev", DEVICE)
    assert [(each["local"], each["prefixlen"]) for each in link["addr_info"] if each["family"] == "inet"] == [(OWN, 32)]
    assert link["mtu"] == 1400


def test_a_router_that_answers_no_more_takes_the_line_down_until_it_does(gateway: Gateway, router: Far) -> None:
    until(gateway, up=True)
    with router.inside():
        run(["ip", "address", "del", f"{ROUTER}/27", "dev", "far"])
    # As if what it said were old already: the kernel is slow to doubt.
    run(["ip", "neighbour", "change", ROUTER, "dev", DEVICE, "nud", "stale"])
    assert until(gateway, up=False).reason == f"no answer from the gateway {ROUTER}"
    assert ways() == set()
    with router.inside():
        run(["ip", "address", "add", f"{ROUTER}/27", "dev", "far"])
    until(gateway, up=True)
    assert ways() == {(to, ROUTER) for to in ("default", ABROAD)}
