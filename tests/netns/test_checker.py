"""Programs that answer, and such as do not, over real sockets; one that hangs is told once."""

from __future__ import annotations

import queue
import select
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from gateway_init.base.clock import uptime
from gateway_init.base.process import run
from gateway_init.daemon.checker import Checker
from gateway_init.daemon.usage import Spell
from gateway_init.probe import programs

PATIENCE = 30.0


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    run(["ip", "link", "set", "lo", "up"])
    monkeypatch.setattr(programs, "ANSWER", PATIENCE)


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nobody answers."""
    monkeypatch.setattr(programs, "ANSWER", 0.2)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as line:
        yield line


def serving(line: socket.socket, answer: Callable[[bytes], bytes]) -> threading.Thread:
    """Whoever answers one question on a connection."""

    def serve() -> None:
        asker, _ = line.accept()
        with asker:
            asker.sendall(answer(asker.recv(512)))

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


def test_a_socks_server_greets_or_does_not(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    port = listener.getsockname()[1]
    asked: list[bytes] = []
    thread = serving(listener, lambda said: asked.append(said) or b"\x05\x00")  # type: ignore[func-returns-value]
    assert programs.greets(port)
    thread.join()
    impatient(monkeypatch)
    assert asked == [b"\x05\x01\x00"]
    assert not programs.greets(port), "nobody accepts"
    listener.close()
    assert not programs.greets(port), "nobody listens"


def test_who_waits_to_be_accepted_is_seen(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert programs.accepts(port)
    with socket.create_connection(("127.0.0.1", port)):
        assert not programs.accepts(port)
        listener.accept()[0].close()
        assert programs.accepts(port)


def test_a_name_server_says_something_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        asked: list[bytes] = []

        def serve() -> None:
            said, peer = server.recvfrom(512)
            asked.append(said)
            server.sendto(said[:2] + b"\x81\x80", peer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert programs.answers("127.0.0.1", port, "home.home.arpa")
        thread.join()
        impatient(monkeypatch)
        assert asked[0][12:-4] == b"\x04home\x04home\x04arpa\x00"
        assert not programs.answers("127.0.0.1", port, "localhost")


def test_who_hangs_is_told_and_nobody_else() -> None:
    checks = {"hangs": lambda: False, "works": lambda: True, "is slow": lambda: False, "rests": lambda: False}
    worked = iter(range(10_000))

    def usage(unit: str) -> int | None:
        return {"is slow": next(worked), "rests": None}.get(unit, 7)

    checker = Checker(checks, usage, Spell())
    checker.start()
    assert select.select([checker.wakeup], [], [], PATIENCE)[0]
    checker.ended()
    assert list(checker.hanging()) == ["hangs"]
    assert list(checker.hanging()) == []


def test_while_the_lan_asks_for_nothing_hardly_anybody_is_asked_and_all_are_once_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gateway_init.daemon.checker.RARELY", 1000 * PATIENCE)
    asked: queue.SimpleQueue[None] = queue.SimpleQueue()
    asks = Spell()
    Checker({"works": lambda: asked.put(None) or True}, lambda _: 7, asks).start()  # type: ignore[func-returns-value]
    asked.get(timeout=PATIENCE)
    asks.sign(uptime())
    asked.get(timeout=PATIENCE)
