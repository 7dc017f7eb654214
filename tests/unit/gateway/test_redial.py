"""A provider that refuses the password is asked ever less often; after any other end the line is dialled at once."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from msgspec import structs

from gateway_init.base.process import run
from gateway_init.facts.facts import Unit
from gateway_init.host import systemd
from gateway_init.wellknown import place
from tests.unit.gateway.given import RUNNING, SITE, line_down, seen

DIALLER = "braid-pppoe-adsl.service"


class Supervised:
    """What the dialler's unit has run before and after a pppd that ends with the codes that one tells it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        kind, line = SITE.line("adsl")
        (files,) = kind.units(line, lambda _: "secret")
        self.unit = files.unit.replace("\\\n", " ")
        (folder / "sleep").write_text(f"#!/bin/sh\necho $1 >>{folder}/slept\n")
        (folder / "sleep").chmod(0o755)

    def _command(self, key: str) -> list[str]:
        (line,) = re.findall(rf"^{key}=(.*)$", self.unit, re.MULTILINE)
        text = line.removeprefix("+").replace("$$", "$")
        return shlex.split(text.replace(str(place.ENDED), str(self.folder)))

    def ends_with(self, code: int) -> int:
        """Seconds that it waited before it dialled."""
        (self.folder / "slept").write_text("0\n")
        path = f"PATH={self.folder}:/usr/bin:/bin"
        run(["env", path, *self._command("ExecStartPre")])
        run(["env", path, f"EXIT_STATUS={code}", *self._command("ExecStopPost")])
        return int((self.folder / "slept").read_text().split()[-1])


@pytest.fixture
def dialler(tmp_path: Path) -> Supervised:
    return Supervised(tmp_path)


def test_the_wait_doubles_with_each_refusal_up_to_five_minutes(dialler: Supervised) -> None:
    assert [dialler.ends_with(19) for _ in range(11)] == [0, 5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_a_line_that_is_cut_is_dialled_again_at_once(dialler: Supervised) -> None:
    assert [dialler.ends_with(code) for code in (8, 8, 8, 16, 15, 8)] == [0] * 6


def test_after_another_end_the_waits_begin_anew(dialler: Supervised) -> None:
    assert [dialler.ends_with(code) for code in (19, 19, 19, 16, 19, 19)] == [0, 5, 10, 20, 0, 5]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """systemd tells of a dialler that runs, and has forgotten how the one before it ended."""
    show = f"Id={DIALLER}\nActiveState=active\nSubState=running\nExecMainStatus=0\n"
    monkeypatch.setattr(systemd, "run", lambda argv: CompletedProcess(argv, 0, show))
    monkeypatch.setattr(place, "ENDED", tmp_path)


@pytest.mark.usefixtures("told")
def test_the_reason_is_told_while_the_next_try_waits(dialler: Supervised) -> None:
    for _ in range(2):
        dialler.ends_with(19)
    refused = structs.replace(line_down(), units=RUNNING | systemd.units([DIALLER]))
    assert seen(refused).uplinks["adsl"].reason == (
        "the provider refuses the user or the password; asked ever less often, down to every 5 minutes"
    )


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("garbage", [b"", b"\n", b"x", b"19x 2", b"\0", b"\xff"])
def test_garbage_in_the_note_of_an_end_is_no_end(tmp_path: Path, garbage: bytes) -> None:
    (tmp_path / DIALLER).write_bytes(garbage)
    assert systemd.units([DIALLER]) == {DIALLER: Unit("active", "running")}
