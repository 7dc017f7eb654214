"""UDP of the LAN, from what is known of the paths to what the kernel is told of its carriers."""

from __future__ import annotations

import base64
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.mistake import Mistake
from gateway_init.config.allotted import allot
from gateway_init.config.site import Site
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Address, Facts, Link
from gateway_init.facts.item import Carrier, Forwards, Item, LineAddress, Mtu, Route, Rule, Steered, Up
from gateway_init.host.carriers import digest, made_of, steer
from gateway_init.host.netlink import wgmsg
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.render.carriers import carriers
from gateway_init.wellknown import carrier, number
from tests.unit.gateway.given import ANSWERED, NUMBERS, SITE, line_down, line_up

DEVICE = "carrier0"
LINK = Link(40, DEVICE, mtu=1420, up=False)
MADE = {"near": "digest"}
KEYS = st.binary(min_size=32, max_size=32).map(lambda data: base64.b64encode(data).decode())


def with_carrier(facts: Facts, link: Link = LINK) -> Facts:
    """The kernel has made one."""
    return structs.replace(facts, links=(*facts.links, link), carriers=frozenset({Carrier(DEVICE, "digest")}))


def planned(
    facts: Facts, caller: str = "", silent: tuple[str, ...] = (), made: dict[str, str] = MADE, site: Site = SITE
) -> frozenset[Item]:
    memory = Memory(verdict=ANSWERED, callers={SITE.main: caller}, silent=dict.fromkeys(silent, 5.0))
    evidence = assess(site, facts, memory, 10.0)
    return plan(site, facts, evidence, allot(site), firewall="f", services={}, carriers=made)


def steered(items: frozenset[Item]) -> list[int]:
    return [item.mark for item in items if isinstance(item, Steered)]


def test_a_carrier_is_made_then_all_that_hangs_on_it() -> None:
    facts = line_up(tunnels=("adsl-near",))
    before = planned(facts)
    assert Carrier(DEVICE, "digest") in before
    assert not [item for item in before if getattr(item, "link", None) == 40]
    after = planned(with_carrier(facts))
    table = NUMBERS.carrier_table("near")
    assert after >= {
        Up(DEVICE),
        Mtu(DEVICE, 1360),
        LineAddress(40, IPv4Address("198.19.54.0")),
        Route(table, 40),
        Rule(NUMBERS.carrier_rule("near"), table, mark=number.DESTINATION_MARK),
    }


def test_forwarding_is_on_for_the_lan_and_the_carriers_alone() -> None:
    facts = with_carrier(line_up(tunnels=("adsl-near",)))
    assert {item.link for item in planned(facts) if isinstance(item, Forwards)} == {"lan", DEVICE}
    opened = structs.replace(facts, links=tuple(structs.replace(link, forwards=True) for link in facts.links))
    closed = [action.item for action in difference(planned(opened), ours(SITE, opened)) if isinstance(action, Remove)]
    links = {item.link for item in closed if isinstance(item, Forwards)}
    assert links == {"enp1s0", "enp2s0", "enp3s0", "adsl", "adsl-near"}


def test_where_udp_is_refused_nothing_of_it_is_there() -> None:
    facts = with_carrier(line_up())
    kinds = (Carrier, Steered, Forwards)
    assert not [item for item in planned(facts, made={}) if isinstance(item, kinds)]
    assert Remove(Carrier(DEVICE, "digest")) in difference(planned(facts, made={}), ours(SITE, facts))


@pytest.mark.parametrize(
    ("caller", "silent", "path"),
    [
        ("", (), "adsl"),
        ("adsl-near", (), "adsl-near"),
        ("adsl-near", ("adsl-near",), "adsl"),
        ("adsl", ("adsl",), "adsl-near"),
        ("adsl-jumpbox-a", (), "adsl"),
    ],
)
def test_its_packets_go_by_the_path_that_is_best_for_calls_where_that_is_up(
    caller: str, silent: tuple[str, ...], path: str
) -> None:
    items = planned(with_carrier(line_up(tunnels=("adsl-near",))), caller, silent)
    assert steered(items) == [NUMBERS.path_mark(path)]
    assert Rule(NUMBERS.path_rule(path), NUMBERS.path_table(path), mark=NUMBERS.path_mark(path)) in items


