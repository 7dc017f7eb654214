"""`invoke test`: an honest exit code, a closing line that hides nothing, and the image only where a test needs it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image.work import sandbox
from tests import stages

UNIT = "def test_sum(): assert 1 + 1 == 2\ndef test_loud(): import pytest; pytest.skip('no namespaces here')\n"
KERNEL = "def test_link(): pass\n"
BOOT = "def test_boot(): pass\n"
WORLD = "def test_world(): pass\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for folder, text in (("unit", UNIT), ("netns", KERNEL), ("boot", BOOT), ("world", WORLD)):
        (tmp_path / "tests" / folder).mkdir(parents=True)
        (tmp_path / "tests" / folder / f"test_{folder}.py").write_text(text, encoding="utf-8")
    return tmp_path


class Makers(dict[str, Callable[[], None]]):
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.made: list[str] = []
        super().__init__({name: partial(self.made.append, name) for name in ("images", "rigs")})


ONE_BY_ONE = [stage._replace(workers=stages.WITHOUT_HYPOTHESIS) for stage in stages.EVERYTHING]
"""Starting workers takes longer than these tests do, and loading Hypothesis; those that run us have been started so."""


def run(clone: Path, match: str = "", makers: Makers | None = None, *, long: bool = False) -> None:
    stages.run(ONE_BY_ONE, clone, clone / "logs", match, makers or Makers(), long=long)


def test_the_end_tells_what_was_slow_what_was_not_proven_and_how_all_went(
    clone: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    makers = Makers()
    run(clone, makers=makers)
    *_, end = capfd.readouterr().out.partition("The slowest tests, in seconds\n")
    slowest, _, rest = end.partition("Stages, in seconds\n")
    names = {line.partition(": ")[2] for line in slowest.splitlines()}
    assert names == {"test_sum", "test_loud", "test_link", "test_boot", "test_world"}
    *took, not_proven, why, which, last = rest.splitlines()
    assert [line.split()[1] for line in took] == ["unit", "kernel", "images", "rigs", "system"]
    assert not_proven == "NOT PROVEN, since these tests were skipped:"
    assert (why, which) == ("  no namespaces here", "    tests/unit/test_unit: test_loud")
    assert last.startswith("4 passed, 1 skipped in ")
    assert makers.made == ["images", "rigs"]
    assert (clone / "logs/tests-system.xml").exists()


def test_where_every_commit_is_proven_a_test_that_is_skipped_has_failed(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(sandbox.PROJECT / "tests/conftest.py", clone / "tests")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(SystemExit):
        run(clone, "loud")
    told = capfd.readouterr().out
    assert "NOT PROVEN, and with CI=true that is a failure: Skipped: no namespaces here" in told
    assert told.splitlines()[-1].startswith("1 failed in ")


def test_the_launcher_of_ci_asks_for_that() -> None:
    assert "export CI=true" in (sandbox.PROJECT / ".ci/run").read_text(encoding="utf-8")


def test_what_runs_beside_another_stage_is_shown_after_it_also_where_that_one_fails(
    clone: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (clone / "tests/unit/test_unit.py").write_text("def test_wrong(): assert 0\n", encoding="utf-8")
    (clone / "tests/netns/test_netns.py").write_text("def test_wrong_too(): assert 0\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        run(clone)
    told = capfd.readouterr().out
    assert told.index("test_wrong ") < told.index("tests: kernel") < told.index("test_wrong_too")
    assert told.splitlines()[-1].startswith("2 failed in ")


def test_a_failure_ends_it_before_the_long_stage_and_is_told(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    makers = Makers()
    (clone / "tests/netns/test_netns.py").write_text("def test_no(): assert False\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        run(clone, makers=makers)
    assert ended.value.code == 1
    assert capfd.readouterr().out.splitlines()[-1].startswith("1 failed, 1 passed, 1 skipped in ")
    assert makers.made == []


def test_a_test_file_that_does_not_even_load_is_a_failure(clone: Path) -> None:
    (clone / "tests/boot/test_boot.py").write_text("import no_such_module\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        run(clone)


@pytest.mark.parametrize(("match", "long", "ran"), [("", False, 4), ("", True, 5), ("hours", False, 1)])
def test_what_takes_long_is_run_where_it_is_asked_for(
    clone: Path, capfd: pytest.CaptureFixture[str], match: str, long: bool, ran: int
) -> None:
    (clone / "tests/boot/test_boot.py").write_text(f"import pytest\n{BOOT}@pytest.mark.long\ndef test_hours(): pass\n")
    run(clone, match, long=long)
    assert capfd.readouterr().out.splitlines()[-1].startswith(f"{ran} passed")


def test_no_image_is_made_for_a_choice_of_tests_that_need_none(clone: Path, capfd: pytest.CaptureFixture[str]) -> None:
    makers = Makers()
    run(clone, "sum", makers)
    assert makers.made == []
    assert capfd.readouterr().out.splitlines()[-1].startswith("1 passed in ")


def test_the_rigs_are_made_while_programs_are_tried(clone: Path) -> None:
    """Each waits for the other to have begun."""
    (clone / "tests/programs").mkdir()
    (clone / "tests/programs/test_programs.py").write_text(
        "from pathlib import Path\n"
        "def test_meanwhile():\n"
        "    Path('tried').touch()\n"
        "    while not Path('made').exists(): pass\n"
    )
    makers = Makers()

    def rigs() -> None:
        (clone / "made").touch()
        while not (clone / "tried").exists():
            pass

    makers["rigs"] = rigs
    run(clone, makers=makers)


def test_a_choice_of_tests_makes_the_rigs_that_it_takes_itself(clone: Path) -> None:
    makers = Makers()
    run(clone, "boot", makers)
    assert makers.made == ["images"]


def test_a_choice_that_matches_nothing_is_a_mistake(clone: Path) -> None:
    with pytest.raises(Mistake, match="no test matches 'nothing'"):
        run(clone, "nothing")


def test_what_a_person_sets_for_the_tests_reaches_them(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BRAID_CUTS", "20")
    text = "import os\ndef test_set(): assert os.environ['BRAID_CUTS'] == '20'\n"
    (clone / "tests/netns/test_netns.py").write_text(text, encoding="utf-8")
    run(clone, match="test_set")
