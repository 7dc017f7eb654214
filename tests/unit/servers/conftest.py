"""The frozen home site, and a secrets folder made for it once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway_init.config.site import Site
from servers import keys, kit
from tests.frozen import HOME


@pytest.fixture(scope="session")
def site() -> Site:
    return HOME.load()


@pytest.fixture(scope="session")
def made(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Secrets that no test changes."""
    folder = tmp_path_factory.mktemp("made") / "secrets"
    keys.make_missing(site, folder)
    return folder


@pytest.fixture(scope="session")
def kits(site: Site, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of every server, made of these."""
    out = tmp_path_factory.mktemp("kits")
    for name in site.servers:
        kit.render(site, name, made, out)
    return out


@pytest.fixture
def secrets(made: Path, tmp_path: Path) -> Path:
    """Secrets of the test's own."""
    return Path(shutil.copytree(made, tmp_path / "secrets"))
