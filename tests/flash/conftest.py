"""One bench for all stories, and what is written there: a small image, and the real one. It ends with the last of them:
a machine costs the others time, at rest, too."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from qemu.machine.rundir import run_folder
from tests.flash.bench import Bench
from tests.frozen import LOGS

SMALL = (12 << 20) + 512
"""Bytes: three whole writes, and one that is as short as can be."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with run_folder() as folder:
        (folder / "images").mkdir()
        yield folder


@pytest.fixture(scope="module")
def small(folder: Path) -> Path:
    """An image that is soon written."""
    data = bytearray(random.Random(11).randbytes(SMALL))
    data[446:512] = bytes(64) + b"\x55\xaa"
    image = folder / "images/small.img"
    image.write_bytes(data)
    return image


@pytest.fixture(scope="module")
def booted(folder: Path, small: Path) -> Iterator[Bench]:
    bench = Bench(folder, small.parent, LOGS / "flash.log")
    try:
        bench.start_up()
        yield bench
    finally:
        bench.close()


@pytest.fixture
def bench(booted: Bench, request: pytest.FixtureRequest) -> Bench:
    """The bench; its log tells which test has it."""
    booted.log.note(f"test: {request.node.name}")
    return booted
