"""UDP and pings of the LAN: what goes into a carrier, what comes back out of it, and that neither goes another way.

The host's kernel may have no WireGuard: a cable stands for the carrier, and shows what would be wrapped.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from itertools import product

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config.forward import Forward
from gateway_init.config.site import Site
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown import number
from tests.netns.around import (
    CARRIER,
    CUSTOMER,
    DEVICE,
    EVERY_PORT,
    GATEWAY,
    HARBOUR,
    INSIDE,
    LOWER,
    NUMBERS,
    OAK,
    OAK_PORT,
    OTHER_DEVICE,
    SITE,
    TUNNEL,
    UPPER,
    WEB,
    House,
    carried,
    datagrams,
    gist,
    inhabited,
    ipv4,
    refusals,
)
from tests.netns.house import set_to
from tests.netns.packet import ACK, ECHO_REPLY, RST, SYN, UNREACHABLE, fragments, icmp, ip, tcp, udp

WRAPPED = SITE.destination.carrier.port
SIP = 5060


@pytest.fixture
def house() -> Iterator[House]:
    with inhabited() as sides, carried() as carrier:
        yield sides | {CARRIER: carrier}


def with_policy(**policy: str) -> Site:
    return structs.replace(SITE, policy=structs.replace(SITE.policy, **policy))


def another_device(house: House) -> None:
    """It answers by the same cable."""
    with house["lan"].inside():
        ipv4("address", "add", f"{OTHER_DEVICE}/24", "dev", "far")


# What goes into it.


def test_udp_and_pings_go_into_the_carrier_under_the_device_s_own_address(house: House) -> None:
    house["lan"].send(
        udp(DEVICE, WEB, 40000, SIP, b"hello"),
        icmp(DEVICE, WEB),
        *fragments(DEVICE, WEB, 40000, SIP, b"hello in two"),
    )
    sent = house[CARRIER].heard()
    udp_, icmp_ = socket.IPPROTO_UDP, socket.IPPROTO_ICMP
    assert gist(sent) == [(DEVICE, WEB, protocol) for protocol in (udp_, icmp_, udp_, udp_)]
    assert sent[0].endswith(b"hello")
    assert [packet for side in ("lan", "upper", "lower", TUNNEL) for packet in house[side].heard()] == []


def test_nothing_else_goes_into_it(house: House) -> None:
    for _ in range(2):
        house["lan"].send(
            udp(DEVICE, WEB, 40000, 443, b"QUIC"),
            tcp(DEVICE, WEB, 40000, 443, RST),
            tcp(DEVICE, WEB, 40001, 443, SYN | RST),
            icmp(DEVICE, WEB, UNREACHABLE),
            icmp(DEVICE, WEB, ECHO_REPLY),
            icmp(DEVICE, WEB, 13),
            ip(DEVICE, WEB, socket.IPPROTO_GRE, bytes(8)),
            ip(DEVICE, WEB, socket.IPPROTO_ESP, bytes(8)),
            udp("192.168.9.9", WEB, 40000, SIP, b"another network's"),
            udp(DEVICE, "224.0.0.251", 5353, 5353, b"mDNS"),
            udp(DEVICE, "255.255.255.255", 40000, SIP, b"broadcast"),
            udp(DEVICE, "10.20.30.255", 40000, SIP, b"broadcast"),
            udp(DEVICE, UPPER, 40000, SIP, b"the box's own"),
        )
    assert house[CARRIER].heard() == []


def test_names_and_the_time_are_the_box_s_to_answer(house: House) -> None:
    with datagrams(port=53) as names, datagrams(port=123) as clock:
        house["lan"].send(udp(DEVICE, WEB, 40000, 53, b"name"), udp(DEVICE, WEB, 40000, 123, b"time"))
        assert (names.recv(100), clock.recv(100)) == (b"name", b"time")
    assert house[CARRIER].heard() == []


def test_quic_is_refused_at_once_unless_it_is_wished_for(house: House) -> None:
    quic = udp(DEVICE, WEB, 40000, 443, b"QUIC")
    house["lan"].send(quic)
    assert len(refusals(house["lan"].heard())) == 1
    nftables.load(ruleset(with_policy(quic="carry"), NUMBERS).text)
    house["lan"].send(quic)
    assert house["lan"].heard() == []
    assert len(house[CARRIER].heard()) == 1


def test_who_calls_a_port_that_is_forwarded_gets_to_its_device_and_is_answered(house: House) -> None:
    calls = (Forward(port=8080, to=DEVICE, to_port=80), Forward(port=443, to=DEVICE, protocols=("udp",)))
    nftables.load(ruleset(structs.replace(SITE, ports=calls), NUMBERS).text)
    ipv4("link", "set", CARRIER, "mtu", "1300")
    with house["lan"].inside(), socket.create_server((DEVICE, 80)), datagrams(DEVICE, 443) as device:
        house[CARRIER].send(tcp(WEB, DEVICE, 40000, 80, most=1460), udp(WEB, DEVICE, 40000, 443, b"hello"))
        data, who = device.recvfrom(100)
        assert (data, who) == (b"hello", (WEB, 40000))
        device.sendto(b"here", who)
    agreed, answer = house[CARRIER].heard()[:2]
    assert gist([agreed, answer]) == [(DEVICE, WEB, socket.IPPROTO_TCP), (DEVICE, WEB, socket.IPPROTO_UDP)]
    assert agreed[33] == SYN | ACK and int.from_bytes(agreed[42:44], "big") == 1300 - 40
    assert answer.endswith(b"here")
    assert [packet for side in ("upper", "lower", TUNNEL) for packet in house[side].heard()] == []


def test_nobody_gets_further_by_it(house: House) -> None:
    another_device(house)
    calls = (Forward(port=8080, to=DEVICE, to_port=80, protocols=("tcp",)),)
    nftables.load(ruleset(structs.replace(SITE, ports=calls), NUMBERS).text)
    for side in (CARRIER, "upper", "lower", TUNNEL):
        house[side].send(
            *([tcp(WEB, DEVICE, 40001, 80)] if side != CARRIER else []),
            tcp(WEB, DEVICE, 40000, 81),
            udp(WEB, DEVICE, 40000, 80),
            tcp(WEB, OTHER_DEVICE, 40000, 80),
            tcp(WEB, GATEWAY, 40000, 80),
            tcp(OTHER_DEVICE, DEVICE, 40000, 80),
            tcp(INSIDE, DEVICE, 40000, 80),
        )
    assert house["lan"].heard() == []


def test_where_udp_is_refused_all_of_it_is(house: House) -> None:
    nftables.load(ruleset(with_policy(udp="refuse", quic="carry"), NUMBERS).text)
    house["lan"].send(
        udp(DEVICE, WEB, 40000, SIP),
        icmp(DEVICE, WEB),
        udp(DEVICE, WEB, 40000, 443),
        *fragments(DEVICE, WEB, 40001, SIP, b"in two"),
    )
    assert len(refusals(house["lan"].heard())) == 4
    house[CARRIER].send(udp(WEB, DEVICE, SIP, 40000, b"unasked"))
    assert house["lan"].heard() == house[CARRIER].heard() == []


@pytest.mark.parametrize("left", ["route", "interface"])
def test_where_there_is_no_carrier_it_is_refused_at_once_and_goes_no_other_way(house: House, left: str) -> None:
    if left == "route":
        ipv4("route", "flush", "table", str(number.CARRIER_TABLE))
    else:
        run(["ip", "link", "set", CARRIER, "down"])
    for each in ("upper", "lower", TUNNEL):
        # Should anything ever set this: the ruleset holds by itself.
        set_to(f"net.ipv4.conf.{each}.forwarding", "1")
        ipv4("route", "replace", "default", "dev", each)
        house["lan"].send(udp(DEVICE, WEB, 40000, SIP), icmp(DEVICE, WEB))
        assert len(refusals(house["lan"].heard())) == 2
        assert house[each].heard() == []


def test_a_device_that_speaks_with_all_the_world_leaves_room_for_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number, "DEVICE_CONNECTIONS", 3)
    nftables.load(ruleset(SITE, NUMBERS).text)
    for device in (DEVICE, OTHER_DEVICE):
        house["lan"].send(*(udp(device, WEB, 40000 + each, SIP) for each in range(5)))
        assert len(house[CARRIER].heard()) == 3
        # What has begun goes on.
        house["lan"].send(*(udp(device, WEB, 40000 + each, SIP) for each in range(3)))
        assert len(house[CARRIER].heard()) == 3


# What comes back.


def test_answers_come_back_and_errors_on_the_way_are_told(house: House) -> None:
    house["lan"].send(asked := udp(DEVICE, WEB, 40000, SIP, b"hello"), icmp(DEVICE, WEB))
    house[CARRIER].send(
        udp(WEB, DEVICE, SIP, 40000, b"answer"),
        icmp(WEB, DEVICE, ECHO_REPLY),
        icmp(OAK, DEVICE, UNREACHABLE, 1, bytes(4) + asked),
    )
    came = gist(house["lan"].heard())
    assert came == [(WEB, DEVICE, socket.IPPROTO_UDP), (WEB, DEVICE, socket.IPPROTO_ICMP), (OAK, DEVICE, 1)]


def test_a_carrier_brings_nothing_that_nobody_asked_for(house: House) -> None:
    house["lan"].send(udp(DEVICE, WEB, 40000, SIP, b"hello"))
    targets = (DEVICE, OTHER_DEVICE, GATEWAY, UPPER, INSIDE, "255.255.255.255", "10.20.30.255", "224.0.0.1")
    with datagrams(port=53) as names:
        for source, target in product((WEB, CUSTOMER, OAK, HARBOUR, DEVICE, GATEWAY, "127.0.0.1", INSIDE), targets):
            for port in (*EVERY_PORT, 40001):
                house[CARRIER].send(
                    udp(source, target, SIP, port, b"knock"),
                    tcp(source, target, SIP, port, SYN),
                    tcp(source, target, SIP, port, ACK),
                    *fragments(source, target, SIP, port, b"knock in two"),
                )
            house[CARRIER].send(icmp(source, target), ip(source, target, socket.IPPROTO_GRE, bytes(8)))
        names.setblocking(False)
        with pytest.raises(BlockingIOError):
            names.recv(100)
    assert house["lan"].heard() == []
    assert [packet for side in ("upper", "lower", TUNNEL) for packet in house[side].heard()] == []


def test_a_carrier_brings_nothing_in_the_name_of_who_is_inside(house: House) -> None:
    inside = "172.20.1.77"
    house["lan"].send(*(udp(DEVICE, each, 40000, SIP, b"hello") for each in (inside, WEB)))
    house[CARRIER].send(*(udp(each, DEVICE, SIP, 40000, b"answer") for each in (inside, WEB)))
    assert gist(house["lan"].heard()) == [(WEB, DEVICE, socket.IPPROTO_UDP)]


def test_a_carrier_meets_no_connection_of_the_box_s_own(house: House) -> None:
    with datagrams(UPPER, tunnel_over="upper") as tunnel:
        tunnel.sendto(b"hello", (OAK, OAK_PORT))
        port = tunnel.getsockname()[1]
        house[CARRIER].send(udp(OAK, UPPER, OAK_PORT, port, b"forged"))
        house["upper"].send(udp(OAK, UPPER, OAK_PORT, port, b"true"))
        assert tunnel.recv(100) == b"true"


@pytest.mark.parametrize("forger", ["upper", "lower", TUNNEL])
def test_nobody_on_a_line_speaks_into_a_call(house: House, forger: str) -> None:
    house["lan"].send(udp(DEVICE, WEB, 40000, SIP, b"hello"))
    set_to(f"net.ipv4.conf.{forger}.forwarding", "1")
    house[forger].send(udp(WEB, DEVICE, SIP, 40000, b"forged"))
    house[CARRIER].send(udp(WEB, DEVICE, SIP, 40000, b"true"))
    (came,) = house["lan"].heard()
    assert came.endswith(b"true")


# The carrier's own packets.


@pytest.mark.parametrize(("side", "own"), [("upper", UPPER), ("lower", LOWER), (TUNNEL, INSIDE)])
def test_what_is_wrapped_reaches_the_destination_by_each_path_and_its_answer_is_let_in(
    house: House, side: str, own: str
) -> None:
    ipv4("route", "replace", "default", "dev", side)
    with datagrams() as wrapped:
        wrapped.sendto(b"wrapped", (HARBOUR, WRAPPED))
        (sent,) = house[side].heard()
        assert sent.endswith(b"wrapped")
        house[side].send(udp(HARBOUR, own, WRAPPED, wrapped.getsockname()[1], b"answer"))
        assert wrapped.recv(100) == b"answer"


@pytest.mark.parametrize("side", ["upper", TUNNEL])
def test_where_udp_is_refused_nothing_is_wrapped_either(house: House, side: str) -> None:
    nftables.load(ruleset(with_policy(udp="refuse"), NUMBERS).text)
    ipv4("route", "replace", "default", "dev", side)
    with datagrams() as wrapped, pytest.raises(PermissionError):
        wrapped.sendto(b"wrapped", (HARBOUR, WRAPPED))
    assert house[side].heard() == []


def test_whoever_calls_from_outside_costs_a_device_none_of_its_own_connections(house: House) -> None:
    calls = (Forward(port=443, to=DEVICE, protocols=("udp",)),)
    rules = ruleset(structs.replace(SITE, ports=calls), NUMBERS).text
    nftables.load(
        rules.replace(f"over {number.CALLED_CONNECTIONS}", "over 3").replace(
            f"over {number.DEVICE_CONNECTIONS}", "over 3"
        )
    )
    with house["lan"].inside(), datagrams(DEVICE, 443):
        first = udp(WEB, DEVICE, 40000, 443, b"first")
        house[CARRIER].send(*(udp(WEB, DEVICE, 40000 + each, 443, b"x") for each in range(6)))
        assert len(house["lan"].heard()) == 3
        house["lan"].send(udp(DEVICE, WEB, 40000, SIP, b"its own"))
        assert house[CARRIER].heard()[-1].endswith(b"its own")
        # Those that got through go on.
        house[CARRIER].send(first)
        assert house["lan"].heard()[-1].endswith(b"first")
