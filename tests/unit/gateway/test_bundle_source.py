"""Where a bundle comes from, and that nothing of it is left."""

from __future__ import annotations

import http.server
import io
import shutil
import ssl
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import run
from gateway_init.update import source as bundle_source

BUNDLE = b"a bundle" * 1000


LIMIT = len(BUNDLE)
"""Bytes that a slot has."""


class Room:
    """In a folder of this machine; tests/netns/test_incoming.py has a real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def __call__(self, limit: int) -> Iterator[Path]:
        assert limit == LIMIT
        self.folder.mkdir()
        try:
            yield self.folder
        finally:
            shutil.rmtree(self.folder)


@pytest.fixture
def incoming(tmp_path: Path) -> Room:
    return Room(tmp_path / "incoming")


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Host and port of a server of HTTPS whose certificate is trusted; /elsewhere leads to plain HTTP."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "braid.raucb").write_bytes(BUNDLE)
    key, certificate = tmp_path / "web.key", tmp_path / "web.crt"
    names = ["-subj", "/CN=web", "-addext", "subjectAltName=IP:127.0.0.1"]
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]
    run([*make, *names, "-keyout", key, "-out", certificate])
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path != "/elsewhere":
                super().do_GET()
                return
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:1/braid.raucb")
            self.end_headers()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_file_is_taken_where_it_is(tmp_path: Path, incoming: Room) -> None:
    file = tmp_path / "braid.raucb"
    file.write_bytes(BUNDLE)
    with bundle_source.local(str(file), LIMIT, incoming) as bundle:
        assert bundle == file
    assert file.read_bytes() == BUNDLE


def test_what_comes_from_the_web_is_kept_only_as_long_as_it_is_needed(web: str, incoming: Room) -> None:
    with bundle_source.local(f"https://{web}/braid.raucb", LIMIT, incoming) as bundle:
        assert bundle.read_bytes() == BUNDLE
    assert not incoming.folder.exists()


def test_what_comes_on_standard_input_too(incoming: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BUNDLE)))
    with bundle_source.local("-", LIMIT, incoming) as bundle:
        assert bundle.read_bytes() == BUNDLE
    assert not incoming.folder.exists()


@pytest.mark.parametrize("source", ["/no/such/file", "https://{web}/no-such-bundle", "https://127.0.0.1:1/x"])
def test_what_cannot_be_had_is_told_and_leaves_nothing(source: str, web: str, incoming: Room) -> None:
    with pytest.raises(Mistake), bundle_source.local(source.format(web=web), LIMIT, incoming):
        raise AssertionError("there is no bundle")
    assert not incoming.folder.exists()


@pytest.mark.parametrize(
    "source",
    ["http://{web}/braid.raucb", "HTTP://{web}/braid.raucb", "ftp://{web}/braid.raucb", "https://{web}/elsewhere"],
)
def test_what_could_be_read_on_its_way_is_refused_with_the_reason(source: str, web: str, incoming: Room) -> None:
    with (
        pytest.raises(Mistake, match="could read the bundle") as refused,
        bundle_source.local(source.format(web=web), LIMIT, incoming),
    ):
        raise AssertionError("there is no bundle")
    assert "https://" in refused.value.hint
    assert not incoming.folder.exists()


def test_what_is_larger_than_a_slot_is_cut_off_and_leaves_nothing(
    incoming: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/zero").open() as endless:
        monkeypatch.setattr(sys, "stdin", endless)
        with pytest.raises(Mistake, match=r"larger than a slot \(0 MB\)"), bundle_source.local("-", LIMIT, incoming):
            raise AssertionError("there is no bundle")
    assert not incoming.folder.exists()
