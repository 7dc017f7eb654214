"""A budget in the world: it runs out in the middle of a download, which goes on, and a power cut gives nothing back."""

from __future__ import annotations

import json

import pytest

from qemu.drive.gateway import Gateway
from qemu.drive.ready import READY_LIMIT
from qemu.drive.shell import Shell
from qemu.world.carried import carried
from qemu.world.vm import World
from tests.world.story import digest, download, expected, url
from tests.world.telephone import PHONE, wait_until_let_go, wait_until_used

LITTLE, MUCH = 12_000_000, 40_000_000
"""Bytes."""
SPENT = 9_000_000
"""Bytes that the provider has counted before: so the rest is soon gone, and a hundredth is one of the whole budget."""
ENOUGH = 4_000_000
"""Bytes that are used when the power goes."""
SOME, LONG = 1_000_000, 10_000_000
FEW = 100_000
"""Bytes that a server sends again before it knows that a subflow has ended."""
ETHERNET = 14
"""Bytes of a frame's head, which no provider counts."""


def used(gateway: Gateway) -> int:
    (line,) = json.loads(gateway.succeed("braid budget --json"))
    return int(line["used"])


def passed(world: World) -> int:
    """Bytes of IP that the telephone has seen of the gateway, both ways."""
    told = world.host(f"modem-{PHONE}").succeed("cat /sys/class/net/dsl/statistics/[rt]x_[bp]*")
    received, received_packets, sent, sent_packets = map(int, told.split())
    return received + sent - ETHERNET * (received_packets + sent_packets)


@pytest.mark.parametrize("budget", ["12 MB"])
@pytest.mark.usefixtures("phone", "narrow")
def test_it_runs_out_in_the_middle_of_a_download_which_goes_on_over_the_others(
    gateway: Gateway, lan: Shell, world: World
) -> None:
    before = passed(world)
    gateway.succeed(f"braid budget phone --set-used {SPENT // 1_000_000}MB")
    gateway.succeed("braid up phone")
    wait_until_used(gateway)
    assert digest(download(lan, world, LONG)) == expected(LONG)
    wait_until_let_go(gateway)
    assert used(gateway) == LITTLE
    assert passed(world) - before <= LITTLE * 1.01 - SPENT
    status = gateway.succeed("braid status")
    assert "the budget of phone, 12.0 MB, is spent; it begins anew on " in status
    said = gateway.succeed("journalctl -b -u braid --no-pager")
    assert "is spent; it begins anew" in said
    asleep = carried(world)[PHONE]
    assert digest(download(lan, world, SOME)) == expected(SOME)
    assert carried(world)[PHONE] - asleep < FEW
    assert world.leaked() == 0
    gateway.succeed("braid budget phone --set-used 1MB")
    wait_until_used(gateway)


@pytest.mark.long
@pytest.mark.restarts
@pytest.mark.parametrize("budget", ["40 MB"])
@pytest.mark.usefixtures("phone", "narrow")
def test_a_power_cut_gives_nothing_back(gateway: Gateway, lan: Shell, world: World) -> None:
    before = passed(world)
    gateway.succeed("braid up phone")
    wait_until_used(gateway)
    going = lan.start("curl -sS --max-time 600 -o /dev/null " + url(world, 50_000_000))
    gateway.wait_until("braid budget --json", lambda text: json.loads(text)[0]["used"] > ENOUGH, 120, "it is not used")
    gateway.crash()
    real = passed(world) - before
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    assert ENOUGH < real <= used(gateway) <= MUCH
    assert "rests" in gateway.succeed("braid status")
    going.stop()
