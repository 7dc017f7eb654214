"""`./invoke` on a fresh clone: prepares once, whoever else starts it meanwhile, and then gets out of the way."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

from gateway_init.base.process import run

ROOT = Path(__file__).parents[2]

TASKS = "import sys; print(sys.prefix, *sys.argv[1:])\n"
"""Stands for tasks.py: tells which environment it runs in, and with what."""

IMPOSSIBLE = "no-such-distribution==1.0 --hash=sha256:" + 64 * "0" + "\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone whose locked requirements are empty, so that no network is needed."""
    clone = tmp_path / "a clone"
    clone.mkdir()
    shutil.copy(ROOT / "invoke", clone)
    (clone / "tasks.py").write_text(TASKS, encoding="utf-8")
    (clone / "requirements.txt").write_text("# nothing\n", encoding="utf-8")
    return clone


def start(command: Path, *words: str, **env: str) -> tuple[int, str, str]:
    done = run([command, *words], cwd=Path("/"), env={"PIP_NO_INDEX": "1", **env}, check=False)
    return done.returncode, done.stdout, done.stderr


def test_it_prepares_once_whatever_went_wrong_before_and_whoever_else_starts_it(clone: Path) -> None:
    locked = clone / "requirements.txt"
    locked.write_text(IMPOSSIBLE, encoding="utf-8")
    code, out, err = start(clone / "invoke", "build")
    assert (code, out) == (2, "")
    assert "error: the Python dependencies could not be installed" in err
    assert "no-such-distribution" in err
    assert "Traceback" not in err

    locked.write_text("# nothing\n", encoding="utf-8")
    with ThreadPoolExecutor() as pool:
        both = list(pool.map(lambda word: start(clone / "invoke", word), ["build", "test"]))
    assert [(code, out) for code, out, _ in both] == [(0, f"{clone}/.venv build\n"), (0, f"{clone}/.venv test\n")]
    assert "".join(err for _, _, err in both).count("making .venv") == 1

    # Plain `invoke` with the environment active is the same command.
    assert start(clone / ".venv/bin/invoke", "check", "--json") == (0, f"{clone}/.venv check --json\n", "")


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
