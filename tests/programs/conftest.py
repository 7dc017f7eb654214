"""The image's own programs, each test of them in a network namespace of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.netns.conftest import namespace, scratch
from tests.programs.programs import Programs

__all__ = ["namespace", "scratch"]


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    """The image's own, where a build has left them in the cache."""
    folder = tmp_path_factory.mktemp("programs")
    yield Programs(folder)
    shutil.rmtree(folder)
