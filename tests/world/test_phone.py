"""A telephone on USB, on demand: it costs nothing until it is needed, is there at once then, and is let go again."""

from __future__ import annotations

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness, slowness_now
from qemu.machine.machine import USB
from qemu.rehearse.measure import FLOW
from qemu.world.carried import carried, shares
from qemu.world.line import tether
from qemu.world.topology import UP_KBIT
from qemu.world.vm import World
from tests.world.story import SIZE, at_work, digest, download, expected, fetched, url
from tests.world.telephone import PHONE, moments, wait_until_let_go, wait_until_used

QUIET = 20
"""Seconds of the world, in which a telephone that nobody needs hears nothing; `invoke bench idle` takes ten minutes."""
SOME = 300_000
"""Bytes of a page: that is no reason."""
TAKEN_IN = 5.0
"""Seconds on the reference machine from the trigger until it carries, a lease included."""


def pull_out(gateway: Gateway, mac: str) -> None:
    gateway.unplug(mac)
    gateway.wait_until("braid status", lambda text: "no telephone on USB" in text, 60, "it is still there")


def carries_its_part(lan: Shell, world: World) -> None:
    before = carried(world)
    assert digest(download(lan, world)) == expected()
    assert PHONE in at_work(shares(before, carried(world)))


@pytest.mark.usefixtures("phone", "narrow")
def test_nobody_hears_of_a_telephone_that_is_not_needed(gateway: Gateway, lan: Shell, world: World, mac: str) -> None:
    pocket = world.host(f"modem-{PHONE}")
    heard = pocket.start(f"exec tcpdump -i dsl -U -w /run/world/pocket 'ether src {mac} and not arp'")
    pocket.wait_until_succeeds("test -s /run/world/pocket")
    assert fetched(lan, world, SOME) == expected(SOME)
    lan.succeed(f"sleep {QUIET}", 120)
    heard.stop()
    assert pocket.succeed("tcpdump -nn -r /run/world/pocket 2>/dev/null") == ""
    assert gateway.succeed("braid status").count("rests") == 2


@pytest.mark.usefixtures("phone", "narrow")
def test_a_person_takes_it_in_and_lets_it_go_in_the_middle_of_a_download(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    going = download(lan, world, 2 * SIZE, rate="100k")
    gateway.succeed("braid up phone")
    wait_until_used(gateway)
    before = carried(world)
    assert fetched(lan, world, SIZE) == expected(SIZE)
    assert PHONE in at_work(shares(before, carried(world)))
    assert going.running(), "it was over before the telephone was let go"
    gateway.succeed("braid down phone")
    wait_until_let_go(gateway)
    assert digest(going) == expected(2 * SIZE)
    assert fetched(lan, world, SIZE // 4) == expected(SIZE // 4)
    assert world.leaked() == 0
    assert gateway.fail("braid up adsl") == (
        "error: adsl is not on demand, but `use: always`\n  `braid config edit` changes that\n"
    )


@pytest.mark.usefixtures("phone", "narrow")
def test_when_the_line_is_cut_it_carries_within_seconds_and_is_let_go_after_its_return(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    going = download(lan, world)
    lan.wait_until_succeeds(f"test $(stat -c %s /run/download) -gt {SOME}")
    line = world.uplink("adsl").cut()
    wait_until_used(gateway, 120)
    trigger, carries = moments(
        gateway, "phone: in use, no other path is up", "add Endpoint(address=IPv4Address('192.168"
    )
    assert carries - trigger < TAKEN_IN * slowness_now()
    # Names take up to half a minute to come back after all servers were out of reach.
    lan.wait_until_succeeds(f"curl -sS --fail --max-time {20 * slowness():.0f} -o /dev/null {url(world, 1000)}", 120)
    line.restore()
    wait_until_all_up(gateway, 180)
    wait_until_let_go(gateway)
    assert digest(going) == expected()
    assert world.leaked() == 0


@pytest.mark.usefixtures("phone", "narrow")
def test_an_upload_that_fills_the_line_takes_it_in_and_more_than_doubles(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    # What this machine's box can fill, and the box knows it.
    up = round(UP_KBIT / slowness_now())
    world.uplink("adsl").shape(up_kbit=up)
    world.uplink(PHONE).shape(up_kbit=5 * up)
    gateway.succeed(
        f"sed 's/up: {UP_KBIT}/up: {up}/' /run/short.yaml >/run/slow.yaml && braid config set /run/slow.yaml"
    )
    minute = up * 8000
    flow = lan.start(f"{FLOW} send {world.description.web.name} {minute}")
    wait_until_used(gateway, 120)
    line, pocket = world.route("adsl").bytes().up, world.route(PHONE).bytes().up
    flow.wait(300)
    assert world.route(PHONE).bytes().up - pocket > world.route("adsl").bytes().up - line
    wait_until_let_go(gateway)
    world.uplink("adsl").shape(up_kbit=UP_KBIT)


@pytest.mark.spoils
@pytest.mark.usefixtures("phone", "narrow")
def test_plugged_into_another_socket_as_another_one_it_works_again(
    gateway: Gateway, lan: Shell, world: World, mac: str
) -> None:
    gateway.succeed("braid up phone")
    wait_until_used(gateway)
    going = download(lan, world)
    pull_out(gateway, mac)
    gateway.plug_in(mac, USB["USB 1-3"], shown="52:54:00:00:77:77")
    wait_until_used(gateway, 90)
    assert digest(going) == expected()
    carries_its_part(lan, world)


@pytest.mark.spoils
@pytest.mark.usefixtures("phone", "narrow")
def test_another_one_that_speaks_ncm_or_rndis_works_as_well(
    gateway: Gateway, lan: Shell, world: World, mac: str
) -> None:
    gateway.succeed("braid up phone")
    wait_until_used(gateway)
    for speaks, driver in (("ncm", "cdc_ncm"), ("rndis", "rndis_host")):
        going = download(lan, world)
        pull_out(gateway, mac)
        tether.come_speaking(speaks, world.description.line(PHONE), gateway, world)
        wait_until_used(gateway, 90)
        assert gateway.succeed(f"readlink /sys/class/net/{PHONE}/device/driver").strip().endswith(f"/{driver}")
        assert digest(going) == expected()
        carries_its_part(lan, world)
    assert world.leaked() == 0


@pytest.mark.usefixtures("phone", "narrow")
def test_a_backup_is_connected_and_carries_nothing_until_nothing_else_can(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    gateway.succeed(
        "sed 's/use: on-demand/use: backup/' /etc/braid/gateway.yaml >/run/backup.yaml && "
        "braid config set /run/backup.yaml"
    )
    gateway.wait_until("ip mptcp endpoint", lambda text: f"backup dev {PHONE}" in text, 60, "no backup")
    before = carried(world)
    assert digest(download(lan, world, SIZE // 2)) == expected(SIZE // 2)
    assert shares(before, carried(world))[PHONE] < 0.01
    going = download(lan, world)
    lan.wait_until_succeeds(f"test $(stat -c %s /run/download) -gt {SOME}")
    world.uplink("adsl").cut()
    assert digest(going) == expected()
    assert PHONE in at_work(shares(before, carried(world)))
    assert world.leaked() == 0
