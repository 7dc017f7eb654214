"""A provider or a server gives an address that belongs to somebody else: only that line or path goes down."""

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
from gateway_init.evidence.refused import Refused, lasting, noted
from gateway_init.facts.facts import Address, Facts, Link
from gateway_init.facts.item import Endpoint, Item, LineAddress, Route, Rule, Service, StrayAddress
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Remove, difference
from gateway_init.plan.plan import plan
from tests.unit.gateway.given import EXAMPLE, NUMBERS, PORTS, PPP_ADDRESS, RUNNING, SITE, line_up, seen

DIALLER = "braid-pppoe-adsl.service"
SERVICES = dict.fromkeys(RUNNING, "d")
STARTED = frozenset(SERVICES.items())


def session(address: str, peer: str = "10.64.0.1") -> Facts:
    """The line is up, with what its provider gave, and so is the tunnel to near."""
    facts = line_up(tunnels=("adsl-near",))
    others = tuple(each for each in facts.addresses if each.link != 10)
    given = Address(10, IPv4Address(address), 32, IPv4Address(peer))
    return structs.replace(facts, addresses=(given, *others), services=STARTED)


def planned(facts: Facts, evidence: Evidence) -> frozenset[Item]:
    return plan(SITE, facts, evidence, NUMBERS, firewall="f", services=SERVICES)


@pytest.mark.parametrize(
    ("address", "owner"),
    [
        ("192.168.77.1", "192.168.77.0/24 is lan.address"),
        ("192.168.77.50", "192.168.77.0/24 is lan.address"),
        ("10.77.1.2", "10.77.1.0/24 is servers.near.openvpn.network"),
        ("10.77.3.1", "10.77.3.0/24 is servers.jumpbox-a.openvpn.network"),
        ("203.0.113.10", "that is servers.near.address"),
        ("203.0.113.30", "that is servers.jumpbox-a.address"),
        ("127.0.0.1", "127.0.0.0/8 is a machine's own loopback"),
        ("224.0.0.5", "224.0.0.0/4 is multicast"),
        ("0.0.0.7", "0.0.0.0/8 names no host"),
        ("255.255.255.255", "240.0.0.0/4 is reserved"),
    ],
)
def test_a_line_with_somebody_else_s_address_carries_nothing_and_says_whose(address: str, owner: str) -> None:
    facts = session(address)
    evidence = seen(facts)
    assert evidence.up == ()
    assert evidence.uplinks["adsl"].reason.startswith(f"the provider gave {address}, but {owner}")
    assert evidence.uplinks["adsl"].reason.endswith("; tried again after 5 minutes")
    assert not [item for item in planned(facts, evidence) if isinstance(item, Route | Rule | Endpoint)]


def test_the_other_end_may_be_nobody_of_the_site_s_either() -> None:
    evidence = seen(session(str(PPP_ADDRESS), peer="192.168.77.120"))
    assert evidence.uplinks["adsl"].reason.startswith(
        "the provider's own end is 192.168.77.120, but 192.168.77.0/24 is lan.address"
    )


@given(st.ip_addresses(v=4).filter(lambda address: address.is_global and not address.is_multicast))
def test_an_address_of_the_internet_is_nobody_s(address: IPv4Address) -> None:
    assert seen(session(str(address))).uplinks["adsl"].address == address


@pytest.mark.parametrize("address", ["100.64.0.7", "10.0.0.9", "172.16.4.4", "192.168.1.64", "192.168.78.1"])
def test_providers_give_private_addresses_too(address: str) -> None:
    assert seen(session(address)).up == ("adsl", "adsl-near")


def test_the_address_goes_before_all_else_and_the_dialler_stops() -> None:
    facts = session("203.0.113.10")
    actions = difference(planned(facts, seen(facts)), ours(SITE, facts))
    assert actions[0] == Remove(StrayAddress(10, IPv4Address("203.0.113.10"), 32, IPv4Address("10.64.0.1")))
    assert Remove(Service(DIALLER, "d")) in actions
    assert [action for action in actions if isinstance(action.item, Service)] == [Remove(Service(DIALLER, "d"))]


def test_a_right_address_stays() -> None:
    assert not [item for item in ours(SITE, session(str(PPP_ADDRESS))) if isinstance(item, StrayAddress)]


def test_a_line_on_the_lan_s_own_ports_is_not_looked_at() -> None:
    bridge = (Link(30, "lan"), Address(30, SITE.lan.address.ip, 24))
    facts = Facts(links=(*PORTS, bridge[0]), addresses=(bridge[1],), units=RUNNING)
    assert seen(facts).refused == {}
    assert not [item for item in ours(SITE, facts) if isinstance(item, StrayAddress)]


