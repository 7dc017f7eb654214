"""What a site puts into the root: secrets for root's eyes only, and the console's password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from image.root import site
from tests.frozen import HOME

CONFIG = HOME.config
HASH = "$y$j9T$abcdefgh$0123456789"


@pytest.fixture
def home() -> Site:
    return HOME.load()


@pytest.fixture
def secrets(home: Site, tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in site.needed(home):
        (folder / name).write_text(f"the content of {name}")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "etc/braid").mkdir(parents=True)
    (root / "etc/shadow").write_text("root:*:20309:0:99999:7:::\ndaemon:*:20309:0:99999:7:::\n")
    return root


def test_secrets_can_be_read_by_root_alone(home: Site, secrets: Path, root: Path) -> None:
    site.furnish(home, CONFIG, secrets, root)
    folder = root / site.SECRETS
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in folder.iterdir()} == set(site.needed(home))
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert (root / site.CONFIG).stat().st_mode & 0o777 == 0o600


def test_no_password_where_the_console_is_a_shell(home: Site, secrets: Path, root: Path) -> None:
    site.furnish(home, CONFIG, secrets, root)
    assert (root / "etc/shadow").read_text().startswith("root:*:")


def test_the_console_password_is_roots(secrets: Path, root: Path, tmp_path: Path) -> None:
    text = CONFIG.read_text().replace("console: shell", f'console: login\npassword_hash: "{HASH}"')
    config = tmp_path / "gateway.yaml"
    config.write_text(text)
    site.furnish(parse(text), config, secrets, root)
    lines = (root / "etc/shadow").read_text().splitlines()
    assert lines == [f"root:{HASH}:20309:0:99999:7:::", "daemon:*:20309:0:99999:7:::"]


def test_missing_secrets_are_named(home: Site, secrets: Path) -> None:
    (secrets / "uplink-adsl.password").unlink()
    with pytest.raises(Mistake, match=re.escape("lacks uplink-adsl.password")) as caught:
        site.check(home, secrets)
    assert "invoke keys" in caught.value.hint
