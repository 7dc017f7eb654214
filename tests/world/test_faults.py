"""What befalls one path, as `invoke rehearse` has it: the others carry, nobody is cut off, and the path comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec import structs

from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.machine.accel import slowness_now
from qemu.rehearse import measure, scenario
from qemu.rehearse.scenario import Fault
from qemu.world.rehearsal import Rehearsal
from qemu.world.topology import DOWN_KBIT
from qemu.world.vm import World
from tests.world.story import SIZE, digest, download, expected

SHORT = 30.0
"""Seconds that a fault lasts here, on the reference machine."""
LITTLE = 1000
"""kbit/s of a line down: enough for a live flow to show each gap, which takes the machines a processor otherwise."""


@pytest.fixture
def little(site: Site, world: World) -> Iterator[None]:
    for name in site.uplinks:
        world.uplink(name).shape(down_kbit=LITTLE)
    yield
    for name in site.uplinks:
        world.uplink(name).shape(down_kbit=DOWN_KBIT)


def here(fault: Fault) -> Fault:
    """As long as it takes this machine to notice as much."""
    return structs.replace(fault, seconds=min(fault.seconds, SHORT) * max(1.0, slowness_now() / 2))


@pytest.mark.usefixtures("little")
@pytest.mark.parametrize(
    "name", ["blackhole", *(pytest.param(name, marks=pytest.mark.long) for name in ("late", "stripped", "swallowed"))]
)
def test_what_befalls_the_straight_path_holds_up_no_new_connection(rig: Rehearsal, gateway: Gateway, name: str) -> None:
    fault = here(scenario.FAULTS[name])
    straight = next(name for name, path in rig.site.paths.items() if path.through is None)
    # The quickest: connections open by it.
    for other in rig.site.paths.keys() - {straight}:
        rig.world.route(other).shape(delay="60ms")
    line = f"dev {rig.site.paths[straight].uplink} "
    gateway.wait_until("ip route show default", lambda text: line in text, what="another path opens")
    since = gateway.succeed("date +%s").strip()
    row = measure.befall(rig, fault, straight, share=0.0)
    assert row.call and len(row.call.addresses) == 1, "the call did not stay under its public address"
    assert row.gap is not None, "the live flow ended"
    assert row.connection is not None, "no new connection was served"
    assert row.connection < fault.seconds / 2, "the fault was waited out"
    assert row.back is not None, "the path did not carry again"
    told = gateway.succeed(f"journalctl -u braid -o cat --since @{since} -g 'path' || true")
    # Where half of the probes are lost, all of them may be for a while.
    left = f"path {straight}: the destination does not answer over it" in told
    assert fault.loss or left == fault.silent, "what is slow is not dead"
    # Where answers are late on a busy machine, connections may open by another path meanwhile, and none meets it.
    assert ("takes Multipath TCP away" in told) == fault.strips or (fault.strips and "connections open by path" in told)
    assert row.leaked == 0


@pytest.mark.usefixtures("little")
def test_what_befalls_the_way_of_a_tunnel_ends_no_flow(rig: Rehearsal) -> None:
    tunnelled = next(name for name, path in rig.site.paths.items() if path.through is not None)
    fault = here(scenario.BLACKHOLE)
    row = measure.befall(rig, fault, tunnelled, share=0.0)
    assert row.call and len(row.call.addresses) == 1, "the call did not stay under its public address"
    assert row.gap is not None, "the live flow ended"
    assert row.gap < fault.seconds, "the live flow stood still as long as the fault lasted"
    assert row.connection is not None, "no new connection was served"
    assert row.back is not None, "the path did not carry again"
    assert row.leaked == 0


@pytest.mark.usefixtures("narrow")
def test_a_path_that_becomes_late_is_set_back_under_a_download_and_carries_again_after_it(
    rig: Rehearsal, gateway: Gateway
) -> None:
    straight = next(name for name, path in rig.site.paths.items() if path.through is None)
    endpoint = f"ip mptcp endpoint | grep 'dev {rig.site.paths[straight].uplink} '"
    going = download(rig.world.host("lan"), rig.world, 4 * SIZE)
    rig.world.route(straight).shape(delay=scenario.LATE.delay)
    gateway.wait_until(endpoint, lambda text: " backup " in text, what="it is not set back")
    assert "set back" in gateway.succeed("braid status")
    rig.world.route(straight).restore()
    # Once the LAN is quiet it is asked seldom.
    gateway.wait_until(endpoint, lambda text: " backup " not in text, 120, "it does not carry again")
    assert digest(going) == expected(4 * SIZE)
    assert rig.world.leaked() == 0
