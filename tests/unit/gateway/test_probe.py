"""The request through the whole chain, against servers that answer, refuse, or hang up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest

from gateway_init.probe import chain

HERE = IPv4Address("127.0.0.1")


@contextmanager
def resolver(monkeypatch: pytest.MonkeyPatch, answer: Callable[[bytes], bytes]) -> Iterator[None]:
    """A server for one request on the loopback interface."""
    with socket.create_server((str(HERE), 0)) as server:
        monkeypatch.setattr(chain, "DNS_PORT", server.getsockname()[1])

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(answer(line.recv(512)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield
        thread.join()


def test_an_answer_is_good(monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, lambda query: query):
        assert chain.ask(HERE) == ""


def test_a_proxy_that_hangs_up_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, lambda _: b""):
        assert chain.ask(HERE) == "no answer from 127.0.0.1: the connection was closed"


def test_somebody_else_s_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, lambda query: query[:2] + bytes(2) + query[4:]):
        assert "no answer" in chain.ask(HERE)


def test_a_proxy_that_listens_and_says_nothing_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chain, "TIMEOUT", 0.2)
    with socket.create_server((str(HERE), 0)) as server:
        monkeypatch.setattr(chain, "DNS_PORT", server.getsockname()[1])
        assert chain.ask(HERE) == "no answer from 127.0.0.1 in 0 s"


def test_a_refused_connection_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((str(HERE), 0)) as server:
        monkeypatch.setattr(chain, "DNS_PORT", server.getsockname()[1])
    assert chain.ask(HERE) == "Connection refused while asking 127.0.0.1"
