"""Templates come with their byte code, which counts for the very text that it was made from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import jinja2
import pytest

from gateway_init.base import template

NAME = "render/templates/service.j2"


@pytest.fixture
def compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Byte code of a copy of the templates, which is what is rendered from."""
    shutil.copytree(template.ROOT, tmp_path / "code", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(template, "ROOT", tmp_path / "code")
    monkeypatch.setattr(template, "COMPILED", tmp_path / "compiled")
    template.prepare(tmp_path / "compiled")
    template.on_the_box.cache_clear()
    yield tmp_path / "compiled"
    template.on_the_box.cache_clear()


@pytest.mark.usefixtures("compiled")
def test_what_was_compiled_is_not_compiled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr(jinja2.Environment, "compile")
        assert "NoNewPrivileges=yes" in template.render(NAME, {})


def test_of_another_text_it_is_compiled_and_nothing_is_written(compiled: Path) -> None:
    before = {file: file.read_bytes() for file in compiled.iterdir()}
    with (template.ROOT / NAME).open("a") as file:
        file.write("# {{ 1 + 1 }} more\n")
    assert "# 2 more\n" in template.render(NAME, {})
    assert {file: file.read_bytes() for file in compiled.iterdir()} == before
