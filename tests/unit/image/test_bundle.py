"""Bundles and their way to the box, as far as no box is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image.update import bundle, deliver


def test_what_is_no_bundle_has_no_version(tmp_path: Path) -> None:
    file = tmp_path / "image.img"
    file.write_bytes(b"no bundle")
    with pytest.raises(Mistake, match="not an update bundle"):
        bundle.version(file)


def test_a_box_without_its_key_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"update-ssh\.key: missing"):
        deliver.Box("192.0.2.1", tmp_path)


def test_a_port_is_a_number(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such port"):
        deliver.Box("192.0.2.1:ssh", tmp_path)
