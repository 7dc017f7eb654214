"""Lines and paths are added, removed and put in another order, while a real kernel carries what stays."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import NamedTuple

import pytest

from gateway_init.config.load import parse
from gateway_init.facts.item import Endpoint, Route, Rule
from gateway_init.host.kernel import Kernel
from gateway_init.wellknown.number import TABLE_MAIN
from tests.netns.gateway import Gateway, session, tunnel

SITE = """
site: home
lan:
  ports: [enp3s0]
  address: 192.168.77.1/24
  dhcp: {first: 192.168.77.100, last: 192.168.77.199}
  resolvers: [9.9.9.9]
uplinks:
  adsl: {kind: pppoe, device: enp1s0, user: a}
servers:
  near: {role: destination, address: 203.0.113.10, openvpn: {network: 10.77.1.0/24}}
  jumpbox-a: {role: jumpbox, address: 203.0.113.30, openvpn: {network: 10.77.3.0/24}}
paths:
  adsl: {uplink: adsl}
  adsl-near: {uplink: adsl, through: near}
  adsl-jumpbox-a: {uplink: adsl, through: jumpbox-a}
policy: {destination: near}
"""
PATH = "  adsl-near: {uplink: adsl, through: near}\n"
LINE_ABOVE = SITE.replace("uplinks:\n", "uplinks:\n  vdsl: {kind: pppoe, device: enp2s0, user: b}\n").replace(
    "paths:\n", "paths:\n  vdsl: {uplink: vdsl}\n"
)
REMOVED = SITE.replace(PATH, "")
REORDERED = REMOVED.replace("policy:", PATH + "policy:")
ADDRESS, OTHER = IPv4Address("100.64.0.7"), IPv4Address("100.64.9.7")


class Held(NamedTuple):
    """What the kernel has of ours."""

    endpoints: frozenset[Endpoint]
    rules: frozenset[Rule]
    routes: frozenset[Route]


def held(kernel: Kernel) -> Held:
    return Held(kernel.endpoints(), kernel.rules(), kernel.routes())


@pytest.fixture
def before(kernel: Kernel) -> Gateway:
    """The site with its line and both tunnels up."""
    session(ADDRESS)
    tunnel("adsl-near", IPv4Address("10.77.1.2"))
    tunnel("adsl-jumpbox-a", IPv4Address("10.77.3.2"))
    gateway = Gateway(kernel, parse(SITE))
    gateway.settle()
    return gateway


def edit(kernel: Kernel, before: Gateway, text: str) -> Held:
    """The daemon starts again with another config; what the kernel has then."""
    Gateway(kernel, parse(text), before.numbers).settle()
    return held(kernel)


def test_a_line_that_is_written_above_leaves_the_others_alone(kernel: Kernel, before: Gateway) -> None:
    was = held(kernel)
    assert edit(kernel, before, LINE_ABOVE) == was
    session(OTHER, "vdsl")
    now = edit(kernel, before, LINE_ABOVE)
    assert was.endpoints < now.endpoints
    assert was.rules < now.rules
    # Its path comes first in the file: the default route is to be its.
    assert {route for route in was.routes if route.table != TABLE_MAIN} < now.routes


def test_a_path_that_is_removed_takes_nothing_of_the_others_with_it(kernel: Kernel, before: Gateway) -> None:
    was = held(kernel)
    now = edit(kernel, before, REMOVED)
    assert now.endpoints < was.endpoints
    assert now.rules < was.rules
    assert now.routes < was.routes
    assert [len(each) for each in was] == [3, 4, 5]
    assert [len(each) for each in now] == [2, 3, 4]


def test_another_order_of_paths_changes_nothing(kernel: Kernel, before: Gateway) -> None:
    was = held(kernel)
    assert edit(kernel, before, REORDERED) == was


def test_a_path_that_comes_back_takes_no_number_of_those_that_stayed(kernel: Kernel, before: Gateway) -> None:
    was = held(kernel)
    removed = Gateway(kernel, parse(REMOVED), before.numbers)
    removed.settle()
    stayed = held(kernel)
    now = edit(kernel, removed, REORDERED)
    assert (now.rules, now.routes) == (was.rules, was.routes)
    assert stayed.endpoints < now.endpoints
