"""The whole system at work, as the LAN sees it and as the ISP counts it: of each of the frozen sites."""

from __future__ import annotations

from ipaddress import IPv4Address

import pytest

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import status, wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.carried import carried, shares
from qemu.world.vm import World
from tests.frozen import SITES, STAND
from tests.world.story import at_work, digest, download, expected

CUT_SECONDS = 15

everywhere = pytest.mark.parametrize(
    "frozen",
    [pytest.param(each, marks=() if each in STAND else pytest.mark.long, id=each.name) for each in SITES],
)


@everywhere
def test_every_path_comes_up_no_unit_has_failed_and_a_lan_client_gets_an_address_and_a_name(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    assert f"(paths: {next(iter(site.paths))}" in gateway.wait_for_line("braid: ready")
    now = wait_until_all_up(gateway)
    assert [path["name"] for path in now["paths"]] == list(site.paths)
    assert gateway.succeed("systemctl list-units --failed --plain --no-legend") == ""

    lan.succeed("ip address flush dev eth0 && udhcpc -i eth0 -n -q -t 10")
    lent = IPv4Address(lan.succeed("ip -4 -o address show eth0").partition("inet ")[2].partition("/")[0])
    kept = [host.address for host in site.lan.hosts.values()]
    assert site.lan.dhcp.first <= lent <= site.lan.dhcp.last or lent in kept
    assert f"via {site.lan.address.ip}" in lan.succeed("ip route")
    answer = lan.succeed(f"dig +short +time=15 {world.description.web.name} @{site.lan.address.ip}")
    assert answer.strip() == world.description.web.address


@pytest.mark.usefixtures("narrow", "all_lines")
@everywhere
def test_a_download_uses_several_subflows_and_nothing_leaks(lan: Shell, site: Site, world: World) -> None:
    captures, before, leaked = [world.capture(line) for line in site.uplinks], carried(world), world.leaked()

    got = digest(download(lan, world))

    after, verdicts = carried(world), [capture.stop() for capture in captures]
    assert got == expected()
    assert len(at_work(shares(before, after))) >= 2, shares(before, after)
    assert sum(verdict.packets for verdict in verdicts) > 1000
    assert [verdict.foreign + verdict.plain for verdict in verdicts] == [[] for _ in verdicts]
    assert world.leaked() == leaked == 0


@pytest.mark.usefixtures("narrow")
def test_a_killed_daemon_costs_no_download(gateway: Gateway, lan: Shell, site: Site, world: World) -> None:
    before = carried(world)
    going = download(lan, world)
    gateway.wait_until_succeeds("test $(ss -HMn state established | wc -l) -ge 2")
    old = gateway.succeed("systemctl show --value -p MainPID braid.service")

    gateway.succeed(f"kill -STOP {old}")
    assert site.main in gateway.succeed("braid status"), "a daemon that hangs tells nothing"
    gateway.succeed(f"kill -KILL {old}")

    assert digest(going) == expected()
    assert len(at_work(shares(before, carried(world)))) >= 2
    wait_until_all_up(gateway)
    assert gateway.succeed("systemctl show --value -p MainPID braid.service") != old


@pytest.mark.usefixtures("narrow")
def test_a_line_that_was_cut_comes_back_with_a_new_address(gateway: Gateway, lan: Shell, world: World) -> None:
    line = wait_until_all_up(gateway)["uplinks"][0]
    going = download(lan, world, 3_000_000)
    lan.wait_until_succeeds("test $(stat -c %s /run/download) -ge 100000")
    adsl = world.uplink(line["name"])

    adsl.cut()
    world.host("isp").execute(f"sleep {CUT_SECONDS}")
    adsl.restore(new_address=True)

    gateway.wait_until(
        "braid status --json", lambda text: adsl.assigned in text, 180, "no session with the new address"
    )
    back = wait_until_all_up(gateway, 180)
    assert back["uplinks"][0]["address"] == adsl.assigned != line["address"]
    assert digest(going) == expected(3_000_000), "the outage ended a download"

    before = carried(world)
    assert digest(download(lan, world)) == expected()
    assert len(at_work(shares(before, carried(world)))) >= 2
    assert status(gateway)["ready"]
    assert world.leaked() == 0
