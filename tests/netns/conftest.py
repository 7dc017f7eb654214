"""A network namespace of its own for each test, with links like the gateway's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.process import run
from gateway_init.host.kernel import Kernel
from tests.netns.around import House, inhabited
from tests.netns.host import CLONE_NEWNET, call

LINKS = ("enp1s0", "enp2s0", "enp3s0")


@pytest.fixture(autouse=True)
def namespace() -> Iterator[None]:
    """Enter a fresh network namespace for the length of a test."""
    home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        call("unshare", CLONE_NEWNET)
    except OSError as error:
        os.close(home)
        pytest.skip(f"NOT TESTED against a real kernel: {error}; run as root or under `unshare --map-root-user`")
    try:
        for name in LINKS:
            run(["ip", "link", "add", name, "type", "veth", "peer", "name", f"far-{name}"])
            run(["ip", "link", "set", f"far-{name}", "up"])
        yield
    finally:
        call("setns", home, CLONE_NEWNET)
        os.close(home)


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a gateway on this machine is looked at."""
    monkeypatch.setattr("gateway_init.wellknown.place.STARTED", tmp_path / "started")
    monkeypatch.setattr("gateway_init.wellknown.place.LINES", tmp_path / "lines")


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    kernel = Kernel()
    yield kernel
    kernel.close()


@pytest.fixture
def house() -> Iterator[House]:
    """The gateway with its ruleset, and everybody around it, by the gateway's interface."""
    with inhabited() as sides:
        yield sides
