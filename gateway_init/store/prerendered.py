"""What a config comes to, worked out before the daemon starts with it: the image's own when that is built, an edited
one by the command that looks whether the gateway can run with it.

Reading YAML and rendering templates is half of the daemon's start on a slow machine. Where somebody has edited the
files by hand, the daemon does it all the same: what was prepared counts only for the very texts that it was prepared
from, and for the numbers that they get.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base.whole_file import write_all
from gateway_init.config.allotted import NOTHING, Allotment, allot
from gateway_init.config.load import from_text
from gateway_init.render.rendered import Runnable, check
from gateway_init.store.copies import CONFIG, Places, look

FILE = Path("/usr/lib/braid/prepared")
"""The image's. Root's alone, as all of these: there are secrets in it."""


class Prepared(Struct, frozen=True):
    contents: dict[str, bytes]
    """The texts that it was worked out from, by name."""
    runnable: Runnable


def checked(
    contents: Mapping[str, bytes],
    file: str,
    before: Allotment = NOTHING,
    prepared: Sequence[Path] = (FILE,),
) -> Runnable:
    """What `rendered.check` makes of the contents; taken from the first file where it was prepared from the same."""
    for made in map(_read, prepared):
        if made and made.contents == contents and made.runnable.numbers == allot(made.runnable.site, before):
            return made.runnable
    return check(contents, file, before)


def _read(file: Path) -> Prepared | None:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=Prepared, dec_hook=from_text)
    except (OSError, ValueError, msgspec.DecodeError):
        return None


def prepare(places: Places, into: Path = FILE) -> None:
    """Work it out and write it down. Raises Mistake for a config that the gateway cannot run with."""
    contents = look(places).effective
    remember(Prepared(contents, check(contents, CONFIG)), into)


def remember(made: Prepared, into: Path) -> None:
    """Raises OSError."""
    write_all({into: msgspec.msgpack.encode(made, enc_hook=str)}, mode=0o600)


if __name__ == "__main__":
    prepare(Places())
