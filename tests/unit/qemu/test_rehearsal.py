"""What a rehearsal tells: gaps as they were, and a report that says where it stopped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.mistake import Mistake
from qemu.rehearse import figures, run, scenario
from qemu.rehearse.figures import Arrival, Report, Row, Sum, Survival
from tests.frozen import HOME

TOGETHER = Sum(download=7.1, upload=0.9, shares={"adsl": 0.5, "adsl-near": 0.5})
ROW = Row(path="adsl", fault="silent black hole", share=0.5, gap=0.6, rate=3.5, connection=None, back=35.0, leaked=0)


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


def test_of_several_runs_the_median_and_the_worst_are_told() -> None:
    rows = [structs.replace(ROW, gap=gap, back=1.0) for gap in (0.5, None, 0.7)]
    outages = [
        Survival(outage="dead, 60 s", connection=1.0, resumed=share, first=1.0, last=last, leaked=2)
        for share, last in ((1.0, 3.0), (0.9, 8.0), (1.0, 4.0))
    ]
    told = figures.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=tuple(rows), outages=tuple(outages)))
    assert "0.7 s, worst ended" in told
    assert "none, worst none" in told
    assert "90% go on" in told
    assert "4.0 s, worst 8.0 s" in told
    assert "6 bytes" in told


@pytest.mark.parametrize("wrong", ["0", "x", "-1", "101"])
def test_a_number_of_runs_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(Mistake, match="not a number of runs"):
        run.count(wrong)


def test_a_site_whose_console_asks_for_a_password_is_refused_before_anything_is_built() -> None:
    site = HOME.load()
    run.check(site)
    with pytest.raises(Mistake, match="console: login") as refused:
        run.check(structs.replace(site, console="login"))
    assert "--config" in refused.value.hint


def test_every_fault_has_a_name_of_its_own_and_does_something() -> None:
    assert list(scenario.FAULTS) == [fault.name for fault in scenario.FAULTS.values()]
    harmless = scenario.Fault(name="", title="", seconds=1)
    for fault in scenario.FAULTS.values():
        assert structs.replace(fault, name="", title="", seconds=1, every=0) != harmless
