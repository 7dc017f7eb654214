"""A line with a DHCP server at its other end: what was lent, what is made of it, and what a person is told."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link, Unit
from gateway_init.facts.item import ETHERNET_MTU, Endpoint, Item, LineAddress, Mtu, Route, Rule, Service
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.uplink.lease.lease import lease
from gateway_init.wellknown.number import TABLE_MAIN
from tests.unit.gateway.given import EXAMPLE
from tests.unit.gateway.test_services import read_secret

CLIENT = "braid-lease-adsl.service"
SITE = parse(
    EXAMPLE.read_text(encoding="utf-8").replace("kind: pppoe", "kind: dhcp").replace("    user: home@isp.example\n", "")
)
NUMBERS = allot(SITE)
OWN, ROUTER = IPv4Address("100.70.1.23"), IPv4Address("100.70.1.1")
NOTE = {"ip": str(OWN), "subnet": "255.255.255.0", "router": str(ROUTER), "mtu": ""}
CABLE = Link(2, "enp1s0")
SERVICES = {CLIENT: "d"}


def facts(*addresses: str, cable: Link = CABLE, **note: str) -> Facts:
    """The client runs; `note` is what it noted besides, or instead of, an ordinary lease."""
    return Facts(
        links=(cable, Link(3, "enp2s0"), Link(4, "enp3s0")),
        addresses=tuple(Address(cable.index, IPv4Address(each), 32) for each in addresses),
        units={CLIENT: Unit("active", "running")},
        services=frozenset(SERVICES.items()),
        notes={"adsl": NOTE | note},
    )


def unanswered(seen: Facts) -> Facts:
    return structs.replace(seen, notes={})


def known(seen: Facts) -> Evidence:
    return assess(SITE, seen, Memory(), 0.0)


def planned(seen: Facts) -> frozenset[Item]:
    return plan(SITE, seen, known(seen), NUMBERS, firewall="", services=SERVICES)


def reason(seen: Facts) -> str:
    return known(seen).uplinks["adsl"].reason


def test_an_address_that_was_lent_is_set_without_a_network_round_it() -> None:
    assert LineAddress(CABLE.index, OWN, 32) in planned(facts())
    assert reason(facts()) == f"the address {OWN} is not set yet"


def test_with_the_address_the_line_is_up_and_all_goes_to_the_router() -> None:
    seen = facts(str(OWN))
    state = known(seen).uplinks["adsl"]
    assert (state.up, state.link, state.address, state.gateway) == (True, CABLE, OWN, ROUTER)
    table = NUMBERS.path_table("adsl")
    assert {
        Route(NUMBERS.uplink_table("adsl"), CABLE.index, ROUTER),
        Route(table, CABLE.index, ROUTER),
        Route(TABLE_MAIN, CABLE.index, ROUTER),
        Rule(NUMBERS.source_rule("adsl"), table, source=OWN),
        Endpoint(OWN, CABLE.index),
    } <= planned(seen)


def test_another_address_takes_the_place_of_the_one_before() -> None:
    after = facts(str(OWN), ip="100.70.1.99")
    actions = difference(planned(after), ours(SITE, after))
    assert Remove(LineAddress(CABLE.index, OWN, 32)) in actions
    assert Add(LineAddress(CABLE.index, IPv4Address("100.70.1.99"), 32)) in actions


def test_a_lease_that_is_over_takes_its_address_along() -> None:
    after = unanswered(facts(str(OWN)))
    assert Remove(LineAddress(CABLE.index, OWN, 32)) in difference(planned(after), ours(SITE, after))
    assert reason(after) == "no answer from a DHCP server"


def test_without_a_cable_the_client_rests_and_with_one_it_asks_again() -> None:
    pulled = unanswered(facts(cable=structs.replace(CABLE, running=False)))
    assert Remove(Service(CLIENT, "d")) in difference(planned(pulled), ours(SITE, pulled))
    assert reason(pulled) == "no cable in enp1s0"
    back = structs.replace(unanswered(facts()), services=frozenset())
    assert Add(Service(CLIENT, "d")) in difference(planned(back), ours(SITE, back))


def test_a_device_that_is_not_there_is_named() -> None:
    assert reason(facts(cable=Link(2, "enp9s0"))) == "there is no enp1s0"


def test_a_server_that_names_no_router_is_no_way_out() -> None:
    assert reason(facts(str(OWN), router="")) == f"the DHCP server lends {OWN}, but names no router"


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ({"ip": "192.168.77.9"}, "the provider gave 192.168.77.9, but 192.168.77.0/24 is lan.address"),
        ({"ip": "10.77.1.2"}, "the provider gave 10.77.1.2, but 10.77.1.0/24 is servers.near.openvpn.network"),
        ({"ip": "203.0.113.10"}, "the provider gave 203.0.113.10, but that is servers.near.address"),
        ({"router": "192.168.77.1"}, "the provider's own end is 192.168.77.1, but 192.168.77.0/24 is lan.address"),
    ],
)
def test_what_no_line_may_have_never_gets_to_the_interface(note: dict[str, str], said: str) -> None:
    seen = structs.replace(facts(), notes={"adsl": NOTE | note})
    assert reason(seen) == f"{said}; tried again after 5 minutes"
    assert not [item for item in planned(seen) if isinstance(item, LineAddress | Route | Rule | Endpoint)]
    assert Remove(Service(CLIENT, "d")) in difference(planned(seen), ours(SITE, seen)), "it would but be given again"


def test_a_smaller_packet_size_is_heeded_and_forgotten_with_the_lease() -> None:
    assert Mtu("enp1s0", 1400) in planned(facts(mtu="1400"))
    set_so = unanswered(facts(cable=structs.replace(CABLE, mtu=1400)))
    assert Add(Mtu("enp1s0", 1500)) in difference(planned(set_so), ours(SITE, set_so))


def test_a_tunnel_over_a_narrow_line_is_narrower_still() -> None:
    narrow = structs.replace(CABLE, mtu=1300)
    seen = facts(str(OWN), cable=narrow, mtu="1300")
    tunnel = Link(20, "adsl-near", mtu=1420)
    both = structs.replace(seen, links=(*seen.links, tunnel))
    assert Add(Mtu("adsl-near", 1228)) in difference(planned(both), ours(SITE, both))
    wide = facts(str(OWN))
    both = structs.replace(wide, links=(*wide.links, tunnel))
    assert not [each for each in difference(planned(both), ours(SITE, both)) if isinstance(each.item, Mtu)]


@pytest.mark.parametrize("mtu", ["68", "575", "1501", "9000", "-1", "x", "99999999999999999999", "१४००"])
def test_a_packet_size_that_cannot_be_is_not_believed(mtu: str) -> None:
    assert [item for item in planned(facts(mtu=mtu)) if isinstance(item, Mtu)] == [Mtu("enp1s0", ETHERNET_MTU)]


@given(st.dictionaries(st.sampled_from(["ip", "router", "mtu", "subnet", "x"]), st.text(max_size=40)))
def test_whatever_stands_in_a_note_is_read_without_harm(note: dict[str, str]) -> None:
    lent = lease(note)
    assert lent is None or (str(lent.address) == note["ip"] and 576 <= lent.mtu <= ETHERNET_MTU)


def test_the_firewall_lets_a_renewal_out_and_nothing_else_of_dhcp() -> None:
    text = ruleset(SITE, NUMBERS).text
    own = "fib saddr . oif type local udp sport 68 udp dport 67 accept"
    assert f'oifname "enp1s0" {own}\n' in text


def test_whoever_takes_over_the_client_has_no_right_to_set_anything() -> None:
    unit = services(SITE, read_secret, NUMBERS)[CLIENT].unit
    assert "\nDynamicUser=yes\n" in unit
    assert "\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_NET_RAW\n" in unit
