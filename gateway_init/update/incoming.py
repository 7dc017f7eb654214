"""Room for a bundle on its way in: memory of its own, so that what never ends takes it from nobody else."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed, run
from gateway_init.wellknown import place

OPTIONS = "mode=700,nosuid,nodev,noexec"


class Hands(NamedTuple):
    """Who mounts: the commands that put a tmpfs with these options on a folder, and that take it away again.

    It is taken away lazily (umount(8)): RAUC's service may still be closing the bundle.
    """

    mount: Callable[[Path, str], list[str | Path]]
    unmount: Callable[[Path], list[str | Path]]


SYSTEMD = Hands(
    lambda at, options: [
        "systemd-mount",
        "--quiet",
        "--tmpfs",
        f"--options={options}",
        "--property=LazyUnmount=yes",
        at,
    ],
    lambda at: ["systemd-umount", "--quiet", at],
)
"""systemd-mount(1): a session by SSH, which brings most bundles, may not mount by itself (braid-ssh@.service)."""


@contextmanager
def room(limit: int, at: Path = place.INCOMING, hands: Hands = SYSTEMD) -> Iterator[Path]:
    """A folder that holds `limit` bytes, in memory (tmpfs(5)), until the end of the block.

    Raises Mistake where there is none to be had.
    """
    # What an update that was killed has left.
    _free(at, hands)
    at.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        run(hands.mount(at, f"size={limit + mmap.PAGESIZE},{OPTIONS}"))
    except CommandFailed as failure:
        raise Mistake(
            f"no room for a bundle: {failure.output.strip()}", hint="`braid update FILE` takes one from a stick"
        ) from None
    try:
        yield at
    finally:
        _free(at, hands)


def _free(at: Path, hands: Hands) -> None:
    while at.is_mount():
        run(hands.unmount(at))
