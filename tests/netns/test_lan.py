"""What the firewall gives the devices of the LAN, tried with their packets."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateway_init.base.process import run
from gateway_init.host import nftables
from gateway_init.render.ruleset import ruleset
from gateway_init.wellknown import number
from tests.netns.around import (
    DEVICE,
    GATEWAY,
    INSIDE,
    NUMBERS,
    OTHER_DEVICE,
    SITE,
    UPPER,
    WEB,
    House,
    datagrams,
    refusals,
)
from tests.netns.gateway import ip as asked
from tests.netns.house import settings
from tests.netns.packet import ALL_NODES, ECHO_REPLY, echo6, fragments, icmp, ip, router_advertisement, udp


def test_tcp_to_anywhere_ends_at_redsocks(house: House) -> None:
    with socket.create_server((GATEWAY, number.REDIRECT_PORT)) as redsocks, house["lan"].inside():
        for port in (22, 443, number.REDIRECT_PORT):
            with socket.create_connection((WEB, port), timeout=10):
                line, (address, _) = redsocks.accept()
                line.close()
                assert address == DEVICE


def test_redsocks_is_not_to_be_reached_by_its_own_name(house: House) -> None:
    with socket.create_server(("0.0.0.0", number.REDIRECT_PORT)), house["lan"].inside():
        for address in (GATEWAY, UPPER, INSIDE):
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((address, number.REDIRECT_PORT), timeout=10)


def test_what_has_no_way_out_is_refused_at_once(house: House) -> None:
    house["lan"].send(
        udp(DEVICE, WEB, 40000, 443, b"QUIC"),
        icmp(DEVICE, WEB, 13),
        ip(DEVICE, WEB, socket.IPPROTO_GRE, bytes(8)),
    )
    refused = refusals(house["lan"].heard())
    assert [packet[9] for packet in refused] == [socket.IPPROTO_UDP, socket.IPPROTO_ICMP, socket.IPPROTO_GRE]


def test_thirty_refusals_in_a_row_are_thirty(house: House) -> None:
    house["lan"].send(*(udp(DEVICE, WEB, 40000 + each, 443, b"QUIC") for each in range(30)))
    assert len(refusals(house["lan"].heard())) == 30


def test_the_gateway_answers_a_ping_and_what_it_serves(house: House) -> None:
    with datagrams(port=53) as names, socket.create_server((GATEWAY, 22)) as ssh:
        house["lan"].send(icmp(DEVICE, GATEWAY))
        (answer,) = house["lan"].heard()
        assert (answer[9], answer[20]) == (socket.IPPROTO_ICMP, ECHO_REPLY)
        house["lan"].send(udp(DEVICE, GATEWAY, 40000, 53, b"whole"), *fragments(DEVICE, GATEWAY, 40000, 53, b"in two"))
        asked, device = names.recvfrom(100)
        assert (asked, names.recv(100)) == (b"whole", b"in two")
        names.sendto(b"answer", device)
        assert house["lan"].heard()[-1].endswith(b"answer")
        with house["lan"].inside(), socket.create_connection((GATEWAY, 22), timeout=10):
            ssh.accept()[0].close()


def test_the_gateway_serves_at_its_lan_address_alone(house: House) -> None:
    with datagrams(port=53) as names, socket.create_server(("0.0.0.0", 22)), house["lan"].inside():
        for address in (UPPER, INSIDE):
            house["lan"].send(udp(DEVICE, address, 40000, 53, b"elsewhere"))
            with pytest.raises((ConnectionRefusedError, TimeoutError)):
                socket.create_connection((address, 22), timeout=0.5)
        house["lan"].send(udp(DEVICE, GATEWAY, 40000, 53, b"here"))
        assert names.recv(100) == b"here"


def test_who_has_no_address_yet_may_ask_for_one_and_nothing_else(house: House) -> None:
    with datagrams(port=67) as addresses, datagrams(port=53) as names:
        house["lan"].send(
            udp("0.0.0.0", GATEWAY, 68, 53, b"no address"),
            udp("192.168.1.5", GATEWAY, 40000, 53, b"another network's"),
            udp(DEVICE, GATEWAY, 40000, 53, b"the LAN's"),
            udp("0.0.0.0", "255.255.255.255", 68, 67, b"discover"),
            udp(DEVICE, GATEWAY, 68, 67, b"renew"),
        )
        assert names.recv(100) == b"the LAN's"
        assert (addresses.recv(100), addresses.recv(100)) == (b"discover", b"renew")


def test_who_announces_himself_as_a_router_of_ipv6_is_known_by_his_hardware_address(house: House) -> None:
    run(["ip", "link", "add", "bridge", "type", "bridge"])
    run(["ip", "link", "set", "lan", "master", "bridge"])
    run(["ip", "link", "set", "bridge", "up"])
    with house["lan"].inside():
        (shown,) = asked("link", "show", "dev", "far")
    house["lan"].send(echo6("fe80::1", ALL_NODES))
    house["lan"].heard()
    assert nftables.routers() == frozenset()
    house["lan"].send(*[router_advertisement("fe80::1")] * 3)
    house["lan"].heard()
    assert nftables.routers() == {shown["address"]}
    # Devices take it with a tag that says nothing but how urgent it is (IEEE 802.1Q), too.
    tagged = bytes.fromhex("3333000000010200000000aa8100e00086dd") + router_advertisement("fe80::2")
    with house["lan"].inside(), socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind(("far", 0))
        wire.send(tagged)
    house["lan"].heard()
    both = {shown["address"], "02:00:00:00:00:aa"}
    assert nftables.routers() == both
    nftables.load(ruleset(SITE, NUMBERS).text)
    assert nftables.routers() == both


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> int:
    """How many connections a device may have, for once."""
    monkeypatch.setattr(number, "DEVICE_CONNECTIONS", 3)
    nftables.load(ruleset(SITE, NUMBERS).text)
    return 3


def test_a_second_device_still_browses_while_the_first_opens_all_that_it_can(house: House, few: int) -> None:
    with house["lan"].inside():
        run(["ip", "address", "add", f"{OTHER_DEVICE}/24", "dev", "far"])
    assert nftables.crowded() == frozenset()
    with socket.create_server((GATEWAY, number.REDIRECT_PORT)) as redsocks, ExitStack() as held, house["lan"].inside():

        def browse(device: str, port: int = 443) -> socket.socket:
            return held.enter_context(socket.create_connection((WEB, port), timeout=10, source_address=(device, 0)))

        first = [browse(DEVICE) for _ in range(few)]
        for port in (80, 443):
            with pytest.raises(ConnectionRefusedError):
                browse(DEVICE, port)
        assert [browse(OTHER_DEVICE) for _ in range(few)]
        # What is closed makes room.
        for each in first:
            each.close()
        for _ in first:
            redsocks.accept()[0].close()
        while not _opens(browse, DEVICE):
            pass
    assert nftables.crowded() == {DEVICE}, "who was refused one is told, and nobody else"


def test_what_the_box_has_no_memory_for_is_refused_at_once_whoever_opens_it(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(number, "REDIRECTED_CONNECTIONS", 3)
    nftables.load(ruleset(SITE, NUMBERS).text)
    with house["lan"].inside():
        run(["ip", "address", "add", f"{OTHER_DEVICE}/24", "dev", "far"])
    assert not nftables.full()
    with socket.create_server((GATEWAY, number.REDIRECT_PORT)), ExitStack() as held, house["lan"].inside():

        def browse(device: str) -> None:
            held.enter_context(socket.create_connection((WEB, 443), timeout=10, source_address=(device, 0)))

        for device in (DEVICE, OTHER_DEVICE, OTHER_DEVICE):
            browse(device)
        with pytest.raises(ConnectionRefusedError):
            browse(OTHER_DEVICE)
    assert nftables.full()
    assert nftables.crowded() == frozenset()


def _opens(browse: Callable[[str], socket.socket], device: str) -> bool:
    """The kernel takes a tick or two to see that others were closed."""
    try:
        browse(device)
    except ConnectionRefusedError:
        return False
    return True


def test_the_limits_of_connections_are_these() -> None:
    over = "ip saddr ct count over 2000 } update @crowded { ip saddr } reject with tcp reset\n"
    assert over in ruleset(SITE, NUMBERS).text
    assert "ct count over 8000 update @late_comers" in ruleset(SITE, NUMBERS).text
    assert settings()["net.netfilter.nf_conntrack_max"] == "65536"


def test_questions_and_pings_take_no_room_in_the_memory_of_connections(house: House) -> None:
    with datagrams(port=53) as names:
        house["lan"].send(icmp(DEVICE, GATEWAY))
        house["lan"].send(*(udp(DEVICE, GATEWAY, 40000 + each, 53, b"?") for each in range(30)))
        for _ in range(30):
            names.sendto(b"!", names.recvfrom(100)[1])
        assert len(house["lan"].heard()) == 31
    assert int(Path("/proc/sys/net/netfilter/nf_conntrack_count").read_text()) == 0
