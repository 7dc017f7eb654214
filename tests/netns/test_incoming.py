"""The room for a bundle on its way in, with real mounts: in a mount namespace of its own for each story."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.update.incoming import Hands, room
from tests.frozen import ROOT

LIMIT = 1 << 20
BY_HAND = Hands(
    lambda at, options: ["mount", "-t", "tmpfs", "-o", options, "incoming", at],
    lambda at: ["umount", "--lazy", at],
)
"""systemd would mount where everybody sees it; with its hands the world's stories do it, by SSH."""


def alone(story: Callable[[Path], None], folder: Path) -> None:
    """Run a story in a child that sees mounts of its own."""
    script = f"from pathlib import Path; from {__name__} import {story.__name__} as story; story(Path({str(folder)!r}))"
    run(["unshare", "--mount", "--", sys.executable, "-c", script], cwd=ROOT)


def fill(file: Path, size: int) -> int:
    """Write until there is no room any more, or `size` bytes; how many there were. Raises OSError for anything else."""
    written = 0
    with file.open("wb", buffering=0) as sink:
        while written < size:
            try:
                written += sink.write(bytes(min(4096, size - written)))
            except OSError as error:
                assert error.errno == errno.ENOSPC
                break
    return written


def a_bundle_fits_and_nothing_else_is_filled(folder: Path) -> None:
    run(["mount", "-t", "tmpfs", "-o", f"size={LIMIT // 2}", "run", folder])
    with room(LIMIT, folder / "incoming", BY_HAND) as incoming:
        assert incoming.stat().st_mode & 0o777 == 0o700
        assert LIMIT <= fill(incoming / "bundle", 2 * LIMIT) < LIMIT + (64 << 10)
        assert fill(folder / "state", 4096) == 4096
    assert not (folder / "incoming").is_mount()
    assert list((folder / "incoming").iterdir()) == []


def what_a_killed_update_left_is_gone(folder: Path) -> None:
    run(["mount", "-t", "tmpfs", "left", folder])
    (folder / "bundle").write_bytes(bytes(LIMIT))
    with room(LIMIT, folder, BY_HAND) as incoming:
        assert list(incoming.iterdir()) == []
    assert not folder.is_mount()


def test_a_bundle_has_room_of_its_own_and_takes_it_from_nobody(tmp_path: Path) -> None:
    alone(a_bundle_fits_and_nothing_else_is_filled, tmp_path)


def test_an_update_that_was_killed_leaves_the_next_one_all_of_the_room(tmp_path: Path) -> None:
    alone(what_a_killed_update_left_is_gone, tmp_path)
