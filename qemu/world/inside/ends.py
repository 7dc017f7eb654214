"""How connections end, and what of it comes through: `python3 -m qemu.world.inside.ends WORD ...`.

    serve PORT              a site on this host's addresses; five ports from that one on, each ends its own way
    visit HOST PORT DEAD    its visitor: what became of each, as JSON; DEAD is an address where nobody is

A site behind a proxy may be told another end than its visitor made, and the other way round.
"""

from __future__ import annotations

import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

HALF, RESET, RESET_BY_VISITOR, HALF_FIRST, CLOSED = range(5)
"""What each port is for, counted from the first: the site answers once its visitor has said all; it resets; it tells
whether it was reset; it has said all before its visitor begins; nobody listens."""
AT_ONCE = struct.pack("ii", 1, 0)
"""SO_LINGER of socket(7): closing resets."""
SAID = 200_000
"""Bytes that are said after the other end has finished."""
PATIENCE = 120.0

NAP = 0.2
"""Seconds between two questions."""

ended: list[str] = []
"""How connections ended that their visitors ended first, as the site saw it."""


def serve(port: int) -> None:
    for ends in (_half, _reset, _reset_by_visitor, _half_first):
        threading.Thread(target=_listen, args=[port, ends], daemon=True).start()
        port += 1
    threading.Event().wait()


def _listen(port: int, ends: Callable[[socket.socket], None]) -> None:
    with socket.create_server(("", port)) as listener:
        while True:
            line, _ = listener.accept()
            with line, suppress(OSError):
                line.settimeout(PATIENCE)
                ends(line)


def _half(line: socket.socket) -> None:
    _read(line)
    line.sendall(bytes(SAID))


def _reset(line: socket.socket) -> None:
    line.recv(1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)


def _reset_by_visitor(line: socket.socket) -> None:
    """A visitor who asks is told how those before him ended."""
    if line.recv(1) == b"?":
        line.sendall(json.dumps(ended).encode())
        return
    line.sendall(b"!")
    ended.append(_read(line)[1])


def _half_first(line: socket.socket) -> None:
    line.shutdown(socket.SHUT_WR)
    count, _ = _read(line)
    ended.append(str(count))


def visit(host: str, port: int, dead: str) -> dict[str, str]:
    """What a visitor finds."""
    found = {}
    with _open(host, port + HALF) as line:
        line.sendall(b"?")
        line.shutdown(socket.SHUT_WR)
        found["bytes of an answer to one who has said all"] = str(_read(line)[0])
    with _open(host, port + HALF_FIRST) as line, suppress(OSError):
        _read(line)
        line.sendall(bytes(SAID))
    found["bytes that reach a site which has said all"] = _told(host, port, 1)
    with _open(host, port + RESET) as line:
        line.sendall(b"!")
        found["a site resets"] = _read(line)[1]
    line = _open(host, port + RESET_BY_VISITOR)
    line.sendall(b"!")
    line.recv(1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    line.close()
    found["its visitor resets"] = _told(host, port, 2)
    for what, where in (("nobody listens there", (host, port + CLOSED)), ("nobody is there", (dead, port))):
        begun = time.monotonic()
        try:
            with _open(*where) as line:
                found[what] = f"connects, then {_read(line)[1]} after {time.monotonic() - begun:.1f} s"
        except OSError as problem:
            found[what] = f"{type(problem).__name__} after {time.monotonic() - begun:.1f} s"
    return found


def _told(host: str, port: int, number: int) -> str:
    """How a connection ended, the first or the second one, as the site saw it."""
    told: list[str] = []
    deadline = time.monotonic() + PATIENCE
    while len(told) < number and time.monotonic() < deadline:
        with _open(host, port + RESET_BY_VISITOR) as line:
            line.sendall(b"?")
            told = json.loads(line.recv(1000))
        time.sleep(NAP)
    return told[number - 1] if told[number - 1 :] else "nothing"


def _open(host: str, port: int) -> socket.socket:
    return socket.create_connection((host, port), timeout=PATIENCE)


def _read(line: socket.socket) -> tuple[int, str]:
    """How many bytes came until the end, and which end that was."""
    count = 0
    try:
        while data := line.recv(65536):
            count += len(data)
    except TimeoutError:
        return count, "nothing"
    except OSError:
        return count, "reset"
    return count, "closed"


def main(word: str, *rest: str) -> None:
    if word == "serve":
        serve(int(*rest))
    else:
        host, port, dead = rest
        print(json.dumps(visit(host, int(port), dead)))


if __name__ == "__main__":
    main(*sys.argv[1:])
