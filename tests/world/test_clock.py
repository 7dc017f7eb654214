"""A board whose battery is flat: the house is online at once, and the box and the LAN know the time soon after."""

from __future__ import annotations

import pytest

from gateway_init.wellknown import place
from qemu.drive.gateway import Gateway
from qemu.drive.ready import READY_LIMIT
from qemu.drive.shell import Shell
from qemu.world.vm import World
from tests.world.story import digest, download, expected

FLAT = "2009-01-01T00:00:00"
NEAR = 2
"""Seconds that the box may be off: what docs/clock.md allows, and what is left out of whole seconds."""
LEARN_LIMIT = 120.0

NTP = """
import socket, struct, sys
asked = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asked.settimeout(5)
asked.sendto(bytes([0x23]) + bytes(47), (sys.argv[1], 123))
print(struct.unpack("!I", asked.recv(48)[40:44])[0] - 2208988800)
"""
"""What time a server tells by NTP (RFC 5905, figure 8), in seconds since 1970."""

pytestmark = [pytest.mark.restarts, pytest.mark.long]


@pytest.fixture
def authority(world: World) -> str:
    """The servers of lan.clocks tell the right time, certified by an authority of their own: its certificate."""
    web, names = world.host("web"), world.description.web.clocks
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650"
    alias = ",".join(f"DNS:{name}" for name in names)
    web.succeed(
        f"mkdir /run/clocks && cd /run/clocks && {made} -subj /CN=Authority -keyout ca.key -out ca.crt "
        f"-addext keyUsage=critical,keyCertSign && "
        f"{made} -subj /CN=clocks -addext subjectAltName={alias} -CA ca.crt -CAkey ca.key "
        "-addext basicConstraints=critical,CA:FALSE -keyout key -out crt && cat crt key >both"
    )
    web.start(
        "cd /run/world/src && exec python3 -m qemu.world.inside.origin "
        f"{world.description.web.address} /run/clocks/both"
    )
    web.wait_for_open_port(443)
    return web.succeed("cat /run/clocks/ca.crt")


def trust(gateway: Gateway, world: World, authority: str) -> None:
    """Until the box starts anew."""
    name = world.host("web").succeed("openssl x509 -in /run/clocks/ca.crt -noout -subject_hash").strip()
    gateway.succeed(f"cat >/etc/ssl/certs/{name}.0 <<'END'\n{authority}END")


def seconds(host: Shell) -> int:
    return int(host.succeed("date +%s"))


def test_a_board_that_lives_in_2009_learns_the_time_tells_the_lan_and_keeps_it(
    gateway: Gateway, lan: Shell, world: World, authority: str
) -> None:
    ask = f"python3 -c '{NTP}' {world.description.gateway_address}"
    gateway.power_off()
    gateway.clock = FLAT
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    assert digest(download(lan, world, 1_000_000)) == expected(1_000_000)
    assert "2009" in gateway.succeed("journalctl -b -k -g 'setting system clock to'")
    gateway.fail(f"test -e {place.CLOCK_KNOWN}")
    lan.fail(ask)

    trust(gateway, world, authority)
    gateway.wait_until_succeeds(f"test -e {place.CLOCK_KNOWN}", LEARN_LIMIT)
    lan.wait_until_succeeds(ask)
    for host, question in ((gateway, "date +%s"), (lan, ask)):
        # On a slow machine an answer takes its time, too.
        before, told, after = seconds(lan), int(host.succeed(question)), seconds(lan)
        assert before - NEAR <= told <= after + NEAR
    assert world.leaked() == 0

    off = seconds(gateway)
    gateway.power_off()
    gateway.power_on()
    gateway.wait_for_line("braid: ready", READY_LIMIT)
    # By what it kept: nobody whom it trusts has told it the time again.
    gateway.fail(f"test -e {place.CLOCK_KNOWN}")
    gateway.wait_until("date +%s", lambda text: int(text) >= off, LEARN_LIMIT, "it does not begin where it was")
