"""UDP of the LAN: a call whose public address stays while its paths come and go, and who is told of no way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.drive.ready import wait_until_all_up
from qemu.drive.shell import Job, Shell
from qemu.machine.accel import slowness
from qemu.rehearse.call import PACKETS, going_on, heard, silence
from qemu.world.vm import World

GAP = 2.0
"""Seconds that a call may be silent when its path dies without a word, on the reference machine."""
FAR = "120ms"
"""One way: no noise of an emulated machine makes such a path the best."""
CALLS_BY = "journalctl -u braid -o cat -g 'calls go by path' | tail -n 1"


@pytest.fixture
def call(world: World) -> Iterator[Job]:
    """A device of the LAN's speaks with somebody on the Internet."""
    with going_on(world) as going:
        yield going


def talk(call: Job) -> None:
    """Until some more packets have come back, each of them a line."""
    call.wait_for_lines(PACKETS)


def goes(gateway: Gateway, path: str, *, by: bool) -> None:
    """Wait until calls go by that path, or by another one."""
    gateway.wait_until(
        CALLS_BY, lambda text: (text.split()[-1:] == [path]) == by, what=f"calls by {path}: still {not by}"
    )


def test_a_call_keeps_its_public_address_when_its_path_dies_without_a_word(
    site: Site, gateway: Gateway, world: World, call: Job
) -> None:
    first = next(name for name, path in site.paths.items() if path.through is None)
    for other in site.paths.keys() - {first}:
        world.route(other).shape(delay=FAR)
    goes(gateway, first, by=True)
    talk(call)
    world.route(first).block()
    goes(gateway, first, by=False)
    talk(call)
    world.route(first).restore()
    goes(gateway, first, by=True)
    talk(call)
    packets = heard(call.stop())
    silent = silence(packets)
    sent = packets[-1].number + 1
    world.log.note(f"{len(packets)} packets of {sent} came back, the longest silence was {silent:.2f} s")
    assert len(packets) < sent, "nothing befell the call"
    assert {each.seen.partition(":")[0] for each in packets} == {str(site.destination.address)}
    assert len({each.seen for each in packets}) == 1, "its public port is another one"
    assert silent <= GAP * slowness()
    assert world.leaked() == 0


def test_pings_are_answered_and_quic_is_refused_at_once(lan: Shell, world: World) -> None:
    web = world.description.web.address
    assert "1 received" in lan.succeed(f"ping -c 1 -W 10 {web}")
    quic = (
        "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(30); "
        f"s.connect(('{web}', 443)); s.send(b'QUIC'); begun = time.time()\n"
        "try: s.recv(10)\n"
        "except ConnectionRefusedError: print('refused')\n"
        "except PermissionError: print('refused')\n"
        "except OSError as error: print(error.strerror)\n"
    )
    assert lan.succeed(f'python3 -c "{quic}"').strip() in ("refused", "No route to host")
    assert world.leaked() == 0


@pytest.mark.long
def test_whichever_program_of_the_box_is_killed_a_call_goes_on_under_its_address(
    gateway: Gateway, world: World, call: Job
) -> None:
    running = "systemctl list-units 'braid*.service' --state=running --no-legend --plain | cut -d' ' -f1"
    for unit in gateway.succeed(running).split():
        process = f"systemctl show --value -p MainPID {unit}"
        killed = gateway.succeed(process).strip()
        gateway.succeed(f"systemctl kill --signal=KILL {unit}")
        gateway.wait_until_succeeds(f"{process} | grep -vx '0\\|{killed}'")
        wait_until_all_up(gateway)
        talk(call)
    assert len({packet.seen for packet in heard(call.stop())}) == 1
    assert world.leaked() == 0
