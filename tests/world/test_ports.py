"""Who calls a port of the destination's from the Internet, and is answered by a device at home."""

from __future__ import annotations

import pytest

from gateway_init.config.forwarding import inbound
from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Shell
from qemu.world.vm import World
from tests.frozen import THIRD, Frozen
from tests.world.story import expected

SOURCE = "cd /run/world/src && exec python3 -m"
SIZE = 300_000
PACKETS = 50


@pytest.fixture
def frozen() -> Frozen:
    return THIRD


def test_a_device_at_home_is_called_by_the_destination_s_address(
    gateway: Gateway, lan: Shell, site: Site, world: World
) -> None:
    wait_until_all_up(gateway)
    quay, web, caller = site.destination.address, world.host("web"), world.description.web.address
    page, _, call = inbound(site)
    desk = page.address
    assert f"inet {desk}/" in lan.succeed("ip -4 address show")
    pages = lan.start(f"{SOURCE} qemu.world.inside.origin {desk}")
    calls = lan.start(f"{SOURCE} qemu.world.inside.call answer {desk} {call.inside}")
    web.wait_until_succeeds(f"curl -sS --fail --max-time 30 -o /dev/null http://{quay}:{page.port}/bytes/5")
    # The device sees who calls.
    assert web.succeed(f"curl -sS --fail --max-time 60 http://{quay}:{page.port}/from", 90) == caller
    got = web.succeed(f"curl -sS --fail --max-time 280 http://{quay}:{page.port}/bytes/{SIZE} | sha256sum", 300)
    assert got.split()[0] == expected(SIZE)
    going = web.start(f"{SOURCE} qemu.world.inside.call call {quay} {call.port}")
    going.wait_for_lines(PACKETS)
    told = [line.split() for line in going.stop().splitlines()[:PACKETS]]
    assert {where.partition(":")[0] for *_, where in told} == {caller}
    # Neither by the port that the page has at home, nor by TCP where a call is answered whom nobody answers so.
    for port in (page.inside, call.port):
        web.fail(f"curl -sS --max-time 10 telnet://{quay}:{port}", 60)
    for each in (pages, calls):
        each.stop()
    assert world.leaked() == 0
