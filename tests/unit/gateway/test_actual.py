"""What of that which is belongs to us: only that is compared with the plan, and only that is ever removed."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.facts.facts import Address, Facts, Link
from gateway_init.facts.item import (
    Bridge,
    Endpoint,
    Firewall,
    Item,
    LanAddress,
    Port,
    Route,
    Rule,
    Service,
    SubflowLimit,
    Up,
)
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import difference
from gateway_init.plan.plan import plan
from tests.unit.gateway.given import NUMBERS, PPP_ADDRESS, SITE, line_up, seen

LAN = IPv4Address("192.168.77.1")
ABROAD = SITE.destinations["abroad"].address
BRIDGE = Link(9, "lan")
SERVICES = {"braid-redsocks.service": "d"}


def standing() -> Facts:
    """All that the plan wants with the line and one tunnel up."""
    up = line_up(tunnels=("adsl-near",))
    ports = tuple(
        structs.replace(link, master=BRIDGE.index) if link.name != "enp1s0" else link for link in up.links[:3]
    )
    tunnel = SITE.tunnel_address("adsl-near")
    return structs.replace(
        up,
        links=(*ports, *up.links[3:], BRIDGE),
        addresses=(*up.addresses, Address(BRIDGE.index, LAN, 24)),
        routes=frozenset({Route(100, 10), Route(150, 10), Route(151, 20), Route(254, 10), Route(254, 10, to=ABROAD)}),
        rules=frozenset(
            {
                Rule(1000, 100, mark=0x100),
                Rule(1100, 150, source=PPP_ADDRESS),
                Rule(1101, 151, source=tunnel),
            }
        ),
        endpoints=frozenset({Endpoint(PPP_ADDRESS, 10, id=3), Endpoint(tunnel, 20, id=7)}),
        subflow_limit=8,
        firewall="f",
        services=frozenset(SERVICES.items()),
    )


def planned(facts: Facts) -> frozenset[Item]:
    return plan(SITE, facts, seen(facts), NUMBERS, firewall="f", services=SERVICES)


def test_where_all_stands_there_is_nothing_to_do() -> None:
    assert ours(SITE, standing()) == planned(standing())


@pytest.mark.parametrize(
    ("changes", "item"),
    [
        ({"firewall": "other"}, Firewall("other")),
        ({"subflow_limit": 2}, SubflowLimit(2)),
        ({"services": frozenset({("braid-gone.service", "d")})}, Service("braid-gone.service", "d")),
        ({"routes": frozenset({Route(120, 10)})}, Route(120, 10)),
        ({"rules": frozenset({Rule(1050, 120)})}, Rule(1050, 120)),
        ({"endpoints": frozenset({Endpoint(LAN, 9, id=1)})}, Endpoint(LAN, 9)),
        ({"links": (BRIDGE, Link(30, "usb0", master=9))}, Port("usb0", "lan")),
        ({"links": (BRIDGE, Link(30, "usb0", master=9))}, Bridge("lan")),
        ({"links": (BRIDGE,), "addresses": (Address(9, LAN, 16),)}, LanAddress(LAN, 16)),
        ({"links": (Link(2, "enp1s0"),)}, Up("enp1s0")),
        ({"links": (Link(3, "enp2s0"),)}, Up("enp2s0")),
    ],
)
def test_what_an_older_plan_has_left_is_ours(changes: dict[str, object], item: Item) -> None:
    assert item in ours(SITE, structs.replace(Facts(), **changes))


@pytest.mark.parametrize(
    "facts",
    [
        Facts(),
        Facts(links=(Link(30, "docker0"), Link(31, "enp1s0", up=False))),
        Facts(links=(Link(30, "usb0", up=False),), addresses=(Address(30, LAN, 24),)),
    ],
)
def test_what_no_plan_of_ours_would_touch_is_not(facts: Facts) -> None:
    assert [item for item in ours(SITE, facts) if not item.lasts] == []


def test_what_is_no_more_wanted_goes_before_what_it_stands_on() -> None:
    kinds = [type(action.item) for action in difference([], ours(SITE, standing()))]
    order = [Endpoint, Rule, Route, Service, LanAddress, Up, Port, Bridge, SubflowLimit, Firewall]
    assert list(dict.fromkeys(kinds)) == order
