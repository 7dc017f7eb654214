"""The request through the whole chain, against servers that answer, refuse, or hang up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address

from gateway_init.probe import chain

HERE = IPv4Address("127.0.0.1")


@contextmanager
def resolver(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """A server for one request on the loopback interface; its port."""
    with socket.create_server((str(HERE), 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(answer(line.recv(512)))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


def test_an_answer_is_good() -> None:
    with resolver(lambda query: query) as port:
        assert chain.ask(HERE, port) == ""


def test_a_proxy_that_hangs_up_is_no_answer() -> None:
    with resolver(lambda _: b"") as port:
        assert chain.ask(HERE, port) == "no answer from 127.0.0.1: the connection was closed"


def test_somebody_else_s_answer_is_no_answer() -> None:
    with resolver(lambda query: query[:2] + bytes(2) + query[4:]) as port:
        assert "no answer" in chain.ask(HERE, port)


def test_a_proxy_that_listens_and_says_nothing_is_no_answer() -> None:
    with socket.create_server((str(HERE), 0)) as server:
        assert chain.ask(HERE, server.getsockname()[1], 0.2) == "no answer from 127.0.0.1 in 0 s"


def test_a_refused_connection_says_so() -> None:
    with socket.create_server((str(HERE), 0)) as server:
        port = server.getsockname()[1]
    assert chain.ask(HERE, port) == "Connection refused while asking 127.0.0.1"
