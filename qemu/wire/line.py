"""A serial line that is always listened to.

QEMU throws away what nobody takes from its end of the socket (chardev/char-socket.c), and a socket holds but a few
hundred short writes. So a thread reads all the time, whoever may be waiting for something else meanwhile.
"""

from __future__ import annotations

import codecs
import os
import queue
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pexpect
from pexpect.spawnbase import SpawnBase

END = ""
"""What the thread leaves behind when the line has gone."""


class Line(SpawnBase):  # type: ignore[type-arg]
    """A unix socket for pexpect to wait on.

    The thread that reads tells `hear` all that comes, at once, and asks `again` when the line has gone: whether there
    is a new one in its place.
    """

    def __init__(self, path: Path, hear: Callable[[str], None], again: Callable[[], bool]) -> None:
        super().__init__(timeout=None, encoding="utf-8", codec_errors="replace")
        self._path = path
        self._socket = self._connect()
        self._hear = hear
        self._again = again
        self._came: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _connect(self) -> socket.socket:
        line = socket.socket(socket.AF_UNIX)
        line.connect(str(self._path))
        return line

    def _listen(self) -> None:
        try:
            while self._follow() and self._again():
                self._socket.close()
                self._socket = self._connect()
        finally:
            self._came.put(END)

    def _follow(self) -> bool:
        """Hand on what comes, until the line has gone (true) or nobody wants to hear it (false)."""
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            ready, _, _ = select.select([self._socket.fileno(), self._stop], [], [])
            if self._stop in ready:
                return False
            try:
                data = self._socket.recv(65536)
            except OSError:
                data = b""
            if not data:
                return True
            if text := decoder.decode(data):
                self._hear(text)
                self._came.put(text)

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> str:
        """What has come, as soon as there is any. `timeout` is in seconds, None for ever.

        Raises pexpect.TIMEOUT, and pexpect.EOF once the line has gone.
        """
        del size  # all that has come is given: pexpect keeps what it does not need yet
        if self.flag_eof:
            raise pexpect.EOF("the line has gone")
        try:
            text = self._came.get(timeout=None if timeout is None else max(timeout, 0.001))
        except queue.Empty:
            raise pexpect.TIMEOUT("nothing came") from None
        if text == END:
            self.flag_eof = True
            raise pexpect.EOF("the line has gone")
        return text

    def send(self, text: str) -> None:
        # A machine that is off, or starts again, hears nothing.
        with suppress(OSError):
            self._socket.sendall(text.encode())

    def hand_over(self) -> socket.socket:
        """Stop listening, and give the socket to somebody who does."""
        if self._listener.is_alive():
            os.eventfd_write(self._stop, 1)
            self._listener.join()
        return self._socket

    def close(self) -> None:
        self.hand_over().close()
