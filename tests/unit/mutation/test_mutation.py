"""`invoke mutate`: faults that fit, the same ones for the same seed, and an honest word on which no test notices."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from tests.mutation import change, fault, run, verdict
from tests.mutation.verdict import Verdict

ROOT = Path(__file__).parents[3]

SIGNS = """def sign(number: int) -> int:
    return number < 0


def good() -> bool:
    return True
"""
TESTS = """import pytest
from gateway_init.plan.signs import good, sign


@pytest.fixture(scope="module")
def shared() -> bool:
    return good()


def test_the_first_that_has_it_asserts_nothing(shared: bool) -> None:
    pass


def test_shared(shared: bool) -> None:
    assert shared is True


def test_sign() -> None:
    assert sign(-3)
"""
SETTINGS = """[tool.pytest.ini_options]
addopts = "--import-mode=importlib -p no:hypothesispytest"
pythonpath = ["."]
"""
WITHOUT_HYPOTHESIS = "def pytest_addoption(parser): parser.addoption('--hypothesis-seed')\n"
"""Loading it takes four times as long as these tests do."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small one, with a function that is tested well and another that is not."""
    root = tmp_path / "project"
    for name, text in (
        ("gateway_init/plan/signs.py", SIGNS),
        ("tests/unit/test_signs.py", TESTS),
        ("pyproject.toml", SETTINGS),
        ("conftest.py", WITHOUT_HYPOTHESIS),
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    shutil.copytree(ROOT / "tests/mutation", root / "tests/mutation", ignore=shutil.ignore_patterns("__pycache__"))
    return root


def mutate(project: Path, *, count: int = 100, match: str = "", as_json: bool = True) -> None:
    logs = project / "build/logs"
    run.run(project, logs, count=count, seed=1, match=match, with_listed=False, jobs=1, as_json=as_json)


def entries(folder: Path, *texts: str) -> Path:
    file = folder / "faults.yaml"
    file.write_text("".join(texts), encoding="utf-8")
    return file


def entry(name: str, old: str, new: str = "pass") -> str:
    return f"- {{name: {name}, file: gateway_init/plan/signs.py, old: '{old}', new: '{new}', why: a test}}\n"


def test_each_listed_fault_fits_today_s_text() -> None:
    assert len(fault.listed(ROOT)) >= 50


def test_listed_faults_that_do_not_fit_are_all_named(project: Path) -> None:
    wrong = entries(
        project,
        entry("gone", "return number <= 1"),
        entry("there", "number < 0", "number > 0"),
        entry("twice", "return"),
        entry("nothing", "number < 0", "number < 0"),
    )
    with pytest.raises(Mistake) as told:
        fault.listed(project, wrong)
    named = [line.split(":")[0] for line in told.value.what.splitlines()]
    place = "(gateway_init/plan/signs.py)"
    assert named == [f"'gone' {place}", f"'twice' {place}", f"'nothing' {place}"]


def test_a_list_that_is_none_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"faults\.yaml"):
        fault.listed(tmp_path, entries(tmp_path, "- name: sign\n"))


def test_a_seed_stands_for_the_same_faults_each_time() -> None:
    first = run.chosen(ROOT, 100, 1, "", with_listed=False)
    assert first == run.chosen(ROOT, 100, 1, "", with_listed=False)
    assert first != run.chosen(ROOT, 100, 2, "", with_listed=False)
    assert len(first) == 100
    assert {each.file.split("/")[0] for each in first} == {"gateway_init"}


def test_a_choice_reaches_servers_and_templates_and_one_of_nothing_is_a_mistake() -> None:
    chosen = run.chosen(ROOT, 10, 1, "servers/templates", with_listed=True)
    assert {each.file.split("/")[1] for each in chosen} == {"templates"}
    assert {each.origin for each in chosen} == {"listed", "random"}
    with pytest.raises(Mistake, match="no fault matches 'sevrers'"):
        run.chosen(ROOT, 10, 1, "sevrers", with_listed=True)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("def f(a):\n    if a:\n        g(a)\n", ["if not a:", "pass"]),
        ("def f(é):\n    x = ('é' + é) < 1\n", ["x = ('é' + é) <= 1", "x = ('é' - é) < 1", "x = ('' + é) < 1"]),
        ("def f(a):\n    '''Says.'''\n    assert a\n    raise a\n", ["pass"]),
        ("X: int = 3\n", ["X: int = 4"]),
    ],
)
def test_a_fault_changes_one_thing(text: str, changed: list[str]) -> None:
    found = [each.diff(text)[-1].removeprefix("+ ") for each in change.in_file("a.py", text)]
    assert set(changed) <= set(found)


def test_a_template_s_faults_leave_its_blocks_whole() -> None:
    text = "# 3 words\n{% if a %}\nlimit {{ a }} 7\n{% endif %}\nblock {\n}\n"
    found = [(each.old, each.new) for each in change.in_file("a.j2", text)]
    assert found == [("limit {{ a }} 7\n", ""), ("7", "8")]


def test_what_no_test_notices_is_told_with_its_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        mutate(project)
    assert end.value.code == 1
    told = {(each["fault"]["old"], each["fault"]["new"]): each for each in json.loads(capsys.readouterr().out)}
    assert {change for change, each in told.items() if not each["caught"]} == {("<", "<="), ("0", "1")}
    survivor, noticed, late = told["<", "<="], told["number < 0", "None"], told["True", "False"]
    assert survivor["diff"] == ["- return number < 0", "+ return number <= 0"]
    assert (survivor["fault"]["line"], survivor["by"]) == (2, "1 tests come by it")
    assert noticed["by"] == "tests/unit/test_signs.py::test_sign"
    assert late["by"] == "tests/unit/test_signs.py::test_shared"
    assert (project / "gateway_init/plan/signs.py").read_text(encoding="utf-8") == SIGNS


def test_tests_that_fail_by_themselves_tell_nothing_of_a_fault(project: Path) -> None:
    (project / "tests/unit/test_wrong.py").write_text("def test_wrong() -> None: assert False\n", encoding="utf-8")
    with pytest.raises(Mistake, match="tests fail without any fault"):
        mutate(project)


def test_the_promise_is_kept_by_the_listed_and_by_the_random_faults_each() -> None:
    random = change.in_file("gateway_init/plan/plan.py", "x = 1\n")[0]
    listed = fault.listed(ROOT)[0]

    def verdicts(caught: int) -> list[Verdict]:
        other = [Verdict(listed, caught=True, by="t", diff=()) for _ in range(100)]
        return [*other, *(Verdict(random, caught=number < caught, by="t", diff=("+ x",)) for number in range(10))]

    assert verdict.kept(verdicts(8))
    assert not verdict.kept(verdicts(7))
    *_, row, blank, first, second = verdict.as_text(verdicts(7)).splitlines()
    assert row.split() == ["gateway_init/render", "100", "100", "100", "%"]
    assert (blank, first) == ("", "listed faults: 100 of 100 caught, 100 %")
    assert second == "random faults: 7 of 10 caught, 70 % (at least 80 %: MISSED)"
