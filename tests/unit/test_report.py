"""What is told of a run at its end: the ten slowest tests, each in one line."""

from __future__ import annotations

from pathlib import Path

from tests import report
from tests.report import Case, Report, Tally


def test_the_ten_slowest_are_told_with_the_slowest_first() -> None:
    cases = [Case(f"tests/a: test_{seconds}", seconds) for seconds in range(30)]
    lines = report.table([], cases).splitlines()[1:-1]
    assert [line.split("_")[1] for line in lines] == [str(seconds) for seconds in range(29, 19, -1)]


def test_a_long_name_stays_in_its_line() -> None:
    shown = report.table([], [Case(f"tests/a: test_{'x' * 200}", 1)])
    assert max(len(line) for line in shown.splitlines()) == report.WIDTH


def test_tests_that_were_skipped_for_one_reason_stand_together() -> None:
    skipped = [Case("a: one", 0, "no nft"), Case("b: two", 0, "not root"), Case("c: three", 0, "no nft")]
    assert report.unproven(skipped).splitlines()[1:] == [
        *("  no nft", "    a: one", "    c: three"),
        *("  not root", "    b: two"),
    ]
    assert report.unproven([Case("a: one", 1)]) == ""


def test_a_stage_that_left_no_report_has_failed(tmp_path: Path) -> None:
    assert report.read(tmp_path / "none.xml") == Report(Tally(failed=1))


def test_a_run_that_was_interrupted_is_told_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "tests.xml"
    suite = '<testsuite tests="1" failures="0" errors="0" skipped="0"><testcase time="2.0"/></testsuite>'
    file.write_text(f"<testsuites>{suite}</testsuites>")
    assert [case.name for case in report.read(file).cases] == ["interrupted: "]
