"""The recipe of an image: what is in it, and what it must have to be of use."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, TypeAlias, TypeVar

import msgspec
import yaml
from msgspec import Meta, Struct

from gateway_init.base.mistake import Mistake

MebiBytes: TypeAlias = Annotated[int, Meta(ge=1, le=65536)]


class Kernel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the kernel must have; a build stops where one of these is missing."""

    config: tuple[str, ...] = ()
    """Lines of its configuration, such as CONFIG_MPTCP=y."""
    modules: tuple[str, ...] = ()
    """Drivers, as modules or built in."""
    keep: tuple[str, ...] = ()
    """What else stays, beside those modules and the initrd's: names, or patterns of paths, with * for any text
    (such as net/netfilter/*). What they need stays as well; all other modules are left out. Without it all stay."""
    firmware: tuple[str, ...] = ()
    """Files under /usr/lib/firmware."""


class Initrd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first file system of the kernel's."""

    modules: tuple[str, ...]
    """Modules loaded to reach the root, in this order; each after those that it depends on."""
    last: tuple[str, ...] = ()
    """Modules loaded too, where the root is not to be seen after some seconds."""
    parameters: dict[str, str] = {}
    """Parameters of some of them, such as `heartbeat=60`."""


class Remove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes once the packages are installed: what only the installation needed, or nothing does."""

    packages: tuple[str, ...] = ()
    """Their files go, but those that another package has as well, and so do they from dpkg's list."""
    files: tuple[str, ...] = ()
    """Paths, with * for any text; a folder goes with all that is in it."""


class Root(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A root file system made of Debian packages."""

    suite: str
    """Debian's name of the release."""
    components: tuple[str, ...] = ("main",)
    epoch: date
    """The time that every file bears, so that the same content gives the same bytes."""
    packages: tuple[str, ...]
    """With what they depend on; nothing that they only recommend."""
    without: tuple[str, ...] = ()
    """Paths of packages that are not unpacked, with * for any text."""
    but: tuple[str, ...] = ()
    """Paths that are unpacked all the same."""
    remove: Remove = Remove()
    privileged: dict[str, str] = {}
    """Programs that stay set-uid or set-gid, each with the reason; all others lose it."""
    kernel: Kernel
    initrd: Initrd

    @property
    def seconds(self) -> int:
        """The epoch in seconds since 1970."""
        return int(datetime.combine(self.epoch, time(), UTC).timestamp())


class Disk(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The four partitions, in MiB."""

    boot: MebiBytes
    slot: MebiBytes
    """Each of the two slots; a build stops where the system outgrows it."""
    data: MebiBytes


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Upper bounds in MB (10^6 bytes); a build stops past one."""

    slot: Annotated[int, Meta(ge=1)]
    """All files of a slot together."""
    image: Annotated[int, Meta(ge=1)]
    """The compressed image."""


class Image(Root, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A disk image for the gateway."""

    board: str
    """What the image is made for: an update for another board is refused."""
    listening: dict[str, str] = {}
    """What a running gateway listens on, each with the reason: protocol, port, and where: lan, loopback, or any."""
    arguments: tuple[str, ...]
    """The kernel's command line."""
    disk: Disk
    budget: Budget


Kind = TypeVar("Kind", bound=Root)


def load(file: Path, kind: type[Kind]) -> Kind:
    """Read a recipe. Raises Mistake with the file, the key and what is wrong."""
    try:
        return msgspec.convert(yaml.safe_load(file.read_text(encoding="utf-8")), kind)
    except (OSError, UnicodeDecodeError) as error:
        raise Mistake(f"{file}: cannot be read: {error}") from None
    except yaml.YAMLError as error:
        raise Mistake(f"{file}: not YAML: {error}") from None
    except msgspec.ValidationError as error:
        raise Mistake(f"{file}: {error}", hint="image/recipe.py says what each key means") from None
