"""Everything is dead at once, for minutes: who was connected stays so, and goes on when the first path is back; a call
does so, too, under the same public address."""

from __future__ import annotations

import pytest

from qemu.rehearse import scenario
from qemu.rehearse.outage import outage
from qemu.world.rehearsal import Rehearsal


@pytest.mark.long
def test_connections_outlive_an_outage_of_all_lines(rig: Rehearsal) -> None:
    # Longer than connections without a path would be kept by default, and with another address afterwards.
    found = outage(rig, next(what for what in scenario.OUTAGES if what.lines))
    assert found.resumed >= 0.95, found
    assert found.connection is not None, "no new connection was served"
    assert found.call is not None, "the call did not go on"
    assert len(found.call.addresses) == 1, found.call
    assert found.leaked == 0
