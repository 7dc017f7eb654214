"""A box whose console asks for a password: whoever knows it gets in, others do not, and it still says how it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.process import run
from qemu.drive.gateway import BOOT_LIMIT, Gateway
from qemu.machine.rundir import run_folder
from tests.boot.clone import SITE, Clone
from tests.frozen import HOME, LOGS

PASSWORD = "correct horse battery staple"
LIMIT = 60.0


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A gateway whose image was built so."""
    clone = Clone(tmp_path / "sources", HOME.secrets)
    password_hash = run(["openssl", "passwd", "-6", "-stdin"], stdin=f"{PASSWORD}\n").stdout.strip()
    clone.replace(SITE, "console: shell", f"console: login\npassword_hash: {password_hash}")
    built = clone.build()
    assert built.returncode == 0, built.stderr
    with run_folder() as folder:
        gateway = Gateway(folder, clone.image, LOGS / "console-login.log")
        yield gateway
        gateway.close()


def test_the_console_opens_for_the_password_and_for_nothing_else(gateway: Gateway) -> None:
    gateway.power_on()
    gateway.wait_for_line("braid: waiting")
    console = gateway.console
    for password, answer in (("wrong", "Login incorrect"), (PASSWORD, "root@[^\\r\\n]*# ")):
        console.expect("login: ", BOOT_LIMIT)
        console.send("root\r")
        console.expect("Password: ", LIMIT)
        console.send(f"{password}\r")
        console.expect(answer, LIMIT)
    console.send("id -u; braid status | head -n 1\r")
    console.expect(r"[\r\n]0[\r\n]", LIMIT)
