"""Bundles and their way to the box, as far as no box is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from image.update import bundle, deliver
from servers import keys, signing
from tests.frozen import HOME
from tests.unit.image.answering import Answering


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """Those of the home site, in a folder whose name has a blank in it."""
    folder = tmp_path / "my secrets"
    keys.make_missing(HOME.load(), folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """As much of a bundle as is looked at before it is sent."""
    file = tmp_path / "braid.raucb"
    file.write_bytes(b"\nversion=2\n")
    return file


def test_what_is_no_bundle_has_no_version(tmp_path: Path) -> None:
    file = tmp_path / "image.img"
    file.write_bytes(b"no bundle")
    with pytest.raises(Mistake, match="not an update bundle"):
        bundle.version(file)


def test_a_box_without_its_key_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"update-ssh\.key: missing"):
        deliver.Box("192.0.2.1", tmp_path)


def test_a_box_whose_host_key_is_not_known_is_told_before_anything_is_sent(secrets: Path) -> None:
    (secrets / secret.SSH_KNOWN_HOST).unlink()
    with pytest.raises(Mistake, match=r"ssh-host\.known: missing"):
        deliver.Box("192.0.2.1", secrets)


def test_whoever_has_another_host_key_is_sent_nothing_even_the_first_time(secrets: Path, file: Path) -> None:
    stranger = secrets / "stranger"
    stranger.write_text(signing.new_ssh_key())
    somebody = Answering(stranger)
    with pytest.raises(Mistake, match=r"does not have the host key of secrets/ssh-host\.key; nothing was sent") as told:
        deliver.deliver(file, somebody.address, secrets)
    assert "somebody stands between" in told.value.hint
    assert not somebody.believed()


def test_the_box_is_known_by_the_host_key_that_it_was_built_with(secrets: Path, file: Path) -> None:
    box = Answering(secrets / secret.SSH_HOST_KEY)
    with pytest.raises(Mistake, match="no answer by SSH"):
        deliver.deliver(file, box.address, secrets)
    assert box.believed()


def test_a_port_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such port"):
        deliver.Box("192.0.2.1:ssh", tmp_path)
