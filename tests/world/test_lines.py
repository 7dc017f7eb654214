"""Lines of other kinds than the first, at the site that has one of each: what befalls one is felt by nobody."""

from __future__ import annotations

import pytest

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.carried import carried, shares
from qemu.world.line.dhcp import MTU
from qemu.world.line.pppoe import PAGE
from qemu.world.topology import STREAM_NAME
from qemu.world.vm import World
from tests.frozen import SECOND, THIRD, Frozen
from tests.world.story import at_work, digest, download, expected, seen_as, wait_until_named

CABLE, COPPER, OFFICE = "cable", "copper", "office"
LARGE = 50_000
"""Bytes that are no questions and answers: packets as large as they get were among them."""
SOME = 200_000
"""Bytes of a short download."""
PATIENCE = 150.0
"""Seconds on the reference machine for what a lease, or the answer of a router, takes to run out."""


@pytest.fixture
def frozen() -> Frozen:
    return THIRD


@pytest.mark.usefixtures("narrow")
def test_a_lease_that_is_taken_back_costs_no_download_and_another_one_is_used(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    before = {line["name"]: line["address"] for line in wait_until_all_up(gateway)["uplinks"]}
    cable, going = world.uplink(CABLE), download(lan, world)
    cable.renumber(f"{cable.assigned}9")
    gateway.wait_until("braid status --json", lambda text: f'"{cable.assigned}"' in text, PATIENCE, "the old address")
    gateway.fail("journalctl -b -u 'braid-lease-*' -g denied")
    now = {line["name"]: line["address"] for line in wait_until_all_up(gateway)["uplinks"]}
    assert now == before | {CABLE: cable.assigned}
    assert digest(going) == expected()
    start = carried(world)
    assert digest(download(lan, world)) == expected()
    after = carried(world)
    assert CABLE in at_work(shares(start, after))
    # The line is narrower than a tunnel is by itself, which carries all the same.
    assert int(gateway.succeed("cat /sys/class/net/enp1s0/mtu")) == MTU
    assert after["cable-hill"] - start["cable-hill"] > LARGE
    assert world.leaked() == 0


@pytest.mark.usefixtures("narrow")
def test_a_router_that_does_not_answer_takes_its_line_along_and_nothing_else(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    office = world.uplink(OFFICE).cut()
    gateway.wait_until("braid status", lambda text: "no answer from the gateway" in text, PATIENCE, "no reason")
    assert digest(download(lan, world)) == expected()
    office.restore()
    wait_until_all_up(gateway, PATIENCE)
    start = carried(world)
    assert digest(download(lan, world)) == expected()
    assert {COPPER, OFFICE} <= set(at_work(shares(start, carried(world))))
    assert world.leaked() == 0
    # The frames of one of them bear a tag, and its packets are as large as any Ethernet's.
    assert int(gateway.succeed(f"cat /sys/class/net/{COPPER}/mtu")) == 1500
    assert "vlan protocol 802.1Q id 35" in gateway.succeed(f"ip -d link show dev {COPPER}.v")


def test_the_page_of_a_modem_is_seen_from_the_lan_and_from_nowhere_else(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    capture = world.capture(COPPER)
    assert lan.succeed("curl -sS --fail --max-time 60 http://192.168.100.1/") == f"{PAGE}\n"
    assert "172.16." not in world.host(f"modem-{COPPER}").succeed("ip neigh show dev br0")
    world.host("web").fail("curl -sS --max-time 5 http://192.168.100.1/")
    lan.fail("curl -sS --max-time 10 http://192.168.100.1:22/")
    assert digest(download(lan, world, SOME)) == expected(SOME)
    assert capture.stop().foreign == []
    assert world.leaked() == 0
    assert gateway.succeed("cat /proc/sys/net/ipv4/ip_forward") == "0\n"


def test_what_a_route_gives_to_a_line_leaves_by_that_one_itself_and_all_else_as_ever(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    lines = {line["name"]: line["address"] for line in wait_until_all_up(gateway)["uplinks"]}
    wait_until_named(lan, world, site.lan.address.ip)
    capture = world.capture(CABLE)
    assert seen_as(lan, STREAM_NAME) == lines[CABLE]
    assert seen_as(lan, world.description.web.name) == str(site.destination.address)
    start = carried(world)
    got = lan.succeed(f"curl -sS --fail --max-time 280 http://{STREAM_NAME}/bytes/{SOME} | sha256sum", 300)
    assert got.split()[0] == expected(SOME)
    assert sum(carried(world).values()) - sum(start.values()) < SOME / 2, "it went by the paths, too"
    lan.succeed(f"ping -c 3 -W 10 {STREAM_NAME}", 60)
    verdict = capture.stop()
    assert verdict.foreign == []
    assert verdict.counts["TCP by route 1"] > SOME / 1500 / 4 and verdict.counts["ICMP by route 1"] == 3
    assert f"unwrapped by uplink {CABLE}: route 1" in gateway.succeed(f"braid routes explain {STREAM_NAME}")
    assert world.leaked() == 0


@pytest.mark.long
@pytest.mark.parametrize("frozen", [SECOND], ids=["second"])
@pytest.mark.usefixtures("narrow")
def test_one_of_two_lines_is_renumbered_and_the_other_does_not_feel_it(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    before = {line["name"]: line for line in wait_until_all_up(gateway)["uplinks"]}
    upper, going = world.uplink("upper"), download(lan, world)
    lan.wait_until_succeeds(f"test $(stat -c %s /run/download) -gt {SOME}")
    start = carried(world)
    new = f"{upper.assigned}9"
    upper.renumber(new)
    gateway.wait_until("braid status --json", lambda text: f'"{new}"' in text, PATIENCE, "the old address")
    after = {line["name"]: line for line in wait_until_all_up(gateway, PATIENCE)["uplinks"]}
    assert (after["upper"]["address"], after["lower"]["address"]) == (new, before["lower"]["address"])
    assert after["lower"]["seconds"] > before["lower"]["seconds"]
    assert digest(going) == expected()
    assert shares(start, carried(world))["straight-lower"] > 0
    assert digest(download(lan, world)) == expected()
    assert world.leaked() == 0
