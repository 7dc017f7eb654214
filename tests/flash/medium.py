"""Disks with a will of their own: a file that QEMU reads and writes by NBD, and what goes wrong on the way.

The protocol is the Network Block Device project's (its doc/proto.md), as far as QEMU needs it.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import threading
from io import BufferedRWPair
from pathlib import Path

MAGIC, OPTION, ANSWER = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
FIXED_NEWSTYLE = 1
GO = 7
ACK, INFO, UNSUPPORTED = 1, 3, (1 << 31) + 1
HAS_FLAGS, CAN_FLUSH = 1, 4
REQUEST, REPLY = 0x25609513, 0x67446698
READ, WRITE, DISCONNECT, FLUSH = range(4)

SLOW = 0.05
"""Seconds that a slow disk takes for each write: a few MB/s."""


class Medium:
    """An honest disk; its subclasses are not. What has come to it is in `file`."""

    def __init__(self, file: Path, size: int) -> None:
        """Make it of what the file holds; it is `size` bytes large."""
        self.file = file
        self.size = size
        self.socket = file.with_suffix(".nbd")
        self._content = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.truncate(self._content, size)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(self.socket))
        self._door.listen()
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()

    def read(self, offset: int, length: int) -> bytes:
        """What the disk answers. An OSError is told to the machine."""
        return os.pread(self._content, length, offset)

    def write(self, offset: int, data: bytes) -> None:
        """What the disk does with what it is given. An OSError is told to the machine."""
        os.pwrite(self._content, data, offset)

    def _serve(self) -> None:
        line, _ = self._door.accept()
        with line, line.makefile("rwb") as stream:
            self._agree(stream)
            while self._obey(stream):
                stream.flush()
        os.close(self._content)

    def _agree(self, stream: BufferedRWPair) -> None:
        """The handshake: QEMU asks for this and that, and we know nothing but GO."""
        stream.write(struct.pack(">QQH", MAGIC, OPTION, FIXED_NEWSTYLE))
        stream.flush()
        stream.read(4)
        option = None
        while option != GO:
            _, option, length = struct.unpack(">QII", stream.read(16))
            stream.read(length)
            if option == GO:
                about = struct.pack(">HQH", 0, self.size, HAS_FLAGS | CAN_FLUSH)
                stream.write(struct.pack(">QIII", ANSWER, GO, INFO, len(about)) + about)
            stream.write(struct.pack(">QIII", ANSWER, option, ACK if option == GO else UNSUPPORTED, 0))
            stream.flush()

    def _obey(self, stream: BufferedRWPair) -> bool:
        """One request; whether there may be another."""
        head = stream.read(28)
        if not head:
            return False
        _, _, kind, handle, offset, length = struct.unpack(">IHHQQI", head)
        if kind == DISCONNECT:
            return False
        came = stream.read(length) if kind == WRITE else b""
        answer, code = b"", 0
        try:
            if kind == READ:
                answer = self.read(offset, length)
            elif kind == WRITE:
                self.write(offset, came)
            elif kind != FLUSH:
                code = errno.EINVAL
        except OSError as error:
            code = error.errno or errno.EIO
        stream.write(struct.pack(">IIQ", REPLY, code, handle) + answer)
        return True


class Liar(Medium):
    """One bit of what it was given comes back as another."""

    def __init__(self, file: Path, size: int, wrong: int) -> None:
        self.wrong = wrong
        super().__init__(file, size)

    def read(self, offset: int, length: int) -> bytes:
        data = bytearray(super().read(offset, length))
        if offset <= self.wrong < offset + length:
            data[self.wrong - offset] ^= 1
        return bytes(data)


class Counterfeit(Medium):
    """It has fewer bytes than it says: what lies behind them is written over its beginning."""

    def __init__(self, file: Path, size: int, real: int) -> None:
        self.real = real
        super().__init__(file, size)

    def read(self, offset: int, length: int) -> bytes:
        return super().read(offset % self.real, length)

    def write(self, offset: int, data: bytes) -> None:
        super().write(offset % self.real, data)


class Worn(Medium):
    """It gives up where it is written to at one byte, or cannot read that any more."""

    def __init__(self, file: Path, size: int, *, unwritable: int = -1, unreadable: int = -1) -> None:
        self.unwritable = unwritable
        self.unreadable = unreadable
        super().__init__(file, size)

    def read(self, offset: int, length: int) -> bytes:
        if offset <= self.unreadable < offset + length:
            raise OSError(errno.EIO, "unreadable")
        return super().read(offset, length)

    def write(self, offset: int, data: bytes) -> None:
        if offset <= self.unwritable < offset + len(data):
            raise OSError(errno.EIO, "unwritable")
        super().write(offset, data)


class Slow(Medium):
    """From a byte on it takes its time, and has `half_way` set; until somebody sets `hurry`."""

    def __init__(self, file: Path, size: int, half: int) -> None:
        self.half = half
        self.half_way = threading.Event()
        self.hurry = threading.Event()
        super().__init__(file, size)

    def write(self, offset: int, data: bytes) -> None:
        super().write(offset, data)
        if offset >= self.half:
            self.half_way.set()
        if self.half_way.is_set():
            self.hurry.wait(SLOW)
