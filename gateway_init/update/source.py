"""Where an update's bundle comes from: a file, standard input, or the web."""

from __future__ import annotations

import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from gateway_init.base.mistake import Mistake
from gateway_init.wellknown import number as numbering

TIMEOUT = 60.0
"""Seconds without a byte until a download is given up."""
SCHEMES = ("http", "https")
"""Plain HTTP will do: the bundle is signed."""


@contextmanager
def local(source: str, incoming: Path = numbering.INCOMING) -> Iterator[Path]:
    """The bundle as a file on the box, until the end of the block. Raises Mistake where it cannot be had."""
    if source != "-" and urlsplit(source).scheme not in SCHEMES:
        file = Path(source)
        if not file.is_file():
            raise Mistake(f"{source}: no such file", hint="name a bundle that `invoke bundle` made, its URL, or - ")
        yield file
        return
    incoming.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _fetch(source, incoming)
        yield incoming
    finally:
        incoming.unlink(missing_ok=True)


def _fetch(source: str, into: Path) -> None:
    try:
        with into.open("wb") as sink:
            if source == "-":
                _copy(sys.stdin.buffer, sink)
            else:
                with urllib.request.urlopen(source, timeout=TIMEOUT) as answer:  # noqa: S310 - one of SCHEMES
                    _copy(answer, sink)
    except urllib.error.HTTPError as error:
        raise Mistake(f"{source}: {error.code} {error.reason}", hint="is the address right?") from None
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise Mistake(f"the bundle did not arrive whole: {reason}", hint="nothing was changed; try again") from None


def _copy(source: BinaryIO, sink: BinaryIO) -> None:
    shutil.copyfileobj(source, sink, 1 << 20)
