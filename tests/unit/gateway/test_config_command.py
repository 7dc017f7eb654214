"""`braid config`, as it is typed on the box."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pexpect
import pytest

from gateway_init.command import main
from tests.unit.gateway.box import AS_DELIVERED, PASSWORD, Box, lease

Typed = Callable[..., tuple[int, str, str]]

BRAID = """
import sys
from pathlib import Path
import msgspec
from gateway_init.command import config, main
from gateway_init.store.copies import Places
from gateway_init.wellknown import place
config.PLACES = msgspec.json.decode(sys.argv[1], type=Places, dec_hook=lambda to, value: to(value))
place.RUN = Path(sys.argv[2])
sys.exit(main.main(["config", *sys.argv[3:]]))
"""


def program(file: Path, text: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"#!/bin/sh\n{text}")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """A box with a systemctl that notes what it is asked."""
    box = Box(tmp_path)
    box.boot()
    program(tmp_path / "bin/systemctl", f'echo "$@" >>{tmp_path}/asked\n')
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setattr("gateway_init.command.config.PLACES", box.places)
    return box


@pytest.fixture
def typed(box: Box, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    """Types `braid config ...` and gives its exit code, and what it printed to standard output and error."""
    assert box.places.effective.is_dir()

    def typed(*words: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = main.main(["config", *words])
        return code, *capsys.readouterr()

    return typed


def asked(tmp_path: Path) -> list[str]:
    file = tmp_path / "asked"
    return file.read_text().splitlines() if file.exists() else []


def test_a_new_config_is_kept_and_the_daemon_takes_it_up(box: Box, typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "new.yaml").write_text(lease(3))
    code, out, _ = typed("set", str(tmp_path / "new.yaml"))
    assert (code, asked(tmp_path)) == (0, ["restart braid.service"])
    assert "config: edited on the box (gateway.yaml)\n" in out
    assert box.restart().site.lan.dhcp.lease == "3h"
    assert box.said == []
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert typed("show")[1] == lease(3)


def test_what_does_not_do_what_its_author_may_think_is_told_on_the_box_too(typed: Typed) -> None:
    assert "worth a look" not in typed("set", "-", stdin=lease(3))[1]
    named = re.sub("^routes:\n", "routes:\n  - {clients: [telly], to: refuse}\n", AS_DELIVERED, flags=re.MULTILINE)
    out = typed("set", "-", stdin=named)[1]
    assert "worth a look:\n  routes[0].clients[0]: no device 'telly' in lan.hosts" in out


def test_a_mistake_is_told_with_its_line_and_nothing_is_changed(box: Box, typed: Typed, tmp_path: Path) -> None:
    code, _, err = typed("set", "-", stdin=AS_DELIVERED.replace("lease:", "lend:"))
    assert (code, asked(tmp_path)) == (2, [])
    assert err.startswith("standard input:15: lan.dhcp.lend: unknown key")
    assert box.in_force() == AS_DELIVERED
    assert not box.places.kept.exists()
    assert typed("set", "none.yaml")[2].startswith("error: none.yaml: No such file or directory")


def test_a_change_until_reboot_is_not_kept(box: Box, typed: Typed) -> None:
    typed("set", "--until-reboot", "-", stdin=lease(3))
    assert box.restart().site.lan.dhcp.lease == "3h"
    assert typed()[1] == "as built, changed until the next start only: gateway.yaml\n"
    assert "+    lease: 3h" in typed("diff")[1]
    assert box.boot().site.lan.dhcp.lease == "12h"
    assert typed()[1] == "as built\n"


def test_after_an_update_the_difference_shows_both_sides(box: Box, typed: Typed) -> None:
    typed("set", "-", stdin=lease(3))
    box.install(lease(6))
    box.boot()
    out = typed("diff")[1]
    assert [line for line in out.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")] == [
        "-    lease: 12h",
        "+    lease: 3h",
        "-    lease: 12h",
        "+    lease: 6h",
    ]
    found = json.loads(typed("diff", "--json")[1])
    assert [(each["name"], each["state"]) for each in found] == [("gateway.yaml", "both changed")]
    assert json.loads(typed("--json")[1])["both"] == ["gateway.yaml"]
    assert "the image's own changed too: `braid config diff` shows both" in typed()[1]


def test_another_edit_settles_it(box: Box, typed: Typed) -> None:
    typed("set", "-", stdin=lease(3))
    box.install(lease(6))
    box.boot()
    typed("set", "-", stdin=lease(9))
    assert typed()[1] == "edited on the box (gateway.yaml)\n"
    assert "-    lease: 6h\n+    lease: 9h" in typed("diff")[1]


def test_an_edit_that_could_not_be_used_is_made_good(box: Box, typed: Typed) -> None:
    typed("set", "-", stdin=lease(3))
    (box.places.mine / "gateway.yaml").write_text("site: 1\n")
    box.boot()
    assert "gateway.yaml cannot be used, so the image's own is in force" in typed()[1]
    typed("set", "-", stdin=lease(3))
    assert typed()[1] == "edited on the box (gateway.yaml)\n"


def test_a_password_comes_from_standard_input_and_is_never_shown(box: Box, typed: Typed, tmp_path: Path) -> None:
    code, out, err = typed("secret", "uplink-adsl.password", stdin="hunter2\n")
    assert (code, asked(tmp_path)) == (0, ["restart braid.service"])
    assert box.in_force(PASSWORD) == "hunter2\n"
    assert "secrets/uplink-adsl.password: edited on the box" in (shown := typed("diff")[1])
    assert "hunter2" not in out + err + shown + typed("diff", "--json")[1] + typed("--json")[1]
    box.boot()
    assert box.in_force(PASSWORD) == "hunter2\n"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("../../shadow", "x\n", "no such secret"),
        ("uplink-adsl.passwort", "x\n", "this site's are uplink-adsl.password"),
        ("uplink-adsl.password", "\n", "nothing came from standard input"),
        ("uplink-adsl.password", "a\nb\n", "a password is one line"),
        ("openvpn-server-near.crt", "garbage\n", "not a certificate in PEM"),
    ],
)
def test_a_secret_that_is_none_is_refused(box: Box, typed: Typed, name: str, value: str, says: str) -> None:
    code, _, err = typed("secret", name, stdin=value)
    assert code == 2
    assert says in err
    assert not box.places.kept.exists()


def test_a_new_line_needs_its_password_first(box: Box, typed: Typed) -> None:
    more = AS_DELIVERED.replace("uplinks:\n", "uplinks:\n  cable:\n    kind: pppoe\n    device: enp4s0\n    user: me\n")
    code, _, err = typed("set", "-", stdin=more)
    assert code == 2
    assert "`braid config secret uplink-cable.password`" in err
    assert "nothing that the config needs by now" in typed("secret", "uplink-cable.password", stdin="x\n")[1]
    assert typed("set", "-", stdin=more)[0] == 0
    assert list(box.boot().site.uplinks) == ["cable", "adsl", "phone"]
    assert typed("reset")[0] == 0
    assert not (box.places.effective / "secrets/uplink-cable.password").exists()
    assert list(box.boot().site.uplinks) == ["adsl", "phone"]


def test_reset_brings_back_the_image_s_own(box: Box, typed: Typed) -> None:
    typed("set", "-", stdin=lease(3))
    typed("secret", "uplink-adsl.password", stdin="x\n")
    assert "as in the image, and kept so; live connections go on\nconfig: as built\n" in typed("reset")[1]
    assert (box.in_force(), box.in_force(PASSWORD)) == (AS_DELIVERED, "as built\n")
    assert not [file for file in box.places.kept.rglob("*") if file.is_file()]
    box.boot()
    assert box.in_force() == AS_DELIVERED
    assert typed("reset")[1] == "as built already\n"


def test_what_is_built_into_the_image_is_told(typed: Typed) -> None:
    out = typed("set", "-", stdin=AS_DELIVERED.replace("site: home", "site: cabin"))[1]
    assert "Only another image brings into force: site (they are built into it)" in out


def test_a_daemon_that_does_not_come_back_is_told(typed: Typed, tmp_path: Path) -> None:
    program(tmp_path / "bin/systemctl", "echo Job for braid.service failed. >&2; exit 1\n")
    code, _, err = typed("set", "-", stdin=lease(3))
    assert code == 2
    assert "did not take it up: Job for braid.service failed." in err


def test_a_person_edits_until_it_is_right_or_gives_up(box: Box, tmp_path: Path) -> None:
    program(
        tmp_path / "editor",
        f"case $(cat {tmp_path}/tries 2>/dev/null) in\n"
        f"  '') sed -i 's/lease:/lend:/' \"$1\" ;;\n"
        f'  x) cat {tmp_path}/right >"$1" ;;\n'
        f"esac\nprintf x >>{tmp_path}/tries\n",
    )
    (tmp_path / "right").write_text(lease(3))
    places = msgspec.json.encode(box.places, enc_hook=str).decode()
    words = ["-c", BRAID, places, str(tmp_path / "memory"), "edit"]
    env = {**os.environ, "EDITOR": str(tmp_path / "editor"), "PYTHONPATH": str(Path(__file__).parents[3])}

    terminal = pexpect.spawn(sys.executable, words, env=env, encoding="utf-8", timeout=60)
    terminal.expect("lan.dhcp.lend: unknown key")
    terminal.expect(r"Edit it again\? \[Y/n\] ")
    terminal.sendline("n")
    terminal.expect("nothing was changed")
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 2
    assert box.in_force() == AS_DELIVERED
    left = list((tmp_path / "memory").glob("edit-*/gateway.yaml"))
    assert "lend:" in left[0].read_text()

    (tmp_path / "tries").unlink()
    terminal = pexpect.spawn(sys.executable, words, env=env, encoding="utf-8", timeout=60)
    terminal.expect(r"Edit it again\? \[Y/n\] ")
    terminal.sendline("")
    terminal.expect("gateway.yaml: in force, and kept so")
    terminal.expect(pexpect.EOF)
    assert terminal.wait() == 0
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert list((tmp_path / "memory").glob("edit-*/gateway.yaml")) == left
