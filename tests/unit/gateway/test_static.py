"""A line with an address of its own: set by the box, up while its router answers."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link
from gateway_init.facts.item import Item, LineAddress, Mtu, Neighbour, Route
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from tests.unit.gateway.given import EXAMPLE

OWN, ROUTER = IPv4Address("192.0.2.200"), IPv4Address("192.0.2.193")
TEXT = EXAMPLE.read_text(encoding="utf-8").replace(
    "    kind: pppoe\n    device: enp1s0\n    user: home@isp.example\n",
    f"    kind: static\n    device: enp1s0\n    address: {OWN}\n    gateway: {ROUTER}\n    mtu: 1460\n",
)
SITE = parse(TEXT)
NUMBERS = allot(SITE)
CABLE = Link(2, "enp1s0", mtu=1460)
ASKED = Neighbour(CABLE.index, ROUTER)


def facts(*addresses: IPv4Address, cable: Link = CABLE, answers: bool = True) -> Facts:
    known = frozenset({ASKED, Neighbour(3, IPv4Address("192.168.77.120"))} if answers else ())
    return Facts(
        links=(cable, Link(3, "enp2s0"), Link(4, "enp3s0")),
        addresses=tuple(Address(cable.index, each, 32) for each in addresses),
        neighbours=known,
        answering=known,
    )


def planned(seen: Facts) -> frozenset[Item]:
    return plan(SITE, seen, assess(SITE, seen, Memory(), 0.0), NUMBERS, firewall="", services={})


def reason(seen: Facts) -> str:
    return assess(SITE, seen, Memory(), 0.0).uplinks["adsl"].reason


def mistakes(old: str, new: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace(old, new))
    return [f"{problem.key}: {problem.wrong}" for problem in caught.value.problems]


def test_first_the_address_then_the_question_then_the_way() -> None:
    bare = facts(answers=False)
    assert LineAddress(CABLE.index, OWN, 32) in planned(bare)
    assert ASKED not in planned(bare), "who has no address of his own cannot ask"
    set_so = facts(OWN, answers=False)
    assert Add(ASKED) in difference(planned(set_so), ours(SITE, set_so))
    assert reason(set_so) == f"no answer from the gateway {ROUTER}"
    assert not [item for item in planned(set_so) if isinstance(item, Route)]
    up = facts(OWN)
    assert Route(NUMBERS.path_table("adsl"), CABLE.index, ROUTER) in planned(up)
    assert reason(up) == ""


def test_a_router_that_answered_is_not_asked_again_and_nobody_else_is_looked_at() -> None:
    up = facts(OWN)
    assert [item for item in planned(up) ^ ours(SITE, up) if isinstance(item, Neighbour)] == []


def test_an_answer_that_is_old_is_asked_for_again_while_the_line_goes_on() -> None:
    old = structs.replace(facts(OWN), neighbours=frozenset())
    assert Add(ASKED) in difference(planned(old), ours(SITE, old))
    assert reason(old) == ""


def test_an_address_that_the_config_gave_before_goes() -> None:
    before = IPv4Address("192.0.2.201")
    seen = facts(before, OWN)
    assert Remove(LineAddress(CABLE.index, before, 32)) in difference(planned(seen), ours(SITE, seen))


def test_its_packet_size_is_set() -> None:
    seen = facts(OWN, cable=structs.replace(CABLE, mtu=1500))
    assert Add(Mtu("enp1s0", 1460)) in difference(planned(seen), ours(SITE, seen))


def test_without_a_cable_or_a_device_that_is_what_it_says() -> None:
    assert reason(facts(cable=structs.replace(CABLE, running=False))) == "no cable in enp1s0"
    assert reason(facts(cable=Link(2, "enp9s0"))) == "there is no enp1s0"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f"address: {OWN}", "address: 192.168.77.9", "address: 192.168.77.9: 192.168.77.0/24 is lan.address"),
        (f"gateway: {ROUTER}", "gateway: 203.0.113.10", "gateway: 203.0.113.10: that is servers.near.address"),
        (f"gateway: {ROUTER}", f"gateway: {OWN}", f"gateway: {OWN} is the box's own address"),
        ("mtu: 1460", "mtu: 1501", "mtu: 1501 does not fit"),
    ],
)
def test_what_cannot_be_is_refused_before_it_is_tried(old: str, new: str, said: str) -> None:
    assert mistakes(old, new) == [f"uplinks.adsl.{said}"]


def test_two_lines_cannot_have_the_same_address() -> None:
    second = f"  other:\n    kind: static\n    device: enp4s0\n    address: {OWN}\n    gateway: 192.0.2.1\nservers:\n"
    assert mistakes("servers:\n", second) == [f"uplinks.other.address: {OWN} is also uplinks.adsl.address"]
