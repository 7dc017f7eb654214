"""Who gets in by SSH: whoever has a key that the config names, from the LAN; nobody else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway_init.base import process
from gateway_init.config import secret
from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.wire.console import TIMED_OUT
from qemu.world.vm import World
from tests.frozen import HOME


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key of a person's own."""
    made = tmp_path / "key"
    process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", made])
    return made


def ssh(world: World, key: Path, *command: str) -> subprocess.CompletedProcess[str]:
    name, _, port = world.ssh.rpartition(":")
    alias = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    only = ["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-F", "none"]
    return process.run(["ssh", "-i", key, "-p", port, *alias, *only, f"root@{name}", *command], check=False)


def test_a_key_of_the_config_opens_a_shell_and_any_other_nothing(gateway: Gateway, world: World, key: Path) -> None:
    stranger = ssh(world, key, "id -u")
    assert stranger.returncode == 255
    assert "Permission denied (publickey)" in stranger.stderr

    public = key.with_suffix(".pub").read_text().strip()
    gateway.succeed(f"echo '{public}' >>/etc/ssh/authorized_keys")
    assert ssh(world, key, "id -u").stdout == "0\n"
    assert "adsl-near" in ssh(world, key, "braid status").stdout


def test_the_key_for_updates_opens_no_shell(world: World) -> None:
    told = ssh(world, HOME.secrets / secret.UPDATE_SSH_KEY, "id -u")
    assert told.returncode != 0
    assert told.stdout == ""


def test_nobody_gets_an_answer_from_outside(gateway: Gateway, site: Site, world: World) -> None:
    def connect(address: object, patience: int) -> str:
        return f"timeout {patience} bash -c 'exec 3<>/dev/tcp/{address}/22'"

    outside = world.uplink("adsl").assigned
    gateway.succeed(f"ip -4 address show | grep -q {outside}")
    world.host("lan").succeed(connect(site.lan.address.ip, 30))
    assert world.host("isp").execute(connect(outside, 5)).code == TIMED_OUT
