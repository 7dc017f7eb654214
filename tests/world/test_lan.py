"""Devices of the LAN: at any port, with names of their own, and more of them than there are addresses."""

from __future__ import annotations

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.vm import World
from tests.netns.packet import router_advertisement
from tests.world.story import digest, download, expected

ASK = "udhcpc -i eth0 -n -q -t 3"
"""For an address; fails where nobody gives one."""


def address(device: Shell) -> str:
    return device.succeed("ip -4 -o address show eth0").split()[3].partition("/")[0]


def test_at_the_second_port_a_device_is_served_as_at_the_first(lan: Shell, world: World) -> None:
    second = world.host("lan-2")
    second.succeed(ASK)
    assert digest(download(second, world, 1_000_000)) == expected(1_000_000)
    second.succeed(f"ping -c 1 -W 5 {address(lan)}")


def test_devices_are_found_by_the_names_that_they_give(lan: Shell, site: Site, world: World) -> None:
    second, domain, box = world.host("lan-2"), site.lan.domain, site.lan.address.ip

    def named(question: str) -> str:
        return lan.succeed(f"dig +short +time=15 {question} @{box}").strip()

    second.succeed(f"{ASK} -x hostname:laptop")
    assert named(f"laptop.{domain}") == address(second)
    assert named("laptop") == address(second)
    assert named(f"-x {address(second)}") == f"laptop.{domain}."
    assert named(f"{site.site}.{domain}") == str(box)

    # Whoever is called so would be every browser's proxy.
    second.succeed(f"{ASK} -x hostname:wpad")
    assert named(f"wpad.{domain}") == named("wpad") == ""
    assert "NXDOMAIN" in lan.succeed(f"dig +time=15 no-such-name.{domain} @{box}")


def test_names_are_told_by_tcp_too(lan: Shell, site: Site, world: World) -> None:
    answer = lan.succeed(f"dig +tcp +short +time=15 {world.description.web.name} @{site.lan.address.ip}")
    assert answer.strip() == world.description.web.address


def test_a_device_with_an_address_of_its_own_is_found_before_it_asks_and_by_nobody_else(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    second, name = world.host("lan-2"), f"printer.{site.lan.domain}"
    mac = next(client.mac for client in world.description.clients if client.name == "lan-2")
    own = site.lan.dhcp.first - 80
    entry = f'  hosts: {{printer: {{mac: "{mac}", address: {own}}}}}'
    gateway.succeed(f"sed '/^  domain:/i\\{entry}' /etc/braid/gateway.yaml >/run/hosts.yaml")
    gateway.succeed("braid config set /run/hosts.yaml")
    told = f"dig +short +time=15 {name} @{site.lan.address.ip}"
    lan.wait_until(told, lambda answer: answer.strip() == str(own))

    second.succeed(ASK)
    assert address(second) == str(own)
    lan.succeed(f"{ASK} -x hostname:printer")
    assert address(lan) != str(own)
    assert lan.succeed(told).strip() == str(own)


def test_a_device_takes_the_route_of_the_name_that_it_gives(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    second, web = world.host("lan-2"), world.description.web
    near, abroad = (str(each.address) for each in site.destinations.values())
    entry = "  - {clients: [television], to: abroad}"
    gateway.succeed(f"sed '/^routes:/a\\{entry}' /etc/braid/gateway.yaml >/run/given.yaml")
    gateway.succeed("braid config set /run/given.yaml")
    # It is in force once somebody looks whom each device is.
    gateway.wait_until_succeeds("nft list set inet braid-routes given-television-lent")
    asked = f"curl -sS --fail --max-time 60 http://{web.address}/from"
    for name, goes_to in (("Television", abroad), ("laptop", near)):
        second.succeed(f"{ASK} -x hostname:{name}")
        # Emulated, the box takes its time to hear of it.
        second.wait_until_succeeds(f"{asked} | grep -x {goes_to}")
    assert lan.succeed(asked, 90).strip() == near


def test_who_announces_himself_as_a_router_of_ipv6_is_told_by_his_hardware_address(
    gateway: Gateway, world: World
) -> None:
    second = world.host("lan-2")
    assert "IPv6" not in gateway.succeed("braid status")
    mac = second.succeed("cat /sys/class/net/eth0/address").strip()
    # To all nodes (RFC 2464, 7).
    frame = bytes.fromhex(f"333300000001{mac.replace(':', '')}86dd") + router_advertisement("fe80::bad")
    send = 's = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("eth0", 0))'
    second.succeed(f"python3 -c 'import socket; {send}; s.send(bytes.fromhex(\"{frame.hex()}\"))'")
    assert f"lan: {mac} sends IPv6 router advertisements" in gateway.succeed("braid status")
    gateway.wait_until_succeeds("journalctl -b -k --no-pager -g 'a stranger advertises an IPv6 router to the LAN'")


def test_where_all_addresses_are_lent_those_who_have_one_notice_nothing(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    second = world.host("lan-2")
    only = address(lan)
    gateway.succeed(
        f"sed 's/first: .*/first: {only}/; s/last: .*/last: {only}/' /etc/braid/gateway.yaml >/run/few.yaml"
    )
    gateway.succeed("braid config set /run/few.yaml")
    gateway.wait_until_succeeds(f"journalctl -b -u braid-dnsmasq | grep -q 'IP range {only} -- {only}'")

    second.fail(ASK)

    gateway.succeed("journalctl -b -u braid-dnsmasq | grep 'no address available'")
    lan.succeed(ASK)
    assert address(lan) == only
    assert digest(download(lan, world, 1_000_000)) == expected(1_000_000)

    gateway.succeed("braid config reset")
    second.wait_until_succeeds(ASK)
    assert address(second) != only
