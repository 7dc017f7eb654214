"""What befalls one path, as `invoke rehearse` has it: the others carry, nobody is cut off, and the path comes back."""

from __future__ import annotations

import pytest

from qemu.rehearse import measure, scenario
from qemu.rehearse.scenario import Fault
from qemu.world.rehearsal import Rehearsal


@pytest.mark.parametrize("fault", scenario.FAULTS.values(), ids=list(scenario.FAULTS))
def test_what_befalls_the_way_of_a_tunnel_ends_no_flow(rig: Rehearsal, fault: Fault) -> None:
    tunnelled = next(name for name, path in rig.site.paths.items() if path.through is not None)
    row = measure.befall(rig, fault, tunnelled, share=0.0)
    assert row.gap is not None, "the live flow ended"
    assert row.gap < fault.seconds, "the live flow stood still as long as the fault lasted"
    assert row.connection is not None, "no new connection was served"
    assert row.back is not None, "the path did not carry again"
    assert row.leaked == 0
