"""What a rehearsal tells: gaps as they were, and a report that says where it stopped."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.mistake import Mistake
from qemu.rehearse import act, figures, report, run, scenario
from qemu.rehearse.call import Call, Heard, heard, judged
from qemu.rehearse.figures import Arrival, Failure, Row, Sum, Survival
from qemu.rehearse.report import Report
from qemu.world.inside.call import EVERY
from tests.frozen import HOME

TOGETHER = Sum(download=7.1, upload=0.9, shares={"adsl": 0.5, "adsl-near": 0.5})
ROW = Row(
    path="adsl",
    fault="silent black hole",
    share=0.5,
    gap=0.6,
    rate=3.5,
    connection=None,
    later=None,
    back=35.0,
    leaked=0,
)


def test_a_flow_that_ended_is_told_as_ended() -> None:
    came, alive = figures.arrivals("10.000 5\nend\n")
    assert (came, alive) == ([Arrival(10.0, 5)], False)
    told = report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=(structs.replace(ROW, gap=None),)))
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
    assert "7.1 Mbit/s down" in report.text(part)
    assert "not gone through to its end" in report.text(part)
    assert "35.0 s" in report.text(part)
    assert "nothing was measured" in report.text(Report(site="home", slowness=2.0))
    assert json.loads(report.as_json(part))["rows"][0]["connection"] is None


KEPT = Call(lost=1.0, silence=60.0, jitter=0.0, addresses=("192.0.2.1:7",))


def test_of_several_runs_the_median_and_the_worst_are_told() -> None:
    rows = [structs.replace(ROW, gap=gap, back=1.0) for gap in (0.5, None, 0.7)]
    outages = [
        Survival(outage="dead, 60 s", connection=1.0, resumed=share, first=1.0, last=last, leaked=2, call=KEPT)
        for share, last in ((1.0, 3.0), (0.9, 8.0), (1.0, 4.0))
    ]
    told = report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=tuple(rows), outages=tuple(outages)))
    assert "0.7 s, worst ended" in told
    assert "none, worst none" in told
    assert "not all, worst not all" in told
    assert "90% go on" in told
    (outage,) = (line for line in told.splitlines() if line.startswith("dead, 60 s"))
    assert "the same" in outage
    assert "4.0 s, worst 8.0 s" in told
    assert "6 bytes" in told


def test_what_there_is_one_of_is_told_by_its_name_and_what_became_of_it() -> None:
    dead = Failure(what="dead for 30 s", which="near", gap=None, unserved=4.0, leaked=0)
    killed = [
        Failure(what="killed", which="braid.service", gap=0.5, unserved=waited, leaked=0) for waited in (0.4, None, 0.6)
    ]
    told = report.text(Report(site="home", slowness=1.0, sum=TOGETHER, failures=(dead, *killed)))
    lines = {line.split()[0]: line for line in told.splitlines() if line.startswith(("near", "braid.service"))}
    assert "ended" in lines["near"] and "4.0 s" in lines["near"]
    assert "0.6 s, worst for ever" in lines["braid.service"]


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


def test_a_path_that_the_site_has_not_is_told_with_the_one_that_was_meant() -> None:
    run.check(HOME.load(), "adsl-near")
    with pytest.raises(Mistake, match="no such path") as refused:
        run.check(HOME.load(), "adsl-nera")
    assert "adsl-near" in refused.value.hint


def test_a_fault_that_nobody_knows_or_that_cannot_befall_the_path_is_told() -> None:
    run.check(HOME.load(), "adsl", "unplugged")
    with pytest.raises(Mistake, match="--fault lat: no such fault") as refused:
        run.check(HOME.load(), fault="lat")
    assert "late" in refused.value.hint
    run.check(HOME.load(), fault="killed")
    with pytest.raises(Mistake, match="--fault killed: it befalls no path"):
        run.check(HOME.load(), "adsl", "killed")
    with pytest.raises(Mistake, match="--fault unplugged: it cannot befall path phone"):
        run.check(HOME.load(), "phone", "unplugged")


def test_every_fault_has_a_name_of_its_own_and_does_something() -> None:
    assert list(scenario.FAULTS) == [fault.name for fault in scenario.FAULTS.values()]
    harmless = scenario.Fault(name="", title="", seconds=1)
    for fault in scenario.FAULTS.values():
        assert structs.replace(fault, name="", title="", seconds=1, every=0) != harmless


def test_a_fault_befalls_the_paths_alone_that_have_what_it_is_about() -> None:
    site = HOME.load()

    def befallen(name: str) -> list[str]:
        return [path for path in site.paths if act.fits(scenario.FAULTS[name], site, path)]

    tunnels = ["adsl-near", "adsl-jumpbox-a", "adsl-jumpbox-b"]
    assert befallen("blackhole") == ["adsl", *tunnels, "phone"]
    assert befallen("stripped") == ["adsl", "phone"]
    # A telephone has no cable that could be pulled in the world, and lends what it likes.
    assert befallen("unplugged") == befallen("renumbered") == ["adsl"]
    assert befallen("ended") == tunnels
    assert befallen("forgotten") == ["adsl-jumpbox-a", "adsl-jumpbox-b", "phone"]


CALL = Call(lost=0.02, silence=1.4, jitter=0.003, addresses=("203.0.113.10:4000",))


def test_what_became_of_a_call_is_told_and_whether_its_address_stayed() -> None:
    moved = structs.replace(CALL, lost=0.5, silence=9.0, addresses=("203.0.113.10:4000", "203.0.113.10:4001"))
    told = report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=(structs.replace(ROW, call=CALL),)))
    assert "2.0%" in told and "3 ms" in told and "1.4 s" in told and "the same" in told
    rows = tuple(structs.replace(ROW, call=call) for call in (CALL, moved, CALL))
    told = report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=rows))
    assert "2.0%, worst 50.0%" in told and "1.4 s, worst 9.0 s" in told and "another one" in told
    rows = (*rows[:1], structs.replace(ROW, call=None))
    assert "worst all" in report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=rows))
    assert "PUBLIC ADDRESS" not in report.text(Report(site="home", slowness=1.0, sum=TOGETHER, rows=(ROW,)))


def spoken(*numbers: int, seen: str = "192.0.2.1:7") -> list[Heard]:
    return [Heard(number * EVERY, number, seen) for number in numbers]


def test_packets_that_never_came_back_are_lost_and_those_that_came_twice_are_one() -> None:
    packets = [*spoken(*range(50)), *spoken(*range(60, 100)), *spoken(*range(99, 200))]
    call = judged(packets, 0.5, 3.0)
    assert call is not None
    assert abs(call.lost - 10 / 126) < 0.01
    assert abs(call.silence - 11 * EVERY) < 1e-9
    assert call.jitter < 1e-9


def test_of_a_call_that_began_too_late_or_was_never_heard_again_nothing_is_said() -> None:
    assert judged(spoken(*range(50)), 0.5, 3.0) is None
    assert judged(spoken(*range(100, 200)), 0.5, 3.0) is None
    assert heard("1.000 1 192.0.2.1:7\n1.020 2 192.0") == [Heard(1.0, 1, "192.0.2.1:7")]


@given(st.sets(st.integers(0, 300), min_size=3), st.floats(0, 3), st.floats(3, 6))
def test_a_call_loses_no_more_than_all_and_is_silent_no_longer_than_it_lasts(
    numbers: set[int], begin: float, end: float
) -> None:
    call = judged(spoken(*sorted(numbers)), begin, end)
    assert call is None or (0 <= call.lost <= 1 and EVERY * 0.99 <= call.silence <= 301 * EVERY)
