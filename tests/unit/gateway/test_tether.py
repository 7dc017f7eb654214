"""A telephone on USB: found by its driver, given its uplink's name, and from then on a line like any other."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest
from msgspec import structs

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.evidence.chain import Verdict
from gateway_init.evidence.demand import ALONE, BY_HAND, Demand, Taken
from gateway_init.evidence.evidence import Evidence, assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Asked, Facts, Link, Unit
from gateway_init.facts.item import Endpoint, Item, LineAddress, Mtu, Named, Route, Service, Up
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.wellknown.number import TABLE_MAIN
from tests.unit.gateway.given import EXAMPLE, PPP_ADDRESS, RUNNING, line_up

CLIENT = "braid-lease-phone.service"
TEXT = EXAMPLE.read_text(encoding="utf-8")
SITE = parse(TEXT)
ALWAYS = parse(TEXT.replace("    use: on-demand\n", ""))
NUMBERS = allot(SITE)
OWN, ROUTER = IPv4Address("192.168.42.77"), IPv4Address("192.168.42.129")
SERVICES = dict.fromkeys((*RUNNING, CLIENT), "d")
PLUGGED = Link(40, "usb0", up=False, running=False, driver="rndis_host", usb="1-1.2")
PHONE = Link(40, "phone", driver="rndis_host", usb="1-1.2")
BY_NAME = {"ip": str(OWN), "router": str(ROUTER)}
IN_USE = Memory(demand=Demand(began=0.0, met=True, taken={"phone": Taken(BY_HAND, 0.0)}))
ASKED = {"phone": Asked(taken=True, at=0.0)}


def with_phone(link: Link = PHONE, *, carries: bool = True, **changes: object) -> Facts:
    """The ADSL line is up, and a telephone is plugged in; it has a lease and its address if it `carries`."""
    base = line_up()
    return structs.replace(
        base,
        links=(*base.links, link),
        addresses=(*base.addresses, *([Address(link.index, OWN, 32)] if carries else [])),
        notes={"phone": BY_NAME} if carries else {},
        services=frozenset({*((name, "d") for name in RUNNING), *([(CLIENT, "d")] if carries else [])}),
        units={**base.units, CLIENT: Unit("active", "running")},
        **changes,
    )


def known(seen: Facts, site: Site = SITE, memory: Memory | None = None, now: float = 100.0) -> Evidence:
    return assess(site, seen, memory or Memory(), now)


def planned(seen: Facts, site: Site = SITE, memory: Memory | None = None) -> frozenset[Item]:
    return plan(site, seen, known(seen, site, memory), NUMBERS, firewall="", services=SERVICES)


@pytest.mark.parametrize("driver", ["rndis_host", "cdc_ncm", "cdc_ether", "ipheth"])
@pytest.mark.parametrize("name", ["usb0", "enx02aabbccddee", "eth5"])
def test_whatever_it_is_called_and_driven_by_it_gets_the_name_of_its_uplink(driver: str, name: str) -> None:
    seen = with_phone(structs.replace(PLUGGED, name=name, driver=driver), carries=False)
    actions = difference(planned(seen, ALWAYS), ours(ALWAYS, seen))
    assert [action for action in actions if isinstance(action.item, Named | Up) and action.item != Up("lan")][:1] == [
        Add(Named(40, "phone"))
    ]
    assert Service(CLIENT, "d") not in planned(seen, ALWAYS), "its name is to be right first"


def test_with_its_name_it_is_asked_for_a_lease_and_used() -> None:
    asked = planned(with_phone(carries=False), ALWAYS)
    assert {Up("phone"), Service(CLIENT, "d")} <= asked
    assert known(with_phone(carries=False), ALWAYS).uplinks["phone"].reason == "no answer from a DHCP server"
    used = planned(with_phone(), ALWAYS)
    assert {LineAddress(40, OWN), Endpoint(OWN, 40)} <= used


@pytest.mark.parametrize(
    "other",
    [
        Link(41, "enp2s0", driver="r8169"),
        Link(41, "enp3s0", driver="cdc_ether", usb="1-1.2"),
        Link(41, "enp1s0", driver="cdc_ncm", usb="1-1.2"),
        Link(41, "tun0"),
    ],
)
def test_a_card_of_another_sort_or_one_of_the_lan_s_is_none(other: Link) -> None:
    seen = with_phone(other, carries=False)
    assert known(seen, ALWAYS).uplinks["phone"].reason == "no telephone on USB, or it does not share"
    assert not [item for item in planned(seen, ALWAYS) if isinstance(item, Named)]


def test_a_socket_that_is_named_is_the_only_one_that_counts() -> None:
    site = parse(TEXT.replace("kind: tether\n    use: on-demand", "kind: tether\n    port: 1-1.3"))
    assert known(with_phone(), site).uplinks["phone"].reason == (
        "no telephone on USB 1-1.3, or it does not share; there is one on USB 1-1.2"
    )
    assert known(with_phone(structs.replace(PHONE, usb="1-1.3")), site).uplinks["phone"].address == OWN


def test_the_one_that_has_the_name_keeps_it_when_a_second_is_plugged_in() -> None:
    seen = with_phone()
    both = structs.replace(seen, links=(Link(39, "usb0", driver="cdc_ncm", usb="1-2"), *seen.links))
    assert [item for item in planned(both, ALWAYS) if isinstance(item, Named)] == [Named(40, "phone")]


@pytest.mark.parametrize(("first", "second"), [("", ""), ("", "1-2"), ("1-2", "1-2")])
def test_two_lines_cannot_be_the_same_telephone(first: str, second: str) -> None:
    def line(name: str, port: str) -> str:
        return f"  {name}:\n    kind: tether\n" + (f"    port: {port}\n" if port else "")

    both = TEXT.replace("uplinks:\n", "uplinks:\n" + line("one", first) + line("two", second))
    with pytest.raises(ConfigInvalid) as caught:
        parse(
            both.replace("  phone:\n    kind: tether\n    use: on-demand\n", "").replace("uplink: phone", "uplink: one")
        )
    assert [problem.key for problem in caught.value.problems] == ["uplinks.two.port"]


def test_two_telephones_in_two_sockets_are_two_lines() -> None:
    both = TEXT.replace("kind: tether\n", "kind: tether\n    port: 1-3\n").replace(
        "uplinks:\n", "uplinks:\n  other:\n    kind: tether\n    port: 1-4\n"
    )
    assert [line.name for _, line in parse(both).lines] == ["other", "adsl", "phone"]


def test_one_that_nobody_needs_is_there_and_no_more() -> None:
    seen = with_phone(carries=False)
    evidence = known(seen)
    assert (evidence.uplinks["phone"].rests, evidence.uplinks["phone"].reason) == (
        True,
        "on demand, and not needed now",
    )
    assert evidence.paths["phone"].rests
    touching = {item for item in planned(seen) if "phone" in repr(item) or "link=40" in repr(item)}
    assert touching == {Named(40, "phone"), Up("phone"), Mtu("phone", 1500)}


def test_what_is_missing_is_told_of_one_that_rests_too() -> None:
    seen = structs.replace(line_up(), notes={})
    assert (known(seen).uplinks["phone"].rests, known(seen).uplinks["phone"].reason) == (
        True,
        "no telephone on USB, or it does not share",
    )
    assert known(seen).view.ready == known(line_up()).view.ready


def test_one_that_is_needed_and_not_there_is_waited_for_by_nobody() -> None:
    seen = structs.replace(line_up(), asked=ASKED)
    assert known(seen).demand.taken["phone"].why == BY_HAND
    assert known(seen).uplinks["phone"].rests
    assert known(with_phone(asked=ASKED, carries=False)).uplinks["phone"].reason == "no answer from a DHCP server"
    assert not known(with_phone(asked=ASKED, carries=False)).uplinks["phone"].rests


def test_asked_for_by_hand_it_carries_and_let_go_its_endpoint_is_the_first_to_go() -> None:
    used = with_phone(asked=ASKED)
    assert known(used).uplinks["phone"].address == OWN
    assert Endpoint(OWN, 40) in planned(used)
    standing = structs.replace(used, endpoints=frozenset({Endpoint(OWN, 40, id=3)}), asked={})
    removals = [each.item for each in difference(planned(standing), ours(SITE, standing)) if isinstance(each, Remove)]
    assert [item for item in removals if not isinstance(item, Endpoint)][-2:] == [
        Service(CLIENT, "d"),
        LineAddress(40, OWN),
    ]
    assert removals[0] == Endpoint(OWN, 40)


def test_when_nothing_else_is_up_it_takes_the_connections() -> None:
    alone = with_phone()
    alone = structs.replace(alone, links=tuple(link for link in alone.links if link.name != "adsl"))
    evidence = known(alone, memory=Memory(demand=Demand(began=0.0, met=True)))
    assert evidence.demand.taken["phone"].why == ALONE
    assert Route(TABLE_MAIN, 40, ROUTER) in planned(alone, memory=Memory(demand=Demand(began=0.0, met=True)))


@pytest.mark.parametrize(
    ("failures", "why"), [(0, None), (1, ALONE)], ids=["the reflector alone is dead", "nothing is answered"]
)
def test_when_over_nothing_else_anything_is_heard_it_is_taken_in(failures: int, why: str | None) -> None:
    memory = Memory(
        demand=Demand(began=0.0, met=True),
        dead=frozenset({"adsl"}),
        verdict=Verdict(answered=True, failures=failures, reason="no answer" if failures else ""),
    )
    evidence = known(with_phone(), memory=memory)
    assert evidence.doubted == (why is None), "the telephone's path is heard of by nobody yet"
    assert (evidence.demand.taken["phone"].why if evidence.demand.taken else None) == why


def test_connections_open_over_the_line_that_is_always_in_use_whatever_the_order_in_the_file() -> None:
    first = parse(
        TEXT.replace("paths:\n", "paths:\n  early:\n    uplink: phone\n").replace("  phone:\n    uplink: phone\n", "")
    )
    seen = with_phone(asked=ASKED)
    items = plan(first, seen, known(seen, first), allot(first), firewall="", services=SERVICES)
    assert Route(TABLE_MAIN, 10) in items


def test_a_backup_has_an_endpoint_that_says_so_and_opens_no_connection() -> None:
    site = parse(TEXT.replace("use: on-demand", "use: backup"))
    items = planned(with_phone(), site)
    assert {Endpoint(OWN, 40, backup=True), Endpoint(PPP_ADDRESS, 10)} <= items
    assert Route(TABLE_MAIN, 10) in items
    standing = structs.replace(with_phone(), endpoints=frozenset({Endpoint(OWN, 40, id=3)}))
    actions = [each for each in difference(items, ours(site, standing)) if isinstance(each.item, Endpoint)]
    assert Add(Endpoint(OWN, 40, backup=True)) in actions
    assert Remove(Endpoint(OWN, 40)) not in actions, "its connections would lose their subflows"
