"""Which destination a connection of the LAN's goes to, and what is told there is no way, tried with packets."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config import name_sets
from gateway_init.config.allotted import allot
from gateway_init.config.name_sets import set_name
from gateway_init.config.route import REFUSE, Route
from gateway_init.daemon.names import keep
from gateway_init.evidence.memory import Emptied
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown.number import DOT_PORT, NAMES_KEPT, NFT_ROUTES
from tests.netns.around import DEVICE, GATEWAY, OTHER_DEVICE, SITE, WEB, House, refusals
from tests.netns.packet import udp

NAMED, FAR, PORT = "198.51.100.9", "198.51.100.129", 8080
"""An address that a routed name has led to, one in a routed network, and a routed port."""
BY_NAME = Route(to="abroad", domains=("stream.example",))
ROUTED = structs.replace(
    SITE,
    servers=SITE.servers | {"abroad": structs.replace(SITE.destination, address=IPv4Address("203.0.113.99"))},
    routes=(
        Route(to=REFUSE, ports=(25,)),
        BY_NAME,
        Route(to="abroad", networks=(IPv4Network("198.51.100.128/25"),), clients=(DEVICE,)),
        Route(to="abroad", ports=(PORT,)),
    ),
)
NUMBERS = allot(ROUTED)
NAMES = set_name(ROUTED, 1)
NEAR, ABROAD = (NUMBERS.redirect_port(name) for name in ROUTED.destinations)


@pytest.fixture
def routed(house: House) -> House:
    nftables.load(ruleset(ROUTED, NUMBERS).text)
    learn(NAMED)
    return house


def learn(address: str, half: str = "even") -> None:
    """As dnsmasq does, before it answers."""
    run(["nft", "add", "element", "inet", NFT_ROUTES, f"{NAMES}-{half}", f"{{ {address} }}"])


def taken(house: House, address: str, port: int) -> int:
    """By which of redsocks' ports a connection of the LAN's is taken."""
    with (
        socket.create_server((GATEWAY, NEAR)) as near,
        socket.create_server((GATEWAY, ABROAD)) as abroad,
        house["lan"].inside(),
        socket.create_connection((address, port), timeout=10) as line,
    ):
        for each in (near, abroad):
            each.settimeout(0.5)
            try:
                got, peer = each.accept()
            except TimeoutError:
                continue
            got.close()
            assert peer == line.getsockname()
            return int(each.getsockname()[1])
    raise AssertionError("nobody took it")


def test_what_no_route_names_goes_to_the_destination_for_all(routed: House) -> None:
    assert taken(routed, WEB, 443) == NEAR


def test_names_networks_of_a_device_and_ports_go_elsewhere(routed: House) -> None:
    assert taken(routed, NAMED, 443) == ABROAD
    assert taken(routed, FAR, 443) == ABROAD
    assert taken(routed, WEB, PORT) == ABROAD


def test_a_route_of_another_device_s_is_not_this_one_s(house: House) -> None:
    other = Route(to="abroad", networks=(IPv4Network("198.51.100.128/25"),), clients=(OTHER_DEVICE,))
    nftables.load(ruleset(structs.replace(ROUTED, routes=(BY_NAME, other)), NUMBERS).text)
    assert taken(house, FAR, 443) == NEAR


def test_a_device_that_is_known_by_its_name_takes_its_route_with_the_address_that_it_has_now(house: House) -> None:
    mixed = Route(to="abroad", ports=(443,), clients=("tv", OTHER_DEVICE))
    site = structs.replace(ROUTED, routes=(BY_NAME, mixed))
    nftables.load(ruleset(site, NUMBERS).text)
    (device,) = map(name_sets.device_set, name_sets.given(site))
    assert taken(house, WEB, 443) == NEAR
    nftables.fill(NFT_ROUTES, {device: {IPv4Address(DEVICE)}})
    assert taken(house, WEB, 443) == ABROAD
    # Neither an edit of the config nor the turn in which names are forgotten takes it away.
    nftables.load(ruleset(structs.replace(site, routes=(mixed,)), NUMBERS).text)
    for turn in range(2):
        keep([device], Emptied(turn, 0.0), NAMES_KEPT)
    assert taken(house, WEB, 443) == ABROAD
    nftables.fill(NFT_ROUTES, {device: set()})
    assert taken(house, WEB, 443) == NEAR


def test_the_first_that_fits_counts_and_what_is_refused_is_told_at_once(routed: House) -> None:
    with routed["lan"].inside():
        for address, port in ((NAMED, 25), (WEB, 25), (WEB, DOT_PORT)):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, port), timeout=10)


def test_who_would_ask_for_names_in_secret_by_udp_is_told_at_once_too(routed: House) -> None:
    routed["lan"].send(udp(DEVICE, WEB, 40000, DOT_PORT, b"DNS over QUIC"))
    (refused,) = refusals(routed["lan"].heard())
    assert refused[9] == socket.IPPROTO_UDP


def test_another_ruleset_leaves_what_names_have_led_to(routed: House) -> None:
    more = structs.replace(ROUTED, routes=(Route(to=REFUSE, ports=(26,)), *ROUTED.routes))
    nftables.load(ruleset(more, NUMBERS).text)
    assert taken(routed, NAMED, 443) == ABROAD


def test_an_address_is_known_until_both_halves_are_emptied(routed: House) -> None:
    learn(NAMED, "odd")
    nftables.empty(NFT_ROUTES, f"{NAMES}-even")
    assert taken(routed, NAMED, 443) == ABROAD
    nftables.empty(NFT_ROUTES, f"{NAMES}-odd")
    assert taken(routed, NAMED, 443) == NEAR


def test_a_set_of_a_route_that_is_no_more_is_removed_and_a_lost_table_is_noticed(routed: House) -> None:
    assert taken(routed, WEB, 443) == NEAR
    assert nftables.loaded() == ruleset(ROUTED, NUMBERS).digest
    nftables.load(ruleset(structs.replace(ROUTED, routes=ROUTED.routes[:1]), NUMBERS).text)
    assert keep([f"{NAMES}-new"], Emptied(at=0.0), NAMES_KEPT) == Emptied(1, NAMES_KEPT)
    assert f"{NAMES}-even" not in nftables.elements(NFT_ROUTES)
    run(["nft", "delete", "table", "inet", NFT_ROUTES])
    assert nftables.loaded() == ""
