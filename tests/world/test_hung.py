"""A program of the chain that hangs while it listens: nobody has to find out, and the house is online again."""

from __future__ import annotations

import pytest

from gateway_init.wellknown import unit
from qemu.drive.gateway import Gateway
from qemu.drive.shell import Shell
from qemu.machine.accel import slowness
from qemu.world.vm import World
from tests.frozen import HOME
from tests.world.story import url

CARRYING = unit.carrying(HOME.load().main)
SMALL = 1000
"""Bytes of what somebody in the LAN wants meanwhile."""


def test_whichever_program_hangs_it_is_started_anew_and_no_other(gateway: Gateway, lan: Shell, world: World) -> None:
    def lives() -> dict[str, str]:
        return {each: gateway.succeed(f"systemctl show --value -p MainPID {each}").strip() for each in CARRYING}

    since = gateway.succeed("date +%s").strip()
    for name in CARRYING:
        before = lives()
        gateway.succeed(f"kill -STOP {before[name]}")
        lan.execute(f"curl -sS --max-time 3 -o /dev/null {url(world, SMALL)}")
        said = f"journalctl -u braid -o cat --since @{since}"
        gateway.wait_until(said, lambda text: f"{name} hangs" in text, what="it goes on")  # noqa: B023
        lan.wait_until_succeeds(f"curl -sS --fail --max-time {10 * slowness():.0f} -o /dev/null {url(world, SMALL)}")
        after = lives()
        assert {each for each in before if before[each] != after[each]} == {name}


@pytest.mark.usefixtures("narrow")
def test_a_box_that_is_busy_starts_nothing_anew(gateway: Gateway, lan: Shell, world: World) -> None:
    since = gateway.succeed("date +%s").strip()
    going = lan.start(f"curl -sS --fail --limit-rate 50k -o /dev/null {url(world, 2_000_000)}")
    gateway.succeed("for i in 1 2 3; do timeout 20 sh -c 'while :; do :; done' & done; wait", 120)
    assert going.running(), "nothing was asked of it while it was busy"
    going.wait(300)
    assert "hangs" not in gateway.succeed(f"journalctl -u braid -o cat --since @{since}")
