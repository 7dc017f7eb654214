"""Which tests could notice a fault: those that come by it when nothing is wrong."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from docs.rooms import committed, imported
from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from tests import stages
from tests.mutation import entered
from tests.mutation.entered import Entered
from tests.mutation.fault import Fault

FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
"""How pytest names a test that fails."""


class Nearness(Struct, frozen=True):
    """What tests come by, and which files know which."""

    entered: Entered
    importers: dict[str, tuple[str, ...]]
    """The files that import a module, by the module's file."""

    def tests(self, fault: Fault, text: str) -> list[str]:
        """Names of the tests that could notice the fault in a file with this text, the quickest first.

        What stands outside of functions is noticed by whoever imports the module, too.
        """
        at = function_at(text, fault.line) if fault.file.endswith(".py") else 0
        found: set[str] = set()
        if at:
            found |= {*self.entered.functions.get(f"{fault.file}:{at}", ())}
        else:
            for file in (fault.file, *self.importers.get(fault.file, ())):
                found |= {*self.entered.files.get(file, ())}
        if found and fault.file.endswith(".py"):
            found |= {*self.entered.children}
        # A module's file stands for all tests in it.
        single = {name for name in found if name.partition("::")[0] not in found or "::" not in name}
        return sorted(single, key=lambda name: (self.seconds(name), name))

    def seconds(self, name: str) -> float:
        """How long a test takes, or all tests of a file."""
        return sum(took for test, took in self.entered.seconds.items() if name in (test, test.partition("::")[0]))


def function_at(text: str, line: int) -> int:
    """The first line of the innermost function that a line is in, decorators included; 0 for none.

    >>> function_at("x = 1\\n@a\\ndef f():\\n    return x\\n", 4), function_at("x = 1\\n", 1)
    (2, 0)
    """
    return max(_functions(ast.parse(text), line), default=0)


def _functions(tree: ast.Module, line: int) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.body[0].lineno <= line <= (node.end_lineno or 0):
            yield min([node.lineno, *(each.lineno for each in node.decorator_list)])


def importers() -> dict[str, tuple[str, ...]]:
    """The files that import a module, by the module's file."""
    found: dict[str, list[str]] = {}
    for name in committed(".py"):
        for module in set(imported(name)):
            found.setdefault(module.replace(".", "/") + ".py", []).append(name)
    return {file: tuple(names) for file, names in found.items()}


def look(clone: Path, logs: Path, jobs: int) -> Nearness:
    """Run all tests that need no QEMU, once, in a copy of the project, and see what each comes by.

    Raises Mistake where one of them fails: then it tells nothing of a fault.
    """
    log, into = logs / "mutate.log", clone / "build" / "entered"
    into.mkdir(parents=True)
    log.unlink(missing_ok=True)
    for stage in stages.QUICK:
        workers = [f"--numprocesses={jobs}"] if stage.workers and jobs > 1 else []
        watched = [*command(stage, clone), *workers, "-p", "tests.mutation.entered", *present(stage, clone)]
        env = {**stages.settings(), entered.VARIABLE: str(into)}
        done = process.run(watched, cwd=clone, env=env, log=log, check=False)
        failed = FAILED.findall(done.stdout)
        # Being watched makes a test slow, and a few of them race threads: one that fails only so is right.
        if done.returncode and (
            not failed or process.run([*command(stage, clone), *failed], cwd=clone, log=log, check=False).returncode
        ):
            raise Mistake("tests fail without any fault put in", hint=f"mend them first: {log}")
    parts = [msgspec.json.decode(file.read_bytes(), type=Entered) for file in sorted(into.iterdir())]
    return Nearness(joined(parts), importers())


def command(stage: stages.Stage, clone: Path) -> list[str]:
    """pytest for some tests of a stage, in a copy of the project; the same each time."""
    inside = stages.user_namespace() if stage.in_namespaces else []
    temporary = [f"--basetemp={clone / 'build/pytest'}"] if inside else []
    plain = ["-q", "--no-header", "-p", "no:cacheprovider", "--hypothesis-seed=0", *temporary]
    return [*inside, sys.executable, "-m", "pytest", *plain]


def present(stage: stages.Stage, clone: Path) -> list[str]:
    """Those of a stage's folders that there are."""
    return [folder for folder in stage.folders if (clone / folder).exists()]


def joined(parts: Sequence[Entered]) -> Entered:
    """What several processes saw."""
    seconds: dict[str, float] = {}
    functions: dict[str, list[str]] = {}
    files: dict[str, list[str]] = {}
    for part in parts:
        seconds |= part.seconds
        for whole, piece in ((functions, part.functions), (files, part.files)):
            for name, tests in piece.items():
                whole.setdefault(name, []).extend(tests)
    return Entered(seconds, functions, files, [test for part in parts for test in part.children])
