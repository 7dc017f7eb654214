"""The whole system at work, as the LAN sees it and as the ISP counts it."""

from __future__ import annotations

from gateway_init.config import Site
from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.world.vm import World
from tests.world.story import (
    at_work,
    carried,
    digest,
    download,
    expected,
    shares,
    status,
    wait_until_all_up,
)

CUT_SECONDS = 15


def test_the_gateway_says_on_its_console_that_it_is_ready(gateway: Gateway) -> None:
    assert "(paths: adsl" in gateway.wait_for_line("braid: ready")


def test_every_path_comes_up_and_no_unit_has_failed(gateway: Gateway, site: Site) -> None:
    now = wait_until_all_up(gateway)
    assert [path["name"] for path in now["paths"]] == list(site.paths)
    assert gateway.succeed("systemctl list-units --failed --plain --no-legend") == ""


def test_a_lan_client_gets_an_address_and_a_name(gateway: Gateway, lan: Shell, site: Site, world: World) -> None:
    assert f"inet {str(site.lan.dhcp.first).rpartition('.')[0]}." in lan.succeed("ip -4 address show eth0")
    assert f"via {site.lan.address.ip}" in lan.succeed("ip route")
    answer = lan.succeed(f"dig +short +time=15 {world.description.web.name} @{site.lan.address.ip}")
    assert answer.strip() == world.description.web.address
    assert gateway.succeed("braid status")


def test_a_download_uses_several_subflows_and_nothing_leaks(gateway: Gateway, lan: Shell, world: World) -> None:
    wait_until_all_up(gateway)
    capture, before, leaked = world.capture("adsl"), carried(world), world.leaked()

    got = digest(download(lan, world))

    after, verdict = carried(world), capture.stop()
    assert got == expected()
    assert len(at_work(shares(before, after))) >= 2, shares(before, after)
    assert verdict.packets > 1000
    assert verdict.foreign == []
    assert verdict.plain == []
    assert world.leaked() == leaked == 0


def test_a_killed_daemon_costs_no_download(gateway: Gateway, lan: Shell, world: World) -> None:
    wait_until_all_up(gateway)
    before = carried(world)
    going = download(lan, world)
    gateway.wait_until_succeeds("test $(ss -HMn state established | wc -l) -ge 2")
    old = gateway.succeed("systemctl show --value -p MainPID braid.service")

    gateway.succeed(f"kill -KILL {old}")

    assert digest(going) == expected()
    assert len(at_work(shares(before, carried(world)))) >= 2
    wait_until_all_up(gateway)
    assert gateway.succeed("systemctl show --value -p MainPID braid.service") != old


def test_a_line_that_was_cut_comes_back_with_a_new_address(gateway: Gateway, lan: Shell, world: World) -> None:
    line = wait_until_all_up(gateway)["uplinks"][0]
    going = download(lan, world, 3_000_000)
    adsl = world.uplink(line["name"])

    adsl.cut()
    world.host("isp").execute(f"sleep {CUT_SECONDS}")
    adsl.restore(new_address=True)

    gateway.wait_until(
        "braid status --json", lambda text: adsl.assigned in text, 180, "no session with the new address"
    )
    back = wait_until_all_up(gateway, 180)
    assert back["uplinks"][0]["address"] == adsl.assigned != line["address"]
    going.stop()

    before = carried(world)
    assert digest(download(lan, world)) == expected()
    assert len(at_work(shares(before, carried(world)))) >= 2
    assert status(gateway)["ready"]
    assert world.leaked() == 0
