"""A serial line that is always listened to.

QEMU throws away what nobody takes from its end of the socket (chardev/char-socket.c), and a socket holds but a few
hundred short writes. So a thread reads all the time, whoever may be waiting for something else meanwhile.
"""

from __future__ import annotations

import os
import queue
import select
import socket
import threading
from pathlib import Path

import pexpect
from pexpect.spawnbase import SpawnBase

END = b""
"""What the thread leaves behind when the line has gone."""


class Line(SpawnBase):
    """A unix socket for pexpect to wait on."""

    def __init__(self, path: Path) -> None:
        super().__init__(timeout=None, encoding="utf-8", codec_errors="replace")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self._came: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self.socket, self._stop], [], [])
            if self._stop in ready:
                return
            try:
                data = self.socket.recv(65536)
            except OSError:
                data = END
            self._came.put(data)
            if data == END:
                return

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> str:
        """What has come, as soon as there is any. `timeout` is in seconds, None for ever.

        Raises pexpect.TIMEOUT, and pexpect.EOF once the line has gone.
        """
        del size  # all that has come is given: pexpect keeps what it does not need yet
        if self.flag_eof:
            raise pexpect.EOF("the line has gone")
        try:
            data = self._came.get(timeout=timeout) if timeout is None or timeout > 0 else self._came.get_nowait()
        except queue.Empty:
            raise pexpect.TIMEOUT("nothing came") from None
        if data == END:
            self.flag_eof = True
            raise pexpect.EOF("the line has gone")
        text = self._decoder.decode(data, final=False)
        self._log(text, "read")
        return text

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def hand_over(self) -> socket.socket:
        """Stop listening, and give the socket to somebody who does."""
        os.eventfd_write(self._stop, 1)
        self._listener.join()
        return self.socket

    def close(self) -> None:
        if self._listener.is_alive():
            self.hand_over()
        self.socket.close()
