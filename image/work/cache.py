"""What is slow to make and the same every time: kept by content, shared by all clones, safe with builds side by side.

A name in the cache has a digest of all that went into it, so an entry is never out of date and never changed.
Entries are for the user's eyes only.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import msgspec

from gateway_init.base.mistake import Mistake
from image.work import files, step


def home() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "braid"


def key(*parts: object) -> str:
    """A digest over values: numbers, texts, lists, dicts, structs.

    >>> key("trixie", ["nftables"]) == key("trixie", ["nftables"])
    True
    """
    return hashlib.sha256(msgspec.json.encode(parts, enc_hook=str, order="deterministic")).hexdigest()[:32]


def content(path: Path) -> str:
    """A digest over a file, or over a tree: names, contents, links and what is executable."""
    digest = hashlib.sha256()
    for file in files.walk(path):
        name = file.relative_to(path).as_posix()
        if file.is_symlink():
            kind, data = "link", str(file.readlink()).encode()
        elif file.is_dir():
            kind, data = "dir", b""
        else:
            kind, data = ("x" if os.access(file, os.X_OK) else "file"), file.read_bytes()
        digest.update(f"{kind} {len(data)} {name}\n".encode() + data)
    return digest.hexdigest()[:32]


def latest(stem: str, suffix: str, *, fresh: bool = False) -> str:
    """Name of the latest of the entries that were made at different times from the same recipe; or of the next one.

    They are numbered, and none is ever replaced: a build that has begun with one can end with it.
    """
    numbers = [int(path.name[len(stem) + 1 : -len(suffix)]) for path in home().glob(f"{stem}-*{suffix}")]
    return f"{stem}-{max(numbers, default=0 if fresh else 1) + fresh}{suffix}"


@contextmanager
def missing(*entries: str) -> Iterator[list[Path]]:
    """Yield those of the entries that are not there, for the block to make; a build beside us waits, then finds them.

    The whole cache stays in use, and cannot be emptied, until this process ends.
    """
    _use()
    with ExitStack() as held:
        paths = [home() / entry for entry in entries]
        for path in sorted(paths):
            if not path.exists():
                held.enter_context(files.lock(home() / "locks" / path.name, busy=partial(_wait, path)))
        yield [path for path in paths if not path.exists()]


def _wait(path: Path) -> None:
    step.say(f"waiting for another build, which is making {path.name}")


_in_use: ExitStack | None = None


def _use() -> None:
    global _in_use
    home().mkdir(parents=True, exist_ok=True)
    home().chmod(0o700)
    if _in_use is None:
        _in_use = ExitStack()
        _in_use.enter_context(files.lock(home() / "locks" / "in-use", shared=True))


def empty() -> None:
    """Remove everything from the cache. Raises Mistake while a build uses it."""
    with files.lock(home() / "locks" / "in-use", busy=_refuse):
        shutil.rmtree(home())


def _refuse() -> None:
    raise Mistake(f"a build is using the cache in {home()}", hint="wait for it to end, or interrupt it")
