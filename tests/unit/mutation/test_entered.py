"""Which tests come by what: two tests of one file, watched in a process of their own."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from gateway_init.base import process
from tests.frozen import ROOT
from tests.mutation import entered
from tests.mutation.entered import Entered

TESTS = """
from gateway_init.base.table import size

def deep():
    deep()

def test_it_fills_the_stack():
    try:
        deep()
    except RecursionError:
        pass

def test_it_comes_by():
    assert size(1)
"""


def test_a_test_is_known_to_come_by_a_function_after_another_one_has_filled_the_stack(tmp_path: Path) -> None:
    (tmp_path / "test_two.py").write_text(TESTS)
    watched = ["-q", "-p", "no:cacheprovider", "-p", "tests.mutation.entered", str(tmp_path)]
    process.run([sys.executable, "-m", "pytest", *watched], cwd=ROOT, env={entered.VARIABLE: str(tmp_path)})
    (file,) = tmp_path.glob("*.json")
    found = msgspec.json.decode(file.read_bytes(), type=Entered)
    by = {test for tests in found.functions.values() for test in tests}
    assert any(test.endswith("::test_it_comes_by") for test in found.files["gateway_init/base/table.py"]), by
