"""The config's places: in force in /etc, the image's own in /run, and what was edited on the box on the data partition.

/etc is as built at every boot, so an edit lasts by being kept as /data/config/mine/NAME, and beside it, as
/data/config/base/NAME, what the image had there at that time. NAME is gateway.yaml, or secrets/ and a secret's name.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from gateway_init.base.whole_file import remove, write_all
from gateway_init.config import secret
from gateway_init.store.three_way import ThreeWay
from gateway_init.wellknown import place

CONFIG = place.CONFIG.name
SECRETS = place.SECRETS.name
LIMIT = 1 << 20
"""Bytes of the largest file that is read: a damaged file system may say anything of a file's size."""


class Places(Struct, frozen=True):
    """Folders; each has gateway.yaml and secrets/."""

    effective: Path = place.CONFIG.parent
    image: Path = place.IMAGE_CONFIG
    kept: Path = place.KEPT
    placed: Path = place.PLACED
    allotted: Path = place.ALLOTTED
    prepared: Path = place.PREPARED

    @property
    def image_is_there(self) -> bool:
        return (self.image / CONFIG).is_file()

    @property
    def mine(self) -> Path:
        return self.kept / "mine"

    @property
    def base(self) -> Path:
        return self.kept / "base"


class Snapshot(Struct, frozen=True):
    """Everything that is in the places."""

    files: dict[str, ThreeWay]
    effective: dict[str, bytes]
    unreadable: tuple[str, ...] = ()
    """What could not be read, and why."""

    def in_force(self) -> dict[str, bytes]:
        """What should be in /etc."""
        return _there({name: file.in_force for name, file in self.files.items()})

    def image(self) -> dict[str, bytes]:
        return _there({name: file.image for name, file in self.files.items()})


def look(places: Places, *, image: Path | None = None) -> Snapshot:
    """Read everything. What cannot be read counts as not being there, and is told.

    `image`: where the image's own is, if not in its place.
    """
    unreadable: dict[str, None] = {}
    mine, base, built, effective = (
        dict(_contents(folder, unreadable))
        for folder in (places.mine, places.base, image or places.image, places.effective)
    )
    names = sorted({*mine, *built})
    files = {name: ThreeWay(mine.get(name), base.get(name), built.get(name)) for name in names}
    return Snapshot(files, effective, tuple(unreadable))


def keep(places: Places, contents: Mapping[str, bytes | None], image: Mapping[str, bytes]) -> None:
    """Make these last; what is as in the image (or None) is an edit no longer. Raises OSError, with nothing changed."""
    lasting: dict[Path, bytes] = {}
    gone: list[Path] = []
    for name, content in contents.items():
        built = image.get(name)
        if content is None or content == built:
            gone += [places.mine / name, places.base / name]
            continue
        lasting[places.mine / name] = content
        if built is None:
            gone.append(places.base / name)
        else:
            # After the other: where the power fails between them, more is told as changed than is, not less.
            lasting[places.base / name] = built
    write_all(lasting, mode=0o600)
    for file in gone:
        remove(file)


def read(file: Path) -> bytes | None:
    """A file's content; None where there is none. Raises OSError for what is no plain file, or larger than LIMIT."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "is no plain file", str(file))
        if found.st_size > LIMIT:
            raise OSError(errno.EFBIG, "is too large", str(file))
        return os.read(descriptor, LIMIT)
    finally:
        os.close(descriptor)


def told(error: OSError) -> str:
    """
    >>> told(OSError(28, "No space left on device", "/data/config"))
    '/data/config: No space left on device'
    """
    return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)


def _contents(folder: Path, unreadable: dict[str, None]) -> Iterator[tuple[str, bytes]]:
    for name in _names(folder, unreadable):
        try:
            content = read(folder / name)
        except OSError as error:
            unreadable[told(error)] = None
            continue
        if content is not None:
            yield name, content


def _names(folder: Path, unreadable: dict[str, None]) -> Iterable[str]:
    yield CONFIG
    try:
        secrets = sorted(file.name for file in (folder / SECRETS).iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        unreadable[told(error)] = None
        return
    yield from (f"{SECRETS}/{name}" for name in secrets if secret.is_of_a_gateway(name))


def _there(contents: Mapping[str, bytes | None]) -> dict[str, bytes]:
    return {name: content for name, content in contents.items() if content is not None}
