"""What is asked of programs, and when: an answer holds as long as there is no sign that it does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.facts.facts import Unit
from gateway_init.host import systemd
from gateway_init.host.observer import STALE, Answer

NAME = "braid-redsocks.service"
RUNS = {NAME: Unit("active", "running")}


@pytest.fixture
def answers() -> Iterator[int]:
    return iter(range(100))


def test_an_answer_holds_while_the_sign_is_the_same(answers: Iterator[int]) -> None:
    answer = Answer(lambda: next(answers), -1)
    assert [answer.at(each * STALE, "same") for each in range(5)] == [0] * 5
    assert answer.at(5 * STALE, "other") == 1


def test_without_a_sign_it_is_asked_again_and_again_but_not_at_once(answers: Iterator[int]) -> None:
    answer = Answer(lambda: next(answers), -1)
    assert [answer.at(each * STALE, None) for each in range(3)] == [0, 1, 2]
    assert answer.at(2.5 * STALE, None) == 2


def test_a_sign_that_changes_just_after_an_answer_is_not_forgotten(answers: Iterator[int]) -> None:
    answer = Answer(lambda: next(answers), -1)
    assert [answer.at(now, sign) for now, sign in ((0, "a"), (1, "b"), (STALE, "b"), (2 * STALE, "b"))] == [0, 0, 1, 1]


def test_what_was_done_by_ourselves_is_looked_at_at_once(answers: Iterator[int]) -> None:
    answer = Answer(lambda: next(answers), -1)
    answer.at(0, "same")
    answer.forget()
    assert answer.at(0, "same") == 1


def test_what_is_known_is_not_asked_before_something_is_done(answers: Iterator[int]) -> None:
    answer = Answer(lambda: next(answers), -1, known=True)
    assert answer.at(100, None) == -1
    answer.forget()
    assert answer.at(100, None) == 0


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file of a unit's processes."""
    monkeypatch.setattr(systemd, "CGROUPS", tmp_path)
    (tmp_path / NAME).mkdir()
    file = tmp_path / NAME / "cgroup.procs"
    file.write_text("100\n")
    return file


def test_a_unit_that_started_anew_or_ended_is_seen_by_its_processes(processes: Path) -> None:
    before = systemd.pulse(RUNS, [NAME])
    assert before == systemd.pulse(RUNS, [NAME])
    processes.write_text("101\n")
    another = systemd.pulse(RUNS, [NAME])
    processes.unlink()
    assert len({before, another, systemd.pulse(RUNS, [NAME])}) == 3
    assert None not in (before, another)


@pytest.mark.parametrize("known", [{}, {NAME: Unit("activating", "auto-restart")}, {NAME: Unit("deactivating")}])
def test_a_unit_on_its_way_is_asked_for_again(processes: Path, known: dict[str, Unit]) -> None:
    assert processes.exists()
    assert systemd.pulse(known, [NAME]) is None


def test_a_unit_that_waits_until_it_is_told_so_needs_no_asking(processes: Path) -> None:
    processes.unlink()
    assert systemd.pulse({NAME: Unit("failed", "failed")}, [NAME]) is not None
