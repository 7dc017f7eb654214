"""Asking for the time, by real TLS and through a real SOCKS server: who is believed, and who is not."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway_init.evidence.clock import Sample
from gateway_init.probe import clock
from servers import self_signed

NAME = "localhost"
DAY = timedelta(days=1)


def certificate(folder: Path, since: datetime, until: datetime, name: str = NAME) -> Path:
    """Key and certificate of a server, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), since, until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}-{since:%Y}.pem"
    file.write_text(self_signed.pem(key) + made.public_bytes(Encoding.PEM).decode())
    return file


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server for one connection; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=lambda: serve(server.accept()[0]), daemon=True)
        thread.start()
        yield server.getsockname()[1]


@contextmanager
def web(file: Path, date: str) -> Iterator[int]:
    """A web server that says it is `date`."""

    def serve(line: socket.socket) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(file)
        try:
            with tls.wrap_socket(line, server_side=True) as safe:
                assert safe.recv(4096).startswith(b"HEAD / HTTP/1.1\r\n")
                safe.sendall(f"HTTP/1.1 301 Moved\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
        except OSError:
            pass

    with listening(serve) as port:
        yield port


@contextmanager
def socks() -> Iterator[int]:
    """A SOCKS server, as ss-local is."""

    def serve(line: socket.socket) -> None:
        assert line.recv(3) == b"\5\1\0"
        line.sendall(b"\5\0")
        asked = line.recv(10)
        assert asked[:4] == b"\5\1\0\1"
        far = socket.create_connection((socket.inet_ntoa(asked[4:8]), int.from_bytes(asked[8:])))
        line.sendall(b"\5\0\0\1" + bytes(6))
        for source, sink in ((line, far), (far, line)):
            threading.Thread(target=_carry, args=(source, sink), daemon=True).start()

    with listening(serve) as port:
        yield port


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):  # one end has hung up on a stranger
        while data := source.recv(4096):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def told(file: Path, date: str, trusted: Path | None = None) -> list[Sample]:
    tls = clock.context()
    tls.load_verify_locations(trusted or file)
    with web(file, date) as port, socks() as proxy:
        return clock.ask([NAME], tls, clock.Way(("127.0.0.1", proxy), port))


def test_the_time_comes_through_the_chain_and_is_right_within_a_second(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    (sample,) = told(certificate(tmp_path, now - DAY, now + DAY), formatdate(time.time() + 3600, usegmt=True))
    assert sample.server == NAME
    assert abs(sample.offset - 3600) <= 1.0


def test_a_clock_of_2009_does_not_keep_it_from_asking(tmp_path: Path) -> None:
    # For a clock that is behind, a certificate of today is one of the future; that of 2060 is for ours.
    far = datetime(2060, 1, 1, tzinfo=UTC)
    date = formatdate((far + DAY).timestamp(), usegmt=True)
    (sample,) = told(certificate(tmp_path, far, far + 2 * DAY), date)
    assert abs(time.time() + sample.offset - (far + DAY).timestamp()) <= 2.0


def test_who_has_no_certificate_for_the_time_that_he_tells_is_not_believed(tmp_path: Path) -> None:
    old = datetime(2015, 1, 1, tzinfo=UTC)
    file = certificate(tmp_path, old, old + DAY)
    assert told(file, formatdate((old + 2 * DAY).timestamp(), usegmt=True)) == []
    assert len(told(file, formatdate((old + DAY / 2).timestamp(), usegmt=True))) == 1


def test_a_stranger_is_not_believed(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ours = certificate(tmp_path, now - DAY, now + DAY)
    other = certificate(tmp_path, now - DAY, now + DAY, "other.example")
    date = formatdate(usegmt=True)
    assert told(other, date, trusted=ours) == []
    # Known, but not by the name that was asked.
    assert told(other, date) == []


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 99 Foo 2026 00:00:00 GMT"])
def test_an_answer_without_a_time_is_none(tmp_path: Path, date: str) -> None:
    now = datetime.now(UTC)
    assert told(certificate(tmp_path, now - DAY, now + DAY), date) == []


def test_without_a_chain_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    assert clock.ask([NAME, NAME], clock.context(), clock.Way(("127.0.0.1", free))) == []
