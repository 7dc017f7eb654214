"""This terminal joined to a machine's line, which may be lent to a program meanwhile."""

from __future__ import annotations

import os
import select
import socket
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qemu.drive.gateway import LENT

LEAVE = b"\x1d"
"""Ctrl-]."""
FRESH = b"\x03\x04"
"""Ctrl-C and Ctrl-D: what a visitor left running ends, and so does its shell; another one takes its place."""


@contextmanager
def lender(folder: Path) -> Iterator[socket.socket]:
    """A socket at which a program may ask for the line that `bridge` joins."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.bind(str(folder / LENT))
        asked.listen(1)
        try:
            yield asked
        finally:
            (folder / LENT).unlink(missing_ok=True)


def bridge(
    line: socket.socket,
    *,
    end: bytes = b"",
    news: Callable[[], str] | None = None,
    lend: socket.socket | None = None,
) -> None:
    """Join this terminal and a line, until Ctrl-], the line's end, or its saying `end`.

    `news` is asked once a second for a line to show. A program that connects to `lend` has the line until it closes
    it; the terminal shows what it does, and the keyboard is deaf but for Ctrl-].
    """
    keyboard, screen = sys.stdin.fileno(), sys.stdout.fileno()
    sys.stdout.flush()
    before = termios.tcgetattr(keyboard)
    try:
        tty.setraw(keyboard)
        _join(line, keyboard, screen, end, news, lend)
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _join(
    line: socket.socket,
    keyboard: int,
    screen: int,
    end: bytes,
    news: Callable[[], str] | None,
    lend: socket.socket | None,
) -> None:
    visitor: socket.socket | None = None
    tail = b""
    while True:
        sources: list[int | socket.socket] = [keyboard, line]
        sources += [visitor] if visitor else [lend] if lend else []
        ready, _, _ = select.select(sources, [], [], 1.0)
        if news is not None and (text := news()):
            os.write(screen, f"\r\n{text}\r\n".encode())
        if lend in ready and lend is not None:
            visitor, _ = lend.accept()
            os.write(screen, b"\r\n[lent to a program; Ctrl-] still leaves]\r\n")
        if keyboard in ready:
            typed = os.read(keyboard, 4096)
            if not typed or LEAVE in typed:
                return
            if visitor is None:
                line.sendall(typed)
        if visitor is not None and visitor in ready:
            if told := _received(visitor):
                line.sendall(told)
            else:
                visitor.close()
                visitor = None
                line.sendall(FRESH)
                os.write(screen, b"\r\n[the line is yours again]\r\n")
        if line in ready:
            said = line.recv(65536)
            if not said:
                return
            os.write(screen, said)
            if visitor is not None:
                with suppress(OSError):
                    visitor.sendall(said)
            tail = (tail + said)[-256:]
            if end and tail.endswith(end):
                return


def _received(visitor: socket.socket) -> bytes:
    """What a visitor has sent; nothing once it is gone, however it went."""
    try:
        return visitor.recv(65536)
    except OSError:
        return b""
