"""What a rehearsal tells: gaps as they were, and a report that says where it stopped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.mistake import Mistake
from qemu.rehearse import figures, run, scenario
from qemu.rehearse.figures import Arrival, Report, Row, Sum
from tests.frozen import HOME

TOGETHER = Sum(download=7.1, upload=0.9, shares={"adsl": 0.5, "adsl-near": 0.5})
ROW = Row(path="adsl", fault="silent black hole", share=0.5, gap=0.6, connection=None, back=35.0, leaked=0)


def test_a_flow_that_ended_is_told_as_ended() -> None:
    came, alive = figures.arrivals("10.000 5\nend\n")
    assert (came, alive) == ([Arrival(10.0, 5)], False)
    told = figures.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=(structs.replace(ROW, gap=None),)))
    assert "ended" in told


def test_a_silence_that_began_before_the_fault_counts_from_its_beginning() -> None:
    assert figures.longest_gap([Arrival(1, 9), Arrival(8, 9)], 3, 9) == 7


def test_a_flow_that_never_comes_back_counts_to_the_end() -> None:
    assert figures.longest_gap([Arrival(1, 9), Arrival(2, 9)], 1.5, 30) == 28


@given(st.lists(st.floats(0, 100), max_size=30), st.floats(0, 50), st.floats(51, 100))
def test_no_gap_is_longer_than_the_time_looked_at_and_what_came_before(
    times: list[float], begin: float, end: float
) -> None:
    came = [Arrival(at, 1) for at in sorted(times)]
    gap = figures.longest_gap(came, begin, end)
    assert 0 <= gap <= end - min([begin, *times])


def test_a_report_tells_what_was_found_and_whether_that_is_all() -> None:
    part = Report(site="home", slowness=2.0, sum=TOGETHER, rows=(ROW,))
    assert "7.1 Mbit/s down" in figures.text(part)
    assert "not gone through to its end" in figures.text(part)
    assert "35.0 s" in figures.text(part)
    assert "nothing was measured" in figures.text(Report(site="home", slowness=2.0))
    assert json.loads(figures.as_json(part))["rows"][0]["connection"] is None


def test_a_site_whose_console_asks_for_a_password_is_refused_before_anything_is_built() -> None:
    site = HOME.load()
    run.check(site)
    with pytest.raises(Mistake, match="console: login") as refused:
        run.check(structs.replace(site, console="login"))
    assert "--config" in refused.value.hint


def test_every_fault_has_a_name_of_its_own_and_does_something() -> None:
    assert list(scenario.FAULTS) == [fault.name for fault in scenario.FAULTS.values()]
    assert all(fault.silent or fault.rate or fault.delay or fault.loss for fault in scenario.FAULTS.values())
