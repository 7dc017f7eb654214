"""Stories of lines that come and go, told to a real kernel."""

from __future__ import annotations

import socket
import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.config.allotted import allot
from gateway_init.evidence.memory import Memory
from gateway_init.facts.item import Endpoint, Named, Rule
from gateway_init.host import nftables
from gateway_init.host.kernel import Kernel
from gateway_init.plan.difference import Add, Remove
from gateway_init.render.ruleset import Ruleset, ruleset
from gateway_init.wellknown.number import DNS_PORT, LATE_RULE, REDIRECT_PORT, SOURCE_RULE
from tests.netns.gateway import SITE, Gateway, ip, session, tunnel, up, way_to_destination

FIRST, SECOND = IPv4Address("100.64.0.7"), IPv4Address("100.64.0.9")


@pytest.fixture
def gateway(kernel: Kernel) -> Gateway:
    return Gateway(kernel)


def test_the_lan_is_a_bridge_with_the_configured_address(gateway: Gateway) -> None:
    gateway.settle()
    (bridge,) = ip("address", "show", "dev", "lan")
    assert [each["local"] for each in bridge["addr_info"] if each["family"] == "inet"] == ["192.168.77.1"]
    assert {port["ifname"] for port in ip("link", "show", "master", "lan")} == {"enp2s0", "enp3s0"}


def test_two_cables_to_one_switch_are_no_storm(gateway: Gateway) -> None:
    run(["ip", "link", "add", "switch", "type", "bridge", "stp_state", "0", "forward_delay", "0"])
    for port in ("far-enp2s0", "far-enp3s0"):
        run(["ip", "link", "set", port, "master", "switch"])
    run(["ip", "link", "set", "switch", "up"])
    gateway.settle()
    (bridge,) = ip("-details", "link", "show", "dev", "lan")
    assert bridge["linkinfo"]["info_data"]["forward_delay"] == 200

    def states() -> list[str]:
        ports = ip("-details", "link", "show", "master", "lan")
        return sorted(port["linkinfo"]["info_slave_data"]["state"] for port in ports)

    while states() != ["blocking", "forwarding"]:
        assert states() != ["forwarding", "forwarding"]