def test_the_reason_lasts_after_the_address_is_gone_and_then_the_line_is_tried_again() -> None:
    facts = session("192.168.77.1")
    refused = noted({}, seen(facts).refused, 100.0)
    gone = Facts(links=PORTS, units=RUNNING)
    after = assess(SITE, gone, Memory(refused=refused), 0.0)
    assert after.uplinks["adsl"].reason.startswith("the provider gave 192.168.77.1")
    assert Service(DIALLER, "d") not in planned(gone, after)
    assert noted(refused, after.refused, 250.0) == refused, "a second look does not make it longer"
    assert lasting(refused, 399.0) == refused
    assert lasting(refused, 400.0) == {}
    assert Service(DIALLER, "d") in planned(gone, assess(SITE, gone, Memory(), 0.0))


def test_with_another_config_the_address_may_be_right() -> None:
    refused = {"adsl": Refused(IPv4Address("192.168.99.1"), at=1.0)}
    assert assess(SITE, session(str(PPP_ADDRESS)), Memory(refused=refused), 0.0).up == ("adsl", "adsl-near")


@pytest.mark.parametrize("address", ["192.168.77.1", "203.0.113.10", "10.77.1.3", "10.77.2.2", "100.64.0.7"])
def test_a_tunnel_has_the_address_that_the_config_gives_it_and_no_other(address: str) -> None:
    facts = session(str(PPP_ADDRESS))
    ppp = tuple(each for each in facts.addresses if each.link == 10)
    evidence = seen(structs.replace(facts, addresses=(*ppp, Address(20, IPv4Address(address), 24))))
    assert evidence.up == ("adsl",)
    assert (
        evidence.paths["adsl-near"].reason
        == "near gives this tunnel another address than 10.77.1.2: install its kit anew"
    )


def test_a_tunnel_without_an_address_says_what_it_lacks() -> None:
    facts = session(str(PPP_ADDRESS))
    ppp = tuple(each for each in facts.addresses if each.link == 10)
    evidence = seen(structs.replace(facts, addresses=ppp))
    assert evidence.paths["adsl-near"].reason.startswith("near gives this tunnel another address than 10.77.1.2")


TWINS = parse(
    EXAMPLE.read_text(encoding="utf-8")
    .replace("kind: pppoe", "kind: dhcp")
    .replace("    user: home@isp.example\n", "")
    .replace("    use: on-demand\n", "")
)
"""Two lines to which somebody lends an address."""
SHARED, SHARED_ROUTER = "192.168.8.100", "192.168.8.1"


def lent(used_by: str = "", /, **notes: dict[str, str]) -> Facts:
    """What routers lend to the lines; one of them has it on its interface."""
    links = (*PORTS, Link(40, "phone", driver="cdc_ether", usb="1-1"))
    used = [Address(link.index, IPv4Address(SHARED), 32) for link in links if link.name == used_by]
    return Facts(links=links, addresses=tuple(used), units=RUNNING, notes=notes)


def held(facts: Facts, **before: Refused) -> dict[str, str]:
    evidence = assess(TWINS, facts, Memory(refused=before), 0.0)
    return {name: evidence.uplinks[name].reason for name in evidence.refused}


@pytest.mark.parametrize(
    ("user", "keeper", "loser"), [("enp1s0", "adsl", "phone"), ("phone", "phone", "adsl"), ("", "adsl", "phone")]
)
def test_of_two_lines_with_one_address_the_one_that_uses_it_keeps_it(user: str, keeper: str, loser: str) -> None:
    note = {"ip": SHARED, "router": SHARED_ROUTER}
    facts = lent(user, adsl=note, phone=note)
    assert held(facts) == {
        loser: f"the provider gave {SHARED}, but uplinks.{keeper} has that already; tried again after 5 minutes"
    }
    evidence = assess(TWINS, facts, Memory(), 0.0)
    items = plan(TWINS, facts, evidence, allot(TWINS), firewall="", services={})
    assert len([item for item in items if isinstance(item, LineAddress)]) == 1
    # It stays so while the loser asks nobody, until the keeper has gone.
    again = noted({}, evidence.refused, 1.0)
    assert set(held(lent(user, **{keeper: note}), **again)) == {loser}
    assert held(lent(**{loser: note}), **again) == {}


def test_two_lines_may_have_routers_of_one_address_and_no_router_may_be_the_other_line() -> None:
    near = {"ip": SHARED, "router": SHARED_ROUTER}
    assert held(lent(adsl=near, phone={"ip": "192.168.8.101", "router": SHARED_ROUTER})) == {}
    assert list(held(lent(adsl=near, phone={"ip": "192.168.8.101", "router": SHARED}))) == ["phone"]
    assert list(held(lent(adsl=near, phone={"ip": SHARED_ROUTER, "router": "192.168.8.2"}))) == ["phone"]
