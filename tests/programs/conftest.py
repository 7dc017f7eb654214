"""The image's own programs, each test of them in a network namespace of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway_init.base.process import run
from tests import patience
from tests.netns.conftest import namespace, scratch
from tests.netns.gateway import SITE
from tests.programs.programs import Programs
from tests.programs.tunnel import Ends

__all__ = ["namespace", "scratch"]

patience.have()


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The image's own, where a build has left them in the cache."""
    folder = tmp_path_factory.mktemp("programs")
    yield Programs(folder)
    shutil.rmtree(folder)


@pytest.fixture
def ends(tmp_path: Path, programs: Programs) -> Iterator[Ends]:
    """Of tunnels to the server near, whose address is here."""
    openvpn = programs.command("openvpn")
    if openvpn is None:
        pytest.skip("NOT TESTED against a real OpenVPN: neither this machine nor an image in the cache has it")
    run(["ip", "link", "set", "lo", "up"])
    run(["ip", "address", "add", str(SITE.servers["near"].address), "dev", "lo"])
    ends = Ends(openvpn, tmp_path)
    yield ends
    ends.close()