def test_each_path_has_its_own_way_and_its_own_endpoint(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    tunnel("adsl-near")
    gateway.settle()
    assert way_to_destination() == "adsl"
    assert way_to_destination("from", str(FIRST)) == "adsl"
    assert way_to_destination("from", str(SITE.tunnel_address("adsl-near"))) == "adsl-near"
    assert way_to_destination("mark", "0x100") == "adsl"
    assert {each.address for each in kernel.endpoints()} == {FIRST, SITE.tunnel_address("adsl-near")}


def test_a_line_that_redials_gets_a_fresh_endpoint_id(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    gateway.settle()
    (before,) = kernel.endpoints()
    run(["ip", "link", "del", "adsl"])
    gateway.settle()
    assert kernel.endpoints() == frozenset()
    session(SECOND)
    gateway.settle()
    (after,) = kernel.endpoints()
    assert after.address == SECOND
    assert after.id != before.id
    assert way_to_destination() == "adsl"


def test_a_line_that_lost_its_address_leaves_nothing_behind(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    gateway.settle()
    run(["ip", "address", "flush", "dev", "adsl"])
    gateway.settle()
    assert kernel.endpoints() == frozenset()
    assert kernel.rules() == frozenset()
    assert kernel.routes() == frozenset()


def test_connections_join_anew_by_an_endpoint_that_is_another_one(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    tunnel("adsl-near")
    gateway.settle()
    before = {each.address: each.id for each in kernel.endpoints()}
    gateway.join_anew(FIRST)
    after = {each.address: each.id for each in kernel.endpoints()}
    assert before.keys() == after.keys()
    assert {address for address in before if before[address] != after[address]} == {FIRST}
    assert after[FIRST] not in before.values()


def test_what_is_right_is_not_touched(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    tunnel("adsl-near")
    gateway.settle()
    before = kernel.endpoints()
    successor = Gateway(Kernel())
    successor.settle()
    assert kernel.endpoints() == before, "a restarted daemon adopts what it finds"


def test_what_somebody_else_broke_is_mended(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    gateway.settle()
    run(["ip", "route", "flush", "table", "all", "proto", "183"])
    run(["ip", "mptcp", "endpoint", "flush"])
    run(["ip", "mptcp", "endpoint", "add", "192.0.2.77", "id", "9", "subflow"])
    run(["nft", "flush", "ruleset"])
    gateway.settle()
    assert way_to_destination("from", str(FIRST)) == "adsl"
    assert [each.address for each in kernel.endpoints()] == [FIRST]
    assert nftables.loaded() == ruleset(SITE, allot(SITE)).digest


def test_where_the_ruleset_does_not_load_nothing_is_opened(kernel: Kernel) -> None:
    session(FIRST)
    tunnel("adsl-near")
    broken = Gateway(kernel, rules=Ruleset("table inet braid { this is no rule }", "0123"))
    broken.settle()
    assert (kernel.routes(), kernel.rules(), kernel.endpoints()) == (frozenset(), frozenset(), frozenset())
    assert "lan" not in {link.name for link in kernel.links()}
    Gateway(kernel).settle()
    assert way_to_destination() == "adsl"


def test_the_box_s_own_requests_take_the_way_of_the_lan_s(gateway: Gateway) -> None:
    session(FIRST)
    gateway.settle()
    run(["ip", "link", "set", "lo", "up"])
    request = (str(SITE.lan.resolvers[0]), DNS_PORT)
    with (
        socket.create_server(("0.0.0.0", REDIRECT_PORT)) as redsocks,
        socket.create_connection(request, timeout=5),
    ):
        line, _ = redsocks.accept()
        line.close()


def test_nothing_but_the_agreed_leaves_a_line(gateway: Gateway) -> None:
    session(FIRST)
    gateway.settle()
    destination = str(SITE.destination.address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as allowed:
        allowed.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, gateway.numbers.mark("adsl"))
        allowed.sendto(b"hello", (destination, SITE.destination.openvpn.port))
    for foreign in ((destination, 53), ("192.0.2.1", SITE.destination.openvpn.port)):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as refused, pytest.raises(PermissionError):
            refused.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, gateway.numbers.mark("adsl"))
            refused.sendto(b"hello", foreign)


def test_a_link_that_flaps_gets_its_route_back(gateway: Gateway) -> None:
    session(FIRST)
    gateway.settle()
    run(["ip", "link", "set", "adsl", "down"])
    gateway.settle()
    up("adsl")
    gateway.settle()
    assert way_to_destination("from", str(FIRST)) == "adsl"


def test_to_each_destination_connections_open_by_a_path_of_its_own(gateway: Gateway) -> None:
    session(FIRST)
    tunnel("adsl-near")
    _, abroad = (str(each.address) for each in SITE.destinations.values())

    def ways(**openers: str) -> tuple[str, str]:
        gateway.settle(Memory(openers=openers))
        return way_to_destination(), ip("route", "get", abroad)[0]["dev"]

    assert ways() == ("adsl", "adsl")
    assert ways(near="adsl", abroad="adsl-near") == ("adsl", "adsl-near")
    assert ways(near="adsl-near", abroad="adsl") == ("adsl-near", "adsl")
    # Each change is one step, and what the kernel has is what was wanted.
    assert len([each for each in ip("route", "show", "table", "main") if each["protocol"] == "183"]) == 2


def test_every_path_may_join_a_connection(gateway: Gateway) -> None:
    gateway.settle()
    assert run(["ip", "mptcp", "limits"]).stdout.split() == ["add_addr_accepted", "0", "subflows", "8"]


def test_an_endpoint_that_is_gone_can_be_removed(kernel: Kernel) -> None:
    kernel.apply(Remove(Endpoint(FIRST, 99)))


def test_what_changes_while_it_is_read_is_read_again(kernel: Kernel, tmp_path: Path) -> None:
    many = [f"address add 10.9.{number}.1/32 dev enp1s0" for number in range(250)]
    run(["ip", "-batch", "-"], stdin="\n".join(many) + "\n")
    comes_and_goes = "address add 10.10.0.1/32 dev enp2s0\naddress del 10.10.0.1/32 dev enp2s0\n"
    (tmp_path / "batch").write_text(comes_and_goes * 2000)
    with subprocess.Popen(["ip", "-batch", tmp_path / "batch"]) as restless:
        while restless.poll() is None:
            assert {len(many), len(many) + 1} >= {len(kernel.addresses())}
    assert restless.returncode == 0


def test_a_backup_is_told_from_an_endpoint_that_carries(gateway: Gateway, kernel: Kernel) -> None:
    session(FIRST)
    gateway.settle()
    (found,) = kernel.endpoints()
    assert not found.backup
    kernel.apply(Add(Endpoint(found.address, found.link, backup=True)))
    assert "backup" in run(["ip", "mptcp", "endpoint"]).stdout
    assert kernel.endpoints() == {structs.replace(found, backup=True)}, "it is the same one"
    gateway.settle()
    assert kernel.endpoints() == {found}, "its line is no backup"
    assert not gateway.settle(Memory(degraded={"adsl": 0.05})).degraded, "it is all there is"
    assert kernel.endpoints() == {found}
    tunnel("adsl-near")
    gateway.settle(Memory(degraded={"adsl": 0.05}))
    assert {each.address for each in kernel.endpoints() if each.backup} == {FIRST}


def test_an_interface_gets_another_name_though_it_is_up(kernel: Kernel) -> None:
    run(["ip", "link", "add", "usb0", "up", "type", "bridge"])
    (index,) = (link.index for link in kernel.links() if link.name == "usb0")
    kernel.apply(Add(Named(index, "phone")))
    assert {link.name for link in kernel.links() if link.index == index} == {"phone"}


def test_a_rule_for_a_network_is_read_as_it_was_set(kernel: Kernel) -> None:
    network = Rule(LATE_RULE, 100, IPv4Address("192.168.77.0"), prefix=24)
    address = Rule(SOURCE_RULE, 150, IPv4Address("192.168.77.0"))
    for rule in (network, address):
        kernel.apply(Add(rule))
    assert kernel.rules() == {network, address}
    kernel.apply(Remove(network))
    assert kernel.rules() == {address}
