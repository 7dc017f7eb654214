"""`./invoke` on a machine where it cannot prepare its environment, and what it asks of one."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from gateway_init.base.process import run
from tests.launching import bare_clone, start

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return bare_clone(tmp_path)


def test_what_is_no_debian_is_told_so(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "setpriv").symlink_to(shutil.which("setpriv") or "")
    code, out, err = start(clone / "invoke", "build", PATH=str(tmp_path))
    assert (code, out) == (2, "")
    assert err.startswith("error: no dpkg-query and apt-get here")
    assert not (clone / ".venv").exists()


def test_a_clone_that_cannot_be_written_to_is_told_so(clone: Path) -> None:
    (clone / "build").write_text("in the way of the folder\n", encoding="utf-8")
    code, _, err = start(clone / "invoke", "build")
    assert code == 2
    assert err.startswith(f"error: {clone}/build")


def test_an_environment_is_of_one_place_one_python_and_one_lock(launcher: Any) -> None:
    place, python, *_, last = launcher.wanted().splitlines()
    assert place == str(ROOT)
    assert python == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert last == (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1]


def test_each_program_that_builds_and_tests_start_is_essential_or_named(launcher: Any) -> None:
    # apt is what the launcher installs with.
    promised = {"apt", *launcher.PACKAGES}
    packages = packages_of(set(started()))
    assert set(packages.values()) - promised - essential() == set(), packages


def started() -> Iterator[str]:
    """Where programs are that are run by name on this machine."""
    for file in (file for room in ("image", "servers", "qemu", "tests") for file in (ROOT / room).rglob("*.py")):
        if file.is_relative_to(ROOT / "qemu/world/inside"):
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="run" | "follow" | "show") | ast.Attribute(value=ast.Name(id="process")),
                    args=[ast.List(elts=[ast.Constant(value=str(name)), *_]), *_],
                ) if where := shutil.which(name):
                    yield where


def packages_of(programs: set[str]) -> dict[str, str]:
    """The package of each path, whatever is diverted there; some still list it without the /usr that /bin leads to."""
    wanted = programs | {program.removeprefix("/usr") for program in programs}
    told = run(["dpkg-query", "--search", *sorted(wanted)], check=False).stdout
    found = {path: package for package, _, path in (line.partition(": ") for line in told.splitlines())}
    return {program: found.get(program) or found.get(program.removeprefix("/usr"), "") for program in programs}


def essential() -> set[str]:
    told = run(["dpkg-query", "-W", "-f", "${Essential} ${Package}\n"]).stdout
    return {name for yes, _, name in (line.partition(" ") for line in told.splitlines()) if yes == "yes"}


def test_a_package_that_is_half_removed_counts_as_missing(launcher: Any) -> None:
    listing = "".join(f"{name} installed\n" for name in launcher.PACKAGES)
    assert launcher.missing(listing) == []
    assert launcher.missing(listing.replace("uidmap installed", "uidmap config-files")) == ["uidmap"]
    assert launcher.missing("") == list(launcher.PACKAGES)


@pytest.fixture
def launcher() -> Any:
    loader = SourceFileLoader("launcher", str(ROOT / "invoke"))
    spec = spec_from_loader("launcher", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module
