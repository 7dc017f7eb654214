"""A terminal joined to a line, which is lent to a program and given back."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from qemu.drive import bridge
from qemu.drive.gateway import LENT

PATIENCE = 20.0
"""Seconds after which a test that waits for bytes has failed."""


class Desk:
    """A person's keyboard and screen, and the machine at the other end of the line."""

    def __init__(self, folder: Path, asked: socket.socket) -> None:
        self._folder = folder
        self.machine, line = socket.socketpair()
        self.machine.settimeout(PATIENCE)
        keyboard, self._keys = os.pipe()
        self._seen, screen = os.pipe()
        self._joined = threading.Thread(
            target=bridge._join, args=(line, keyboard, screen, b"", None, asked), daemon=True
        )
        self._joined.start()

    def type(self, keys: bytes) -> None:
        os.write(self._keys, keys)

    def visitor(self) -> socket.socket:
        visitor = socket.socket(socket.AF_UNIX)
        visitor.settimeout(PATIENCE)
        visitor.connect(str(self._folder / LENT))
        return visitor

    def sees(self, text: bytes) -> bool:
        seen = b""
        while text not in seen:
            seen += os.read(self._seen, 4096)
        return True

    def left(self) -> bool:
        self._joined.join(PATIENCE)
        return not self._joined.is_alive()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with bridge.lender(tmp_path) as asked:
        desk = Desk(tmp_path, asked)
        yield desk
        desk.type(bridge.LEAVE)
        assert desk.left()


def heard(line: socket.socket, text: bytes) -> bool:
    came = b""
    while text not in came:
        came += line.recv(4096)
    return True


def test_what_is_typed_goes_to_the_machine_and_what_it_says_to_the_screen(desk: Desk) -> None:
    desk.type(b"ls\r")
    assert heard(desk.machine, b"ls\r")
    desk.machine.sendall(b"files\r\n")
    assert desk.sees(b"files")
    desk.type(bridge.LEAVE)
    assert desk.left()


def test_a_visitor_has_the_line_and_leaves_a_fresh_shell(desk: Desk) -> None:
    visitor = desk.visitor()
    assert desk.sees(b"lent to a program")
    desk.type(b"unheard")
    visitor.sendall(b"echo story\r")
    assert heard(desk.machine, b"echo story\r")
    desk.machine.sendall(b"story\r\n")
    assert heard(visitor, b"story\r\n")
    assert desk.sees(b"story")

    visitor.close()

    assert heard(desk.machine, bridge.FRESH)
    assert desk.sees(b"yours again")
    desk.type(b"mine\r")
    assert desk.machine.recv(4096) == b"mine\r"


def test_the_person_can_leave_while_the_line_is_lent(desk: Desk) -> None:
    visitor = desk.visitor()
    assert desk.sees(b"lent to a program")
    desk.type(bridge.LEAVE)
    assert desk.left()
    visitor.close()