def test_while_no_path_is_up_nothing_leads_into_it() -> None:
    items = planned(with_carrier(line_down()))
    assert Carrier(DEVICE, "digest") in items
    assert not [item for item in items if isinstance(item, Route | Rule | Steered)]


def test_a_change_of_path_is_one_step() -> None:
    facts = with_carrier(line_up(tunnels=("adsl-near",)))
    before, after = planned(facts, "adsl"), planned(facts, "adsl-near")
    assert difference(after, before) == (Add(Steered(DEVICE, NUMBERS.path_mark("adsl-near"))),)


def test_one_that_is_as_it_should_be_is_left_alone_and_one_with_another_key_made_anew_in_one_step() -> None:
    link = structs.replace(LINK, up=True, mtu=1360, forwards=True)
    facts = with_carrier(line_up(tunnels=("adsl-near",)), link)
    facts = structs.replace(
        facts,
        addresses=(*facts.addresses, Address(40, IPv4Address("198.19.54.0"), 32)),
        steered=frozenset({Steered(DEVICE, NUMBERS.path_mark("adsl"))}),
    )

    def about(made: dict[str, str]) -> list[object]:
        own = (Carrier, Steered, Mtu, Up, Forwards, LineAddress)
        actions = difference(planned(facts, "adsl", made=made), ours(SITE, facts))
        return [each for each in actions if isinstance(each.item, own) and each.item.link in (DEVICE, 40)]

    assert about(MADE) == []
    assert about({"near": "another"}) == [Add(Carrier(DEVICE, "another"))]


def test_its_packets_fit_into_every_path_whole() -> None:
    def size(*mtus: int) -> int:
        facts = with_carrier(line_up(tunnels=("adsl-near",)))
        links = tuple(structs.replace(link, mtu=mtus[0]) if link.name == "adsl" else link for link in facts.links)
        return next(
            item.mtu
            for item in planned(structs.replace(facts, links=links))
            if isinstance(item, Mtu) and item.link == DEVICE
        )

    assert [size(each) for each in (1500, 1492, 1440, 1280)] == [1360, 1360, 1308, 1280]


# What the kernel is told, and tells.


def told(attributes: list[tuple[str, object]], name: str = DEVICE) -> object:
    """As it would be read back from what is sent."""
    message = wgmsg()
    message["attrs"] = [("WGDEVICE_A_IFNAME", name), *attributes]
    message.encode()
    read = wgmsg(message.data)
    read.decode()
    return read


@given(KEYS, KEYS, st.ip_addresses(v=4), st.integers(1, 65535))
def test_what_one_is_made_of_is_known_again(own: str, theirs: str, address: IPv4Address, port: int) -> None:
    wanted = carrier.Carrier(own, theirs, address, port)
    assert digest(told(made_of(wanted))) == wanted.digest
    assert digest(told(made_of(structs.replace(wanted, port=port % 65535 + 1)))) != wanted.digest


def test_one_without_its_other_end_is_none_of_ours() -> None:
    assert digest(told([])) == digest(told([("WGDEVICE_A_PEERS", [])])) == ""


def test_with_another_path_the_other_end_is_told_at_once() -> None:
    key = base64.b64encode(b"k" * 32).decode()
    device = told(made_of(carrier.Carrier(key, key, IPv4Address("192.0.2.1"), 51820)))
    again = told(steer(device, 0x301))
    assert again.get_attr("WGDEVICE_A_FWMARK") == 0x301  # type: ignore[attr-defined]
    peers = again.get_attr("WGDEVICE_A_PEERS")  # type: ignore[attr-defined]
    kept = [peer.get_attr("WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL") for peer in peers]
    assert kept == [0, carrier.KEEPALIVE], "who begins to keep alive says so at once"
    assert {peer.get_attr("WGPEER_A_PUBLIC_KEY") for peer in peers} == {key.encode()}
    assert not [peer for peer in peers if peer.get_attr("WGPEER_A_FLAGS") or peer.get_attr("WGPEER_A_ALLOWEDIPS")]


# Where its keys come from.


def test_a_key_that_is_none_is_told() -> None:
    key = base64.b64encode(bytes(32)).decode()
    assert carriers(SITE, lambda _: f"{key}\n")["near"].port == 51820
    for text in ("garbage\n", base64.b64encode(bytes(31)).decode()):
        with pytest.raises(Mistake, match=r"secrets/carrier-gateway-near\.key: "):
            carriers(SITE, lambda _, text=text: text)  # type: ignore[misc]
