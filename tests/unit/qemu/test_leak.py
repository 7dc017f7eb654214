"""Whether a packet may leave: said by one that knows the list, and neither ruleset nor nft."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.allowed import as_json, leaving
from gateway_init.config.route import Route
from gateway_init.wellknown.allowed import Allowed
from qemu.world.leak.header import dissect
from qemu.world.leak.matcher import PLAIN, Matcher
from tests import frame
from tests.frozen import THIRD
from tests.netns import packet

SITE = THIRD.load()
LISTED = {each.uplink: each for each in leaving(SITE)}
PLAINLY: dict[str, list[dict[str, Any]]] = {
    each["uplink"]: each["allowed"] for each in json.loads(as_json(LISTED.values()))
}
OWN, LAN, QUAY, HILL = "100.64.1.2", "172.16.9.5", "198.51.100.17", "192.0.2.21"
NETWORK = "100.64.1.0/24"
NAMES = {"www.stream.example": frame.NAMED, "stream.example.web.example": "198.51.100.98"}
EACH = [(uplink, number) for uplink, each in LISTED.items() for number in range(len(each.allowed))]
CABLE, COPPER = LISTED["cable"], LISTED["copper"]


def told(frames: Iterable[bytes], uplink: str = "cable", but: int | None = None) -> list[str]:
    """What the matcher says of frames; `but`: without that entry of the list."""
    listed = [each for number, each in enumerate(PLAINLY[uplink]) if number != but]
    matcher = Matcher(listed, [NETWORK], NAMES)
    return [matcher.what(dissect(each, len(each))) for each in frames]


def plainly(*packets: bytes) -> list[str]:
    """Of packets that leave the cable line."""
    return told(map(frame.ethernet, packets))


@pytest.mark.parametrize(("uplink", "number"), EACH)
def test_a_packet_of_each_class_is_known_and_is_foreign_without_its_entry(uplink: str, number: int) -> None:
    allowed = LISTED[uplink].allowed[number]
    sent = frame.sample(allowed, OWN)
    assert told([sent], uplink) == [allowed.what]
    assert told([sent], uplink, but=number) == [""]


def expected(
    form: tuple[int, int | None, tuple[int, ...]], ends: tuple[str, str], udp: bool, ports: tuple[int, int]
) -> str:
    """What the list says of a packet of UDP, or of TCP that opens by Multipath TCP: by its fields alone."""
    ethertype, ppp, tags = form
    for each in COPPER.allowed:
        right = (
            (each.ethertype, each.ppp) == (ethertype, () if ppp is None else (ppp,)),
            (() if each.vlan is None else (each.vlan,)) == tags,
            each.is_ipv4,
            each.protocol == ("udp" if udp else "tcp"),
            ends[0] == str(each.source or OWN),
            ends[1] == str(each.target),
            ports[1] in each.ports,
        )
        if all(right):
            return each.what
    return ""


@given(
    st.sampled_from([(0x0800, None), (0x8864, 0x21)]),
    st.sampled_from([(), (35,), (36,), (35, 35)]),
    st.sampled_from([OWN, LAN, "192.168.100.2", "0.0.0.0", "172.20.0.1"]),
    st.sampled_from([QUAY, HILL, "192.168.100.1", "8.8.8.8", "224.0.0.251", LAN]),
    st.booleans(),
    st.sampled_from([8388, 862, 1194, 80, 443, 53, 853, 68, 67]),
)
def test_any_packet_is_what_the_list_says_of_it(
    carried: tuple[int, int | None], tags: tuple[int, ...], source: str, target: str, udp: bool, port: int
) -> None:
    inner = packet.udp(source, target, 40000, port, b"x") if udp else frame.syn(source, target, port)
    sent = frame.session(inner, tags=tags) if carried[1] else frame.ethernet(inner, tags=tags)
    assert told([sent], "copper") == [expected((*carried, tags), (source, target), udp, (40000, port))]


@given(st.binary(max_size=200), st.sampled_from([0x0800, 0x0806, 0x86DD, 0x8864, 0x8100, 0x0003]))
def test_noise_is_foreign(noise: bytes, ethertype: int) -> None:
    for uplink in ("cable", "office"):
        assert told([noise[:13], frame.ethernet(noise, ethertype)], uplink) == ["", ""]


@given(st.sampled_from([each for each in CABLE.allowed if each.is_ipv4]), st.data())
def test_what_is_cut_off_in_its_headers_is_foreign(allowed: Allowed, data: st.DataObject) -> None:
    sent = frame.sample(allowed, OWN)
    kept = data.draw(st.integers(0, 14 + 20 + (24 if allowed.protocol == "tcp" else 8) - 1))
    matcher = Matcher(PLAINLY["cable"], [NETWORK], NAMES)
    assert matcher.what(dissect(sent[:kept], len(sent))) == ""
    assert matcher.what(dissect(sent[:160], len(sent))) == allowed.what


@given(st.sampled_from([each for each in COPPER.allowed if each.is_ipv4]), st.data())
def test_with_another_address_port_or_protocol_it_is_another_packet(allowed: Allowed, data: st.DataObject) -> None:
    sent = bytearray(frame.sample(allowed, OWN))
    start = 14 + (12 if allowed.ppp else 0)
    # Version and length, protocol, both addresses, the port that it goes to. Of the source, and of a target that is a
    # network, what names that.
    places = [0, 9, 12, 13, 14, 16, 17, 18, 22, 23, *([] if allowed.networks else [19])]
    at = start + data.draw(st.sampled_from(places))
    sent[at] ^= data.draw(st.integers(1, 255))
    assert told([bytes(sent)], "copper") != [allowed.what]


def test_only_multipath_tcp_opens_a_connection_to_the_destination() -> None:
    capable, join = frame.syn(OWN, QUAY, 8388), frame.syn(OWN, QUAY, 8388, frame.SACK + frame.JOIN)
    data = frame.syn(OWN, QUAY, 8388, b"", packet.ACK)
    assert plainly(capable, join, data) == ["Multipath TCP to quay"] * 3
    others = (b"", frame.SACK, bytes((30, 4, 0x20, 0)), bytes((0, 0, 0, 0)) + frame.CAPABLE)
    assert plainly(*(frame.syn(OWN, QUAY, 8388, options) for options in others)) == [PLAIN] * 4
    assert plainly(frame.syn(OWN, QUAY, 8388, bytes((30, 40, 0x01, 0)))) == [""]


def pieces(*cuts: int, port: int = 1194) -> list[bytes]:
    """An OpenVPN packet in fragments that begin there."""
    whole = packet.udp(OWN, HILL, 40000, port, bytes(100))[20:]
    ends = pairwise([*cuts, len(whole)])
    return [packet.ip(OWN, HILL, 17, whole[at:end], at=at, more=end < len(whole), number=9) for at, end in ends]


def test_a_fragment_is_what_its_head_was() -> None:
    assert plainly(*pieces(0, 16, 48)) == ["OpenVPN to hill"] * 3
    assert plainly(*pieces(0, 16, port=53)) == ["", ""]
    head, rest = pieces(0, 16)
    assert plainly(rest, head) == ["", "OpenVPN to hill"], "what comes before its head is nobody's"
    assert plainly(head, packet.ip(OWN, HILL, 17, bytes(8), at=0, more=True, number=9)) == ["OpenVPN to hill", ""]


def test_a_fragment_that_would_write_into_the_header_is_foreign() -> None:
    head = frame.syn(OWN, QUAY, 8388)[20:]
    whole = [
        packet.ip(OWN, QUAY, 6, head, more=True, number=4),
        packet.ip(OWN, QUAY, 6, bytes(8), at=16, number=4),
        packet.ip(OWN, QUAY, 6, bytes(8), at=24, number=4),
    ]
    assert plainly(*whole) == ["Multipath TCP to quay", "", "Multipath TCP to quay"]


def test_options_of_ip_and_ipv6_never_leave() -> None:
    (plain,) = pieces(0)
    routed = bytes((0x46,)) + plain[1:2] + (len(plain) + 4).to_bytes(2, "big") + plain[4:20] + bytes(4) + plain[20:]
    assert plainly(plain, routed) == ["OpenVPN to hill", ""]
    assert told([frame.ethernet(packet.echo6("fe80::1", "ff02::1"), 0x86DD)]) == [""]
    assert told([frame.session(packet.echo6("fe80::1", "ff02::1"), 0x57, (35,))], "copper") == [""]


def altered(plain: bytes, at: int, *values: int) -> bytes:
    """With other bytes from a place on."""
    return plain[:at] + bytes(values) + plain[at + len(values) :]


def test_what_a_header_says_of_itself_must_be_so() -> None:
    udp, tcp = packet.udp(OWN, HILL, 40000, 1194, bytes(20)), frame.syn(OWN, QUAY, 8388)
    assert plainly(udp + bytes(6), tcp) == ["OpenVPN to hill", "Multipath TCP to quay"]
    longer, shorter, reserved = altered(udp, 2, 0, 49), altered(udp, 2, 0, 19), altered(udp, 6, 0x80)
    datagram, offset = altered(udp, 24, 0, 27), altered(tcp, 32, 0x40)
    assert (
        plainly(longer, shorter, reserved, datagram, offset, altered(tcp, 32, 0xF0), altered(tcp, 3, 200)) == [""] * 7
    )
    asked = frame.arp(OWN, "100.64.1.1")
    others = (altered(asked, 1, 6), altered(asked, 5, 7), altered(asked, 7, 3))
    assert told(frame.ethernet(each, 0x0806) for each in (asked, *others)) == ["ARP", "", "", ""]
    carried = frame.session(udp, tags=(35,))
    wrong = (altered(carried, 18, 0x12), altered(carried, 19, 0x65), altered(carried, 22, 9))
    assert told((carried, *wrong), "copper") == ["OpenVPN to hill", "", "", ""]


def test_a_lease_is_asked_for_by_its_own_ports_alone() -> None:
    asked = [packet.udp("0.0.0.0", "255.255.255.255", port, 67, bytes(30)) for port in (68, 67, 40000)]
    assert plainly(*asked) == ["DHCP", "", ""]


def test_arp_is_asked_in_the_line_s_own_name_alone() -> None:
    asked = [(OWN, "100.64.1.1"), ("0.0.0.0", OWN), (OWN, OWN), (LAN, "100.64.1.1")]
    assert told(frame.ethernet(frame.arp(*each), 0x0806) for each in asked) == ["ARP"] * 3 + [""]
    modem = [("192.168.100.2", "192.168.100.1"), ("192.168.100.2", "192.168.100.2"), ("192.168.100.2", LAN)]
    found = told((frame.ethernet(frame.arp(*each), 0x0806) for each in modem), "copper")
    assert found == ["ARP for the modem"] * 2 + [""]


def test_a_list_of_another_kind_is_no_list() -> None:
    with pytest.raises(KeyError, match="another kind"):
        Matcher([PLAINLY["cable"][0] | {"mark": 7}], [NETWORK])


def test_what_leaves_by_the_line_itself_goes_where_its_route_says_alone() -> None:
    targets = (frame.NAMED, "198.51.100.98", "8.8.8.8")
    assert plainly(*(frame.syn(OWN, each, 443, b"") for each in targets)) == ["TCP by route 1", "", ""]
    kinds = (packet.ECHO_REQUEST, packet.ECHO_REPLY, 13)
    assert plainly(*(packet.icmp(OWN, frame.NAMED, kind) for kind in kinds)) == ["ICMP by route 1", "", ""]
    assert plainly(packet.udp(LAN, frame.NAMED, 40000, 443), packet.ip(OWN, frame.NAMED, 47, bytes(8))) == ["", ""]
    called = [("198.51.100.175", 5060), ("198.51.100.175", 5061), ("198.51.100.176", 5060)]
    sent = [frame.session(packet.udp(OWN, target, 40000, port), tags=(35,)) for target, port in called]
    assert told(sent, "copper") == ["UDP by route 2", "", ""]


def test_a_device_that_may_call_anybody_by_a_line_may_not_call_the_site_s_own() -> None:
    site = structs.replace(SITE, routes=(Route(via="uplink cable", clients=("desk",)),))
    (cable,) = (each["allowed"] for each in json.loads(as_json(leaving(site))) if each["uplink"] == "cable")
    matcher = Matcher(cable, [NETWORK])

    def what(sent: bytes) -> str:
        return matcher.what(dissect(framed := frame.ethernet(sent), len(framed)))

    assert what(frame.syn(OWN, "8.8.8.8", 22, b"")) == "TCP by route 1"
    own = [frame.syn(OWN, target, 22, b"") for target in (QUAY, HILL, LAN, "10.66.1.1")]
    ports = [packet.udp(OWN, "8.8.8.8", 40000, port) for port in (53, 67, 123, 853)]
    assert [what(each) for each in (*own, packet.icmp(OWN, QUAY), *ports)] == [""] * 9


def test_names_that_lead_nowhere_let_nothing_out() -> None:
    matcher = Matcher(PLAINLY["cable"], [NETWORK], {})
    sent = frame.ethernet(frame.syn(OWN, frame.NAMED, 443, b""))
    assert matcher.what(dissect(sent, len(sent))) == ""
