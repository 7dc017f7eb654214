"""What a person sees at the command line: one clear error, an honest exit code, never a traceback."""

from __future__ import annotations

import errno
import json
import re
import sys
from pathlib import Path

import pytest

from command_line import verdict
from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed, run
from tests.frozen import HOME

ROOT = Path(__file__).parents[2]
TASKS = (
    *("check", "keys", "build", "lock", "reproduce", "info", "diff", "bundle", "flash", "update", "kit", "qemu"),
    *("rehearse", "test", "qemu-test", "mutate", "bench", "lint", "rooms", "docs", "clean"),
)


def invoke(*words: str | Path, cwd: Path = ROOT) -> tuple[int, str, str]:
    done = run([sys.executable, "-Es", ROOT / "tasks.py", *words], cwd=cwd, check=False)
    return done.returncode, done.stdout, done.stderr


def refused(*words: str | Path, cwd: Path = ROOT) -> str:
    """The error of a command that a person got wrong."""
    code, out, err = invoke(*words, cwd=cwd)
    assert (code, out) == (2, ""), err
    assert "Traceback" not in err
    return err


def test_the_list_is_a_table_of_contents_in_working_order() -> None:
    code, out, _ = invoke("--list")
    assert code == 0
    assert tuple(re.findall(r"^  (\S+) ", out, re.MULTILINE)) == TASKS
    assert all(len(line) < 80 for line in out.splitlines())
    assert invoke()[1].endswith(out)


@pytest.mark.parametrize("task", TASKS)
def test_each_task_has_help_with_an_example(task: str) -> None:
    code, out, _ = invoke(task, "--help")
    assert code == 0
    assert f"Usage: invoke {task}" in out
    assert f"Example: invoke {task}" in out


def test_help_may_be_asked_for_either_way() -> None:
    assert invoke("--help", "flash") == invoke("flash", "--help")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["biuld"], "error: no task 'biuld'\n  did you mean 'build'?"),
        (["build", "--frehs"], "error: build: no option '--frehs'\n  did you mean '--fresh'?"),
        (["--verbose"], "error: invoke: no option '--verbose'"),
        (["flash"], "error: flash: DEVICE is missing"),
        (["check", "--config"], "error: check: --config needs a value"),
        (["--help", "biuld"], "error: no task 'biuld'"),
        (["kit", "naer", "--config", HOME.config], "no server 'naer' in tests/sites/home.yaml\n  did you mean 'near'?"),
        (
            ["keys", "--renew", "naer", "--config", HOME.config],
            "error: 'naer' has no key that can be renewed\n  known are: ",
        ),
        (["flash", "/dev/sdz", "--image", "/etc/hostname"], "error: /etc/hostname: is no image of a disk"),
        (["flash", "/dev/null", "--image", "/no-such-image"], "error: /no-such-image: no such file"),
    ],
)
def test_a_slip_is_told_with_what_was_probably_meant(words: list[str | Path], told: str) -> None:
    assert told in refused(*words)


@pytest.mark.parametrize("task", [["check"], ["keys"], ["build"], ["kit", "near"]])
def test_a_config_that_is_missing_a_directory_or_garbage_stops_every_task(task: list[str], tmp_path: Path) -> None:
    (tmp_path / "garbage.yaml").write_text("{", encoding="utf-8")
    assert refused(*task, "--config", "none.yaml", cwd=tmp_path).startswith("none.yaml: no such file")
    assert refused(*task, "--config", tmp_path).startswith(f"{tmp_path}: is a directory")
    assert refused(*task, "--config", "garbage.yaml", cwd=tmp_path).startswith("garbage.yaml:1: not YAML")


def test_check_sums_up_a_config_without_mistakes() -> None:
    code, out, _ = invoke("check", "--config", HOME.config)
    assert code == 0
    assert re.search(r"^  adsl-jumpbox-a +adsl → jumpbox-a → near +in a tunnel to jumpbox-a$", out, re.MULTILINE)


def test_check_gives_programs_the_whole_site_defaults_included() -> None:
    code, out, _ = invoke("check", "--json", "--config", HOME.config)
    assert code == 0
    site = json.loads(out)
    assert site["lan"]["address"] == "192.168.77.1/24"
    assert site["servers"]["near"]["shadowsocks"]["port"] == 8388


def test_check_gives_programs_the_mistakes_too(tmp_path: Path) -> None:
    wrong = HOME.text.replace("domain: home.arpa", "domian: home.arpa")
    (tmp_path / "home.yaml").write_text(wrong, encoding="utf-8")
    code, out, err = invoke("check", "--json", "--config", "home.yaml", cwd=tmp_path)
    assert (code, err) == (2, "")
    (mistake,) = json.loads(out)
    assert (mistake["file"], mistake["key"], mistake["right"]) == ("home.yaml", "lan.domian", "did you mean 'domain'?")


def test_what_the_machine_lacks_is_a_persons_to_mend() -> None:
    full = OSError(errno.ENOSPC, "No space left on device", "build/braid.img")
    denied = OSError(errno.EACCES, "Permission denied", "secrets")
    unreachable = CommandFailed(["mmdebstrap"], 25, "E: Temporary failure resolving 'mirror'")
    for error, told in ((full, "No space left"), (denied, "secrets: Permission denied"), (unreachable, "no network")):
        text, code = verdict(error) or ("", 0)
        assert code == 2
        assert told in text


def test_a_failing_tool_and_an_interruption_have_codes_of_their_own() -> None:
    assert (verdict(CommandFailed(["mksquashfs"], 3, "boom")) or ("", 0))[1] == 1
    assert verdict(KeyboardInterrupt()) == ("interrupted", 130)
    assert (verdict(Mistake("x")) or ("", 0))[1] == 2


def test_an_error_of_ours_keeps_its_traceback() -> None:
    assert verdict(KeyError("x")) is None
    assert verdict(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
