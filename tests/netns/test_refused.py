"""Addresses that a provider or a server has no right to give, told to a real kernel and to a real OpenVPN."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address

import pytest

from gateway_init.config.allotted import allot
from gateway_init.host import nftables
from gateway_init.host.kernel import Kernel
from gateway_init.render.ruleset import ruleset
from tests.frozen import SECOND
from tests.netns.around import HARBOUR, HARBOUR_PORT, ipv4
from tests.netns.gateway import SITE, Gateway, ip, session, tunnel, way_to_destination
from tests.netns.house import Far, set_as_on_the_box

LINE = IPv4Address("100.64.0.7")


@pytest.fixture
def gateway(kernel: Kernel) -> Gateway:
    return Gateway(kernel)


def addresses(link: str) -> list[str]:
    (found,) = ip("address", "show", "dev", link)
    return [each["local"] for each in found["addr_info"] if each["family"] == "inet"]


def test_a_line_with_the_destination_s_address_does_not_swallow_what_goes_there(
    gateway: Gateway, kernel: Kernel
) -> None:
    session(SITE.destination.address)
    assert way_to_destination() == "lo", "the kernel takes it for its own"
    gateway.settle()
    assert addresses("adsl") == []
    assert [len(each) for each in (kernel.endpoints(), kernel.rules(), kernel.routes())] == [0, 0, 0]


def test_a_line_whose_other_end_has_the_address_of_a_device_of_the_lan_does_not_take_it_away(gateway: Gateway) -> None:
    gateway.settle()
    session(LINE, peer="192.168.77.120")
    assert ip("route", "get", "192.168.77.120")[0]["dev"] == "adsl"
    gateway.settle()
    assert addresses("adsl") == []
    assert ip("route", "get", "192.168.77.120")[0]["dev"] == "lan"
    assert addresses("lan") == ["192.168.77.1"]


def test_a_tunnel_with_another_address_than_the_config_s_is_no_path(gateway: Gateway, kernel: Kernel) -> None:
    session(LINE)
    tunnel("adsl-near", IPv4Address("192.168.77.1"))
    gateway.settle()
    assert {each.address for each in kernel.endpoints()} == {LINE}


def test_a_connection_lives_through_the_moment_until_such_an_address_is_gone() -> None:
    set_as_on_the_box()
    site = SECOND.load()
    nftables.load(ruleset(site, allot(site)).text)
    ipv4("link", "set", "lo", "up")
    far = Far("upper", "198.51.100.9/24", f"{HARBOUR}/24", arp=True)
    with far.inside():
        harbour = socket.create_server((HARBOUR, HARBOUR_PORT))
    with harbour, socket.create_connection((HARBOUR, HARBOUR_PORT), timeout=10) as proxy:
        taken, _ = harbour.accept()
        with taken:
            taken.settimeout(10)
            session(IPv4Address(HARBOUR), "lower")
            proxy.sendall(b"on its way")
            ipv4("address", "flush", "dev", "lower")
            assert taken.recv(10) == b"on its way"
    far.close()
