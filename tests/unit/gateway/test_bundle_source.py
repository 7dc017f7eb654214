"""Where a bundle comes from, and that nothing of it is left."""

from __future__ import annotations

import http.server
import io
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.update import source as bundle_source

BUNDLE = b"a bundle" * 1000


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    return tmp_path / "run/incoming.raucb"


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "braid.raucb").write_bytes(BUNDLE)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_file_is_taken_where_it_is(tmp_path: Path, incoming: Path) -> None:
    file = tmp_path / "braid.raucb"
    file.write_bytes(BUNDLE)
    with bundle_source.local(str(file), incoming) as bundle:
        assert bundle == file
    assert file.read_bytes() == BUNDLE


def test_what_comes_from_the_web_is_kept_only_as_long_as_it_is_needed(web: str, incoming: Path) -> None:
    with bundle_source.local(f"{web}/braid.raucb", incoming) as bundle:
        assert bundle.read_bytes() == BUNDLE
    assert not incoming.exists()


def test_what_comes_on_standard_input_too(incoming: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BUNDLE)))
    with bundle_source.local("-", incoming) as bundle:
        assert bundle.read_bytes() == BUNDLE
    assert not incoming.exists()


@pytest.mark.parametrize("source", ["/no/such/file", "{web}/no-such-bundle", "http://127.0.0.1:1/braid.raucb"])
def test_what_cannot_be_had_is_told_and_leaves_nothing(source: str, web: str, incoming: Path) -> None:
    with pytest.raises(Mistake), bundle_source.local(source.format(web=web), incoming):
        raise AssertionError("there is no bundle")
    assert not incoming.exists()
