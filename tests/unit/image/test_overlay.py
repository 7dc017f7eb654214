"""The overlay: what is laid over the root looks there as it should, and a template's mistake is told by its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.config import secret
from image.root import identity, overlay, site
from image.work import sandbox
from tests.frozen import SITES, Frozen


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "usr/lib").mkdir(parents=True)
    (root / "lib").symlink_to("usr/lib")
    return root


@pytest.fixture
def over(tmp_path: Path) -> Path:
    over = tmp_path / "over"
    (over / "etc").mkdir(parents=True)
    return over


def lay(over: Path, root: Path, **variables: object) -> None:
    overlay.lay(overlay.Addition(over, "/"), root, variables)


def test_files_keep_being_executable_and_nothing_else(over: Path, root: Path) -> None:
    (over / "etc/plain").write_text("x")
    (over / "etc/plain").chmod(0o666)
    (over / "etc/script").write_text("#!/bin/sh\n")
    (over / "etc/script").chmod(0o775)
    lay(over, root)
    assert (root / "etc/plain").stat().st_mode & 0o777 == 0o644
    assert (root / "etc/script").stat().st_mode & 0o777 == 0o755


def test_a_template_is_rendered_and_loses_its_ending(over: Path, root: Path) -> None:
    (over / "etc/hostname.j2").write_text("{{ name }}\n")
    lay(over, root, name="home")
    assert (root / "etc/hostname").read_text() == "home\n"
    assert not (root / "etc/hostname.j2").exists()


def test_links_are_laid_as_links_and_replace_what_was_there(over: Path, root: Path) -> None:
    (root / "etc").mkdir()
    (root / "etc/resolv.conf").symlink_to("/run/nowhere")
    (over / "etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
    (over / "etc/mask").symlink_to("/dev/null")
    lay(over, root)
    assert (root / "etc/resolv.conf").read_text() == "nameserver 127.0.0.1\n"
    assert (root / "etc/mask").readlink() == Path("/dev/null")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fine\n{{ nam }}\n", r"bad\.j2:2: 'nam' is undefined"),
        ("{{ name.first }}\n", r"bad\.j2:1: .*has no attribute 'first'"),
        ("fine\nfine\n{% if name %}\n", r"bad\.j2:3: "),
    ],
)
def test_a_template_that_fails_is_told_by_file_line_and_variable(over: Path, root: Path, text: str, said: str) -> None:
    (over / "etc/bad.j2").write_text(text)
    with pytest.raises(Mistake, match=said):
        lay(over, root, name="home")


def test_nothing_is_laid_through_a_link_of_the_root(over: Path, root: Path) -> None:
    (over / "lib").mkdir()
    (over / "lib/file").write_text("x")
    with pytest.raises(Mistake, match="/lib is a link"):
        lay(over, root)


@pytest.mark.parametrize("frozen", SITES, ids=lambda frozen: frozen.name)
def test_our_own_overlay_renders_for_any_site(frozen: Frozen, root: Path, tmp_path: Path) -> None:
    ours = frozen.load()
    (tmp_path / secret.UPDATE_SSH_PUBLIC).write_text("ssh-ed25519 AAAA braid-update\n")
    variables = site.variables(ours, identity.of(ours.site), tmp_path, board="apu", version="0123", made=7)
    overlay.lay(overlay.Addition(sandbox.PROJECT / "overlay", "/"), root, variables)
    assert (root / "etc/hostname").read_text().strip() == ours.site
    assert f"compatible=braid-apu-{ours.site}" in (root / "etc/rauc/system.conf").read_text()
    (line,) = [line for line in (root / "etc/ssh/authorized_keys").read_text().splitlines() if "AAAA" in line]
    assert line.startswith('restrict,command="/usr/lib/braid/remote" ssh-ed25519')
    assert (root / "usr/lib/braid/release").read_text() == f"version=0123\ncompatible=braid-apu-{ours.site}\nmade=7\n"
    assert "HostKey /etc/braid/secrets/ssh-host.key" in (root / "etc/ssh/sshd_config").read_text()
    assert f"ListenStream={ours.lan.address.ip}:22" in (
        root / "usr/lib/systemd/system/braid-ssh.socket"
    ).read_text().replace(" ", "")
    # One device of the LAN cannot hold all of them.
    assert {"MaxConnections=16", "MaxConnectionsPerSource=4"} <= set(
        (root / "usr/lib/systemd/system/braid-ssh.socket").read_text().splitlines()
    )
    assert "Requires=nftables.service" in (root / "usr/lib/systemd/system/braid.service").read_text().splitlines()
    assert not list(root.rglob("*.j2"))


@pytest.mark.parametrize(
    ("asked", "answer", "code"),
    [
        ("update", "braid update -\n", 0),
        ("update --allow-older", "braid update --allow-older -\n", 0),
        ("status", "braid status --json\n", 0),
        ("update --allow-older; id", "", 2),
        ("sh", "", 2),
    ],
)
def test_the_key_that_brings_updates_may_ask_for_nothing_else(
    tmp_path: Path, asked: str, answer: str, code: int
) -> None:
    braid = tmp_path / "braid"
    braid.write_text('#!/bin/sh\necho braid "$@"\n')
    braid.chmod(0o755)
    remote = sandbox.PROJECT / "overlay/usr/lib/braid/remote"
    done = run(["env", f"PATH={tmp_path}", f"SSH_ORIGINAL_COMMAND={asked}", "/bin/sh", remote], check=False)
    assert (done.stdout, done.returncode) == (answer, code)
