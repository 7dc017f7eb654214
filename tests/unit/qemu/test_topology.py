"""The world that a site needs: any site, not only the example."""

from __future__ import annotations

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from qemu.world.carried import COUNTER
from qemu.world.description import Description, Route, from_json
from qemu.world.inside.isp import rules
from qemu.world.inside.watch import besides
from qemu.world.rehearsal import needed
from qemu.world.topology import describe
from tests.frozen import HOME

OTHER = """
site: cabin
lan:
  ports: [enp1s0]
  address: 10.0.0.1/24
  dhcp: {first: 10.0.0.10, last: 10.0.0.20}
  resolvers: [198.18.0.1]
uplinks:
  east: {kind: pppoe, device: enp2s0, user: e}
  west: {kind: pppoe, device: enp3s0, user: w}
servers:
  only: {role: destination, address: 198.18.0.2, openvpn: {network: 10.9.0.0/24, port: 443}, shadowsocks: {port: 9000}}
paths:
  east: {uplink: east}
  west: {uplink: west}
  west-only: {uplink: west, through: only}
policy: {destination: only}
"""
MODEMS = ("modem-adsl", "modem-phone")
PASSWORDS = {"uplink-east.password": "e", "uplink-west.password": "w"}


@pytest.fixture
def site() -> Site:
    return HOME.load()


@pytest.fixture
def world(site: Site) -> Description:
    return describe(site, {"uplink-adsl.password": "secret"}, needed(site))


def test_servers_that_carry_nothing_do_not_run(site: Site) -> None:
    assert needed(site) == ["near", "abroad", "jumpbox-a", "jumpbox-b"]


def test_every_host_is_there(world: Description) -> None:
    assert world.hosts == ("isp", *MODEMS, "near", "abroad", "jumpbox-a", "jumpbox-b", "web", "lan", "lan-2")


def told(route: Route) -> str:
    """Its wires."""
    return " ".join(f"{wire.protocol} {wire.port}" for wire in route.wires)


def test_each_path_is_a_route_that_can_be_told_from_the_others(world: Description) -> None:
    assert [(r.path, r.server, told(r), r.band) for r in world.routes] == [
        ("adsl", "near", "tcp 8388 udp 862 udp 51820", 1),
        ("adsl-near", "near", "udp 1194", 2),
        ("adsl-jumpbox-a", "jumpbox-a", "udp 1194", 1),
        ("adsl-jumpbox-b", "jumpbox-b", "udp 1194", 1),
        ("phone", "near", "tcp 8388 udp 862 udp 51820", 3),
    ]
    assert [(r.path, r.server, told(r), r.band) for r in world.elsewhere] == [
        ("adsl.abroad", "abroad", "tcp 8388 udp 862 udp 51820", 1),
        ("phone.abroad", "abroad", "tcp 8388 udp 862 udp 51820", 2),
    ]


def test_it_is_handed_in_as_it_was(world: Description) -> None:
    assert from_json(world.to_json()) == world


def test_a_path_through_a_server_that_does_not_run_has_no_route(site: Site) -> None:
    some = describe(site, {"uplink-adsl.password": "secret"}, ["near"])
    assert [route.path for route in some.routes] == ["adsl", "adsl-near", "phone"]


def test_another_site_gets_another_world() -> None:
    world = describe(parse(OTHER), PASSWORDS)

    assert [(line.modem, line.mac, line.device) for line in world.lines] == [
        ("modem-east", "52:54:00:b1:0b:02", "dsl0"),
        ("modem-west", "52:54:00:b1:0b:03", "dsl1"),
    ]
    assert [(each.name, each.mac) for each in world.clients] == [("lan", "52:54:00:b1:0b:01")]
    assert len({line.pool for line in world.lines}) == 2
    # Both direct paths end at the same port of the same server: only the customer's pool tells them apart.
    assert [(r.path, told(r), r.band) for r in world.routes] == [
        ("east", "tcp 9000 udp 862 udp 51820", 1),
        ("west", "tcp 9000 udp 862 udp 51820", 2),
        ("west-only", "udp 443", 3),
    ]


def test_at_each_port_of_the_lan_there_is_a_client() -> None:
    world = describe(parse(OTHER.replace("ports: [enp1s0]", "ports: [enp1s0, enp4s0]")), PASSWORDS)
    assert {each.name: each.mac[-2:] for each in world.clients} == {"lan": "01", "lan-2": "04"}
    assert world.hosts[-2:] == ("lan", "lan-2")


def test_the_world_s_own_hosts_stay_clear_of_the_site_s_addresses() -> None:
    world = describe(parse(OTHER), PASSWORDS)
    assert {world.web.address, world.isp_core_address}.isdisjoint({"198.18.0.1", "198.18.0.2"})


def test_each_path_is_counted_and_all_else_but_that_is_watched(world: Description) -> None:
    way = "ip saddr 100.64.1.0/24 ip daddr 203.0.113.30 udp dport 1194 counter name adsl-jumpbox-a-up accept"
    assert way in rules(world)
    adsl, phone = (besides(world, line) for line in world.lines)
    qemu = "inbound and not (ether proto 0x8035 and ether src 52:54:00:b1:0a:01)"
    whole = "src net 100.64.1.0/24 and ip[0] = 0x45 and ip[6:2] & 0x3fff = 0"
    assert adsl.startswith(f"{qemu} and not (pppoes and {whole} and (")
    assert "(dst host 203.0.113.30 and udp dst port 1194)" in adsl
    assert " and not (src net 192.168.42.0/24 and " in phone
    assert "(dst host 203.0.113.10 and tcp dst port 8388 and tcp[tcpflags] & tcp-syn == 0)" in phone


NORTH = "  north: {kind: pppoe, device: enp4s0, user: n}\n"


def with_three_lines(north: str) -> Description:
    site = parse(OTHER.replace("servers:", f"{north}servers:"))
    return describe(site, {f"uplink-{name}.password": "p" for name in site.uplinks})


def test_a_site_with_more_lines_than_the_board_has_ports_gets_more_ports() -> None:
    world = with_three_lines(NORTH)
    assert len({*(client.mac for client in world.clients), *(line.mac for line in world.lines)}) == 4


def test_a_port_that_no_machine_has_is_named() -> None:
    with pytest.raises(Mistake, match=r"uplinks\.north: the machine under QEMU has no wan0"):
        with_three_lines(NORTH.replace("enp4s0", "wan0"))


def test_all_routes_are_counted_with_one_question() -> None:
    told = """table ip world {
\tcounter leak {
\t\tpackets 0 bytes 0
\t}
\tcounter adsl-jumpbox-a-down {
\t\tpackets 12 bytes 3456
\t}
}"""
    assert COUNTER.findall(told) == [("leak", "0"), ("adsl-jumpbox-a-down", "3456")]
