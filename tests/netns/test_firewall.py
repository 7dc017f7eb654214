"""The firewall, tried with packets from all sides: the LAN, the lines, the tunnels, and whoever else is on a line."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack
from itertools import product

import pytest

from gateway_init.base.process import run
from gateway_init.wellknown import number
from tests.netns.around import (
    CUSTOMER,
    DEVICE,
    EVERY_PORT,
    GATEWAY,
    HARBOUR,
    HARBOUR_PORT,
    INSIDE,
    LOWER,
    OAK,
    OAK_PORT,
    REFLECTOR_PORT,
    TUNNEL,
    UPPER,
    WEB,
    House,
    datagrams,
    ipv4,
)
from tests.netns.house import set_to
from tests.netns.packet import (
    ACK,
    RST,
    SYN,
    UNREACHABLE,
    echo6,
    fragments,
    icmp,
    ip,
    tcp,
    udp,
)

# What somebody forges.


@pytest.mark.parametrize("forger", ["lan", "lower", TUNNEL])
def test_a_line_s_connection_is_met_on_that_line_alone(house: House, forger: str) -> None:
    with datagrams(UPPER, tunnel_over="upper") as tunnel:
        tunnel.sendto(b"hello", (OAK, OAK_PORT))
        port = tunnel.getsockname()[1]
        house[forger].send(udp(OAK, UPPER, OAK_PORT, port, b"forged"))
        house[forger].send(*fragments(OAK, UPPER, OAK_PORT, port, b"forged in two"))
        house["upper"].send(*fragments(OAK, UPPER, OAK_PORT, port, b"true"))
        assert tunnel.recv(100) == b"true"
        house["upper"].send(udp(OAK, UPPER, OAK_PORT, port, b"true again"))
        assert tunnel.recv(100) == b"true again"


@pytest.mark.parametrize("forger", ["lan", "lower", TUNNEL])
def test_an_error_that_is_forged_elsewhere_ends_no_line_s_connection(house: House, forger: str) -> None:
    with datagrams(UPPER, tunnel_over="upper") as tunnel:
        tunnel.connect((OAK, OAK_PORT))
        tunnel.send(b"hello")
        (sent,) = [packet for packet in house["upper"].heard() if packet.endswith(b"hello")]
        error = icmp(OAK, UPPER, UNREACHABLE, 3, bytes(4) + sent)
        house[forger].send(error)
        tunnel.send(b"still there")
        house["upper"].send(error)
        with pytest.raises(ConnectionRefusedError):
            tunnel.send(b"the line itself says that nobody is there")


def test_nobody_on_a_line_meets_a_connection_of_the_lan(house: House) -> None:
    with socket.create_server((GATEWAY, number.REDIRECT_PORT)) as redsocks, house["lan"].inside():
        browser = socket.create_connection((WEB, 80), timeout=10)
        line, (address, port) = redsocks.accept()
        with browser, line:
            assert address == DEVICE
            for side in ("upper", "lower", TUNNEL):
                house[side].send(tcp(DEVICE, WEB, port, 80, ACK), tcp(DEVICE, WEB, port, 80, RST))
            line.sendall(b"still there")
            assert browser.recv(100) == b"still there"


def test_a_line_brings_nothing_from_inside(house: House) -> None:
    with datagrams(UPPER, tunnel_over="upper") as tunnel:
        tunnel.sendto(b"hello", (OAK, OAK_PORT))
        port = tunnel.getsockname()[1]
        for source in (DEVICE, GATEWAY, INSIDE, UPPER, "127.0.0.1", "172.20.2.2"):
            house["upper"].send(udp(source, UPPER, OAK_PORT, port, b"forged"))
        house["upper"].send(udp(OAK, UPPER, OAK_PORT, port, b"true"))
        assert tunnel.recv(100) == b"true"


# What comes from outside.


@pytest.mark.parametrize("side", ["upper", "lower", TUNNEL])
def test_who_knocks_from_outside_hears_nothing(house: House, side: str) -> None:
    with ExitStack() as listening:
        own = [listening.enter_context(datagrams(port=port)) for port in EVERY_PORT]
        for port in EVERY_PORT:
            listening.enter_context(socket.create_server(("0.0.0.0", port)))
        house[side].heard()
        targets = (UPPER, LOWER, INSIDE, GATEWAY, DEVICE, WEB, "255.255.255.255", "224.0.0.1")
        for source, target in product((WEB, CUSTOMER, OAK, HARBOUR, DEVICE), targets):
            for port in EVERY_PORT:
                house[side].send(
                    tcp(source, target, 40000, port, SYN),
                    tcp(source, target, HARBOUR_PORT, port, SYN),
                    tcp(source, target, 40000, port, ACK),
                    udp(source, target, 40000, port, b"knock"),
                    udp(source, target, OAK_PORT, port, b"knock"),
                    *fragments(source, target, 40000, port, b"knock in two"),
                )
            house[side].send(icmp(source, target), ip(source, target, socket.IPPROTO_GRE, bytes(8)))
        assert house[side].heard() == []
        for other in set(house) - {side}:
            assert house[other].heard() == []
        for each in own:
            each.setblocking(False)
            with pytest.raises(BlockingIOError):
                each.recv(100)


@pytest.mark.parametrize(("side", "own"), [("upper", UPPER), (TUNNEL, INSIDE)])
def test_the_destination_s_answers_are_let_in(house: House, side: str, own: str) -> None:
    ipv4("route", "replace", "default", "dev", side)
    with socket.socket() as proxy:
        proxy.bind((own, 0))
        proxy.setblocking(False)
        assert proxy.connect_ex((HARBOUR, HARBOUR_PORT)) == errno.EINPROGRESS
        (opening,) = house[side].heard()
        number_after = int.from_bytes(opening[24:28], "big") + 1
        port = proxy.getsockname()[1]
        house[side].send(tcp(HARBOUR, own, HARBOUR_PORT, port, RST | ACK, number_after))
        assert proxy.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


@pytest.mark.parametrize(("side", "own"), [("upper", UPPER), (TUNNEL, INSIDE)])
def test_a_probe_reaches_the_destination_and_its_answer_is_let_in(house: House, side: str, own: str) -> None:
    ipv4("route", "replace", "default", "dev", side)
    with datagrams(own) as probe:
        probe.sendto(b"probe", (HARBOUR, REFLECTOR_PORT))
        (sent,) = house[side].heard()
        assert sent.endswith(b"probe")
        house[side].send(udp(HARBOUR, own, REFLECTOR_PORT, probe.getsockname()[1], b"answer"))
        assert probe.recv(100) == b"answer"


# What leaves.


def test_nothing_but_the_agreed_leaves_a_line_or_a_tunnel(house: House) -> None:
    for side, allowed in (("upper", {(OAK, OAK_PORT)}), (TUNNEL, set())):
        ipv4("route", "replace", "default", "dev", side)
        for target in ((OAK, OAK_PORT), (HARBOUR, HARBOUR_PORT), (OAK, 53), (WEB, OAK_PORT), (WEB, 53)):
            with datagrams(tunnel_over="upper") as own:
                if target in allowed:
                    own.sendto(b"allowed", target)
                    continue
                with pytest.raises(PermissionError):
                    own.sendto(b"refused", target)
        for target in ((WEB, HARBOUR_PORT), (HARBOUR, 443), (OAK, 22)):
            with socket.socket() as own:
                own.setblocking(False)
                # Nobody tells a TCP socket that its packets are dropped.
                own.connect_ex(target)
        assert [packet for packet in house[side].heard() if not packet.endswith(b"allowed")] == []


def test_a_tunnel_whose_line_is_gone_is_not_carried_by_another(house: House) -> None:
    ipv4("route", "replace", "default", "dev", "lower")
    with datagrams(tunnel_over="lower") as own, datagrams(tunnel_over="upper") as lost, datagrams() as unmarked:
        own.sendto(b"its own line's", (OAK, OAK_PORT))
        for each in (lost, unmarked):
            with pytest.raises(PermissionError):
                each.sendto(b"another's", (OAK, OAK_PORT))
    assert [packet[28:] for packet in house["lower"].heard()] == [b"its own line's"]


@pytest.mark.parametrize(("side", "own"), [("lower", LOWER), (TUNNEL, INSIDE)])
def test_a_connection_leaves_by_the_interface_that_has_its_address(house: House, side: str, own: str) -> None:
    ipv4("route", "replace", "default", "dev", side)
    with socket.socket() as right, socket.socket() as lost:
        for each, address in ((right, own), (lost, UPPER)):
            each.bind((address, 0))
            each.setblocking(False)
            each.connect_ex((HARBOUR, HARBOUR_PORT))
        assert {packet[12:16] for packet in house[side].heard()} == {socket.inet_aton(own)}


def test_what_the_lan_sends_is_never_passed_on_as_it_is(house: House) -> None:
    # Should anything ever set this: the ruleset holds by itself.
    set_to("net.ipv4.ip_forward", "1")
    for _ in range(2):
        house["lan"].send(
            tcp(DEVICE, WEB, 40000, 443, RST),
            tcp(DEVICE, WEB, 40001, 443, SYN | RST),
            tcp(DEVICE, HARBOUR, 40002, HARBOUR_PORT, RST),
            udp(DEVICE, WEB, 40000, 443, b"x"),
            udp(DEVICE, OAK, 40000, OAK_PORT, b"x"),
            *fragments(DEVICE, WEB, 40000, 443, b"in two"),
            icmp(DEVICE, WEB),
            icmp(DEVICE, WEB, UNREACHABLE),
            ip(DEVICE, WEB, socket.IPPROTO_GRE, bytes(8)),
        )
        for side in ("upper", "lower", TUNNEL):
            house[side].send(tcp(HARBOUR, DEVICE, HARBOUR_PORT, 80, RST), udp(OAK, DEVICE, OAK_PORT, 80, b"x"))
    assert house["upper"].heard() == house["lower"].heard() == house[TUNNEL].heard() == []
    assert not [packet for packet in house["lan"].heard() if packet[12:16] != socket.inet_aton(GATEWAY)]


def test_no_ipv6_comes_in_or_leaves(house: House) -> None:
    set_to("net.ipv6.conf.all.disable_ipv6", "0")
    ipv6 = ("fd00:77::1", "fd00:77::2")
    for side in house:
        run(["ip", "-6", "address", "replace", f"{ipv6[0]}/64", "dev", side, "nodad"])
        house[side].heard()
        house[side].send(echo6(ipv6[1], ipv6[0]), echo6(ipv6[1], "ff02::1"))
        if side != "lan":
            with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as own:
                own.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, side.encode())
                with pytest.raises(PermissionError):
                    own.sendto(b"x", (ipv6[1], 53))
        assert house[side].heard() == []
        run(["ip", "-6", "address", "flush", "dev", side])
