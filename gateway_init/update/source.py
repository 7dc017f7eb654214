"""Where an update's bundle comes from: a file, standard input, or the web."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, BinaryIO
from urllib.parse import urlsplit
from urllib.request import Request

from gateway_init.base.mistake import Mistake
from gateway_init.update import incoming

NAME = "braid.raucb"
TIMEOUT = 60.0
"""Seconds without a byte until a download is given up."""
SCHEME = "https"
"""Every secret of the site is in a bundle. It is signed, not encrypted: by plain HTTP all on the way could read it."""


CHUNK = 1 << 20
"""Bytes that are copied at a time."""

Room = Callable[[int], AbstractContextManager[Path]]


@contextmanager
def local(source: str, limit: int, room: Room = incoming.room) -> Iterator[Path]:
    """The bundle as a file on the box, until the end of the block.

    One that comes in is put into a room for `limit` bytes, and may not be larger.
    Raises Mistake where it cannot be had.
    """
    scheme = urlsplit(source).scheme
    if "://" in source and scheme != SCHEME:
        raise _readable(source)
    if scheme != SCHEME and source != "-":
        file = Path(source)
        if not file.is_file():
            raise Mistake(f"{source}: no such file", hint="name a bundle that `invoke bundle` made, its URL, or - ")
        yield file
        return
    with room(limit) as folder:
        _fetch(source, folder / NAME, limit)
        yield folder / NAME


def _fetch(source: str, into: Path, limit: int) -> None:
    try:
        with into.open("wb") as sink:
            if source == "-":
                _copy(sys.stdin.buffer, sink, limit)
            else:
                with urllib.request.build_opener(_Encrypted).open(source, timeout=TIMEOUT) as answer:
                    _copy(answer, sink, limit)
    except urllib.error.HTTPError as error:
        raise Mistake(f"{source}: {error.code} {error.reason}", hint="is the address right?") from None
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise Mistake(f"the bundle did not arrive whole: {reason}", hint="nothing was changed; try again") from None


class _Encrypted(urllib.request.HTTPRedirectHandler):
    """Follows no redirection that leads out of HTTPS."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme != SCHEME:
            raise _readable(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _readable(url: str) -> Mistake:
    return Mistake(
        f"{url}: all on the way could read the bundle, and every secret of the site is in it",
        hint=f"{SCHEME}://, a stick, or `invoke update`, which brings it by SSH",
    )


def _copy(source: BinaryIO, sink: BinaryIO, limit: int) -> None:
    left = limit
    while piece := source.read(min(CHUNK, left + 1)):
        left -= len(piece)
        if left < 0:
            raise Mistake(
                f"what comes in is larger than a slot ({limit / 1e6:.0f} MB)",
                hint="nothing was changed; is it a bundle?",
            )
        sink.write(piece)
