"""What a route lets leave by a line itself: that alone, in the line's own name, and by no other line."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Network

import pytest
from msgspec import structs

from gateway_init.config.allotted import allot
from gateway_init.config.route import Route
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from tests.netns.around import (
    CUSTOMER,
    DEVICE,
    HARBOUR,
    HARBOUR_PORT,
    LOWER,
    OAK,
    OTHER_DEVICE,
    SITE,
    UPPER,
    WEB,
    House,
    carried,
    gist,
    ipv4,
    refusals,
)
from tests.netns.house import set_to
from tests.netns.packet import ACK, ECHO_REPLY, RST, SYN, fragments, icmp, tcp, udp
from tests.netns.packet import ip as packet

BANK, SIP = "198.51.100.200", 5060
"""An address in a network that goes by the lower line, which the main table does not name."""
UNWRAPPED = structs.replace(
    SITE,
    routes=(
        Route(via="uplink lower", networks=(IPv4Network("198.51.100.192/27"),)),
        Route(via="uplink lower", clients=(OTHER_DEVICE,), ports=(SIP,)),
    ),
)
NUMBERS = allot(UNWRAPPED)
LAN = str(SITE.lan.address.network)
TABLE, MARK, RULE = NUMBERS.uplink_table("lower"), NUMBERS.mark("lower"), NUMBERS.mark_rule("lower")


@pytest.fixture
def unwrapped(house: House) -> Iterator[House]:
    nftables.load(ruleset(UNWRAPPED, NUMBERS).text)
    # As plan/uplinks.py has it.
    ipv4("route", "add", "default", "dev", "lower", "table", str(TABLE))
    ipv4("rule", "add", "priority", str(RULE), "fwmark", hex(MARK), "lookup", str(TABLE))
    ipv4("rule", "add", "priority", str(NUMBERS.late_rule("lower")), "from", LAN, "lookup", str(TABLE))
    for each in ("lan", "lower"):
        set_to(f"net.ipv4.conf.{each}.forwarding", "1")
    yield house


def nothing_elsewhere(house: House, *sides: str) -> bool:
    return [packet for side in house if side not in sides for packet in house[side].heard()] == []


def test_tcp_udp_and_pings_leave_in_the_line_s_name_and_come_back(unwrapped: House) -> None:
    unwrapped["lan"].send(
        tcp(DEVICE, BANK, 40000, 443),
        udp(DEVICE, BANK, 40000, 443),
        icmp(DEVICE, BANK),
        udp(OTHER_DEVICE, WEB, SIP, SIP),
    )
    sent = unwrapped["lower"].heard()
    assert gist(sent) == [
        (LOWER, BANK, socket.IPPROTO_TCP),
        (LOWER, BANK, socket.IPPROTO_UDP),
        (LOWER, BANK, socket.IPPROTO_ICMP),
        (LOWER, WEB, socket.IPPROTO_UDP),
    ]
    assert nothing_elsewhere(unwrapped, "lower")
    from_port = int.from_bytes(sent[0][20:22], "big")
    unwrapped["lower"].send(
        tcp(BANK, LOWER, 443, from_port, SYN | ACK, 2),
        udp(BANK, LOWER, 443, int.from_bytes(sent[1][20:22], "big"), b"answer"),
        icmp(BANK, LOWER, ECHO_REPLY, data=sent[2][24:]),
    )
    assert gist(unwrapped["lan"].heard()) == [
        (BANK, DEVICE, protocol) for protocol in (socket.IPPROTO_TCP, socket.IPPROTO_UDP, socket.IPPROTO_ICMP)
    ]


def test_nothing_else_leaves_by_it(unwrapped: House) -> None:
    unwrapped["lan"].send(
        udp(DEVICE, WEB, 40000, SIP),
        icmp(OTHER_DEVICE, WEB),
        tcp(OTHER_DEVICE, HARBOUR, 40001, SIP),
        udp(OTHER_DEVICE, OAK, 40000, SIP),
        udp(OTHER_DEVICE, "172.20.1.1", 40000, SIP),
        tcp(DEVICE, BANK, 40002, 443, RST),
        icmp(DEVICE, BANK, ECHO_REPLY),
        icmp(DEVICE, BANK, 13),
        packet(DEVICE, BANK, socket.IPPROTO_GRE, bytes(8)),
        udp("192.168.9.9", BANK, 40000, SIP),
        tcp(DEVICE, BANK, 40003, 853),
        *fragments(DEVICE, BANK, 40004, 853, b"names, in secret"),
        udp(DEVICE, BANK, 68, 67, b"for the line's own lease"),
    )
    assert unwrapped["lower"].heard() == []
    assert nothing_elsewhere(unwrapped, "lan")


def test_who_calls_a_server_of_the_box_s_from_the_lan_does_not_get_there_unwrapped(unwrapped: House) -> None:
    every = structs.replace(SITE, routes=(Route(via="uplink lower", clients=(DEVICE,)),))
    nftables.load(ruleset(every, NUMBERS).text)
    unwrapped["lan"].send(tcp(DEVICE, HARBOUR, 40000, HARBOUR_PORT), udp(DEVICE, OAK, 40000, 1195))
    assert unwrapped["lower"].heard() == []
    unwrapped["lan"].send(tcp(DEVICE, WEB, 40000, HARBOUR_PORT))
    assert gist(unwrapped["lower"].heard()) == [(LOWER, WEB, socket.IPPROTO_TCP)]


def test_options_of_ipv4_do_not_leave(unwrapped: House) -> None:
    record_route = bytes((7, 7, 4, 0, 0, 0, 0, 0))
    datagram = udp(DEVICE, BANK, 40000, SIP, b"hello")[20:]
    for options in (record_route, b""):
        unwrapped["lan"].send(packet(DEVICE, BANK, socket.IPPROTO_UDP, datagram, options=options))
    (left,) = unwrapped["lower"].heard()
    assert left.endswith(b"hello") and left[0] == 0x45


def test_while_the_line_is_down_there_is_no_way_and_whoever_waits_is_told(unwrapped: House) -> None:
    ipv4("route", "del", "default", "dev", "lower", "table", str(TABLE))
    unwrapped["lan"].send(tcp(DEVICE, BANK, 40000, 443), udp(DEVICE, BANK, 40000, 443))
    heard = unwrapped["lan"].heard()
    assert [packet[33] & RST for packet in heard if packet[9] == socket.IPPROTO_TCP] == [RST]
    assert len(refusals(heard)) == 1
    assert nothing_elsewhere(unwrapped, "lan")


def test_nobody_is_asked_for_larger_packets_than_the_line_takes(unwrapped: House) -> None:
    ipv4("link", "set", "lower", "mtu", "1400")
    unwrapped["lan"].send(tcp(DEVICE, BANK, 40000, 443, most=1460))
    (asked,) = unwrapped["lower"].heard()
    assert int.from_bytes(asked[42:44], "big") == 1400 - 40


def test_nobody_outside_gets_in_by_it(unwrapped: House) -> None:
    for side, own in (("lower", LOWER), ("upper", UPPER)):
        unwrapped[side].send(
            udp(BANK, own, 443, 40000, b"unasked"),
            udp(CUSTOMER, DEVICE, 443, 40000, b"to a device"),
            tcp(CUSTOMER, DEVICE, 443, 40000),
            icmp(BANK, own, ECHO_REPLY),
        )
    assert all(unwrapped[side].heard() == [] for side in unwrapped)


def test_answers_come_in_while_no_path_is_up(unwrapped: House) -> None:
    ipv4("route", "del", "default")
    unwrapped["lan"].send(udp(DEVICE, BANK, 40000, SIP), udp(DEVICE, WEB, 40000, SIP))
    (asked,) = unwrapped["lower"].heard()
    unwrapped["lower"].send(udp(BANK, LOWER, SIP, int.from_bytes(asked[20:22], "big"), b"answer"))
    assert unwrapped["lan"].heard()[-1].endswith(b"answer")


def test_what_has_begun_by_the_carrier_stays_there_whatever_its_route_says_now(unwrapped: House) -> None:
    calls = [udp(DEVICE, BANK, 40000, SIP), icmp(DEVICE, BANK)]
    with carried() as carrier:
        nftables.load(ruleset(SITE, NUMBERS).text)
        unwrapped["lan"].send(*calls)
        assert len(carrier.heard()) == 2
        nftables.load(ruleset(UNWRAPPED, NUMBERS).text)
        unwrapped["lan"].send(*calls, udp(DEVICE, BANK, 40001, SIP))
        assert gist(carrier.heard()) == [(DEVICE, BANK, socket.IPPROTO_UDP), (DEVICE, BANK, socket.IPPROTO_ICMP)]
        assert gist(unwrapped["lower"].heard()) == [(LOWER, BANK, socket.IPPROTO_UDP)]


def test_what_has_not_the_line_s_name_does_not_leave_by_it(unwrapped: House) -> None:
    """Should a connection ever be marked for a line after it was given none."""
    rules = ruleset(UNWRAPPED, NUMBERS).text
    nftables.load(rules.replace("masquerade", "accept"))
    unwrapped["lan"].send(udp(DEVICE, BANK, 40000, SIP))
    assert unwrapped["lower"].heard() == []


def test_a_call_that_went_by_the_line_goes_by_the_carrier_once_its_route_is_out(unwrapped: House) -> None:
    call = udp(DEVICE, BANK, 40000, SIP, b"hello")
    with carried() as carrier:
        unwrapped["lan"].send(call)
        (asked,) = unwrapped["lower"].heard()
        unwrapped["lower"].send(udp(BANK, LOWER, SIP, int.from_bytes(asked[20:22], "big"), b"answer"))
        assert len(unwrapped["lan"].heard()) == 1
        nftables.load(ruleset(SITE, NUMBERS).text)
        # The kernel drops the first one with the line's name on it.
        unwrapped["lan"].send(call, call)
        assert gist(carrier.heard()) == [(DEVICE, BANK, socket.IPPROTO_UDP)]
        assert unwrapped["lower"].heard() == []
