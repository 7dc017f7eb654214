"""Bringing the working tree into a box that runs: what differs, and nothing else, whatever the box has."""

from __future__ import annotations

import base64
import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from qemu.drive import push
from qemu.drive.shell import Shell
from qemu.wire.console import Answer

READY = json.dumps({"ready": True, "paths": []})


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    (folder / "plan").mkdir(parents=True)
    (folder / "plan/plan.py").write_text("new\n")
    (folder / "plan/same.py").write_text("same\n")
    (folder / "added.j2").write_text("added\n")
    return folder


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The box's package: an older version, with its byte code."""
    folder = tmp_path / "box"
    (folder / "plan/__pycache__").mkdir(parents=True)
    (folder / "plan/plan.py").write_text("old\n")
    (folder / "plan/same.py").write_text("same\n")
    (folder / "gone.py").write_text("gone\n")
    for name in ("plan", "same"):
        (folder / f"plan/__pycache__/{name}.cpython-313.pyc").write_text("byte code\n")
    monkeypatch.setattr(push, "PACKAGE", str(folder))
    monkeypatch.setattr(push, "COVER", "true")
    return folder


@pytest.fixture(autouse=True)
def as_quick_as_any(monkeypatch: pytest.MonkeyPatch) -> None:
    # To find out how slow the machine is takes an emulator, which may have to be fetched.
    monkeypatch.setattr("qemu.drive.shell.slowness", lambda: 1.0)


class Box(Shell):
    """Runs on this machine what a box would run."""

    def __init__(self) -> None:
        super().__init__("box", self._answer)
        self.restarts = 0

    def _answer(self, command: str, limit: float) -> Answer:
        if command.startswith("systemctl restart"):
            self.restarts += 1
            return Answer("", 0)
        if command.startswith("braid status"):
            return Answer(READY, 0)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=limit, check=False)
        return Answer(done.stdout + done.stderr, done.returncode)


def test_the_box_has_the_tree_afterwards_and_no_byte_code_of_what_changed(sources: Path, package: Path) -> None:
    box = Box()
    found = push.push(box, sources)
    assert found == push.Difference(changed=("added.j2", "plan/plan.py"), gone=("gone.py",))
    names = {str(file.relative_to(package)) for file in package.rglob("*") if file.is_file()}
    assert names == {"added.j2", "plan/plan.py", "plan/same.py", "plan/__pycache__/same.cpython-313.pyc"}
    assert (package / "plan/plan.py").read_text() == "new\n"
    assert box.restarts == 1


def test_where_nothing_differs_nothing_is_done(sources: Path, package: Path) -> None:
    shutil.rmtree(package)
    shutil.copytree(sources, package)
    box = Box()
    assert push.push(box, sources) == push.Difference((), ())
    assert box.restarts == 0


def test_what_travels_is_small(sources: Path) -> None:
    packed = push._packed(sources, ("plan/plan.py",))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        assert tar.getnames() == ["plan/plan.py"]
    assert len(base64.b64encode(packed)) < 1000
