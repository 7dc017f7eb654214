"""Who gets an answer from a server's OpenVPN: those with a key that is wrapped for it. Nobody else hears a word."""

from __future__ import annotations

import re
import secrets as randomness
import socket
from pathlib import Path

import pytest

from gateway_init.config import secret
from gateway_init.config.allotted import allot
from gateway_init.render.services import services
from gateway_init.wellknown import unit
from servers import keys, kit, tls_crypt
from tests.netns.gateway import SITE
from tests.programs.tunnel import DONE, Ends

PATH, NEAR = "adsl-near", SITE.servers["near"]
HELLO = bytes([7 << 3]) + randomness.token_bytes(8) + bytes(5)
"""The first packet of a client that wraps nothing: P_CONTROL_HARD_RESET_CLIENT_V2 (openvpn-protocol(7)), acknowledging
nothing, with the id 0."""
SILENCE = 2.0


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    keys.make_missing(SITE, folder)
    return folder


def serve(ends: Ends, secrets: Path, folder: Path, *, wrapped: bool = True) -> None:
    """The server of the kit, with its own config, as its unit starts it."""
    etc = kit.render(SITE, "near", secrets, folder / "kits") / kit.SETTINGS
    config = (etc / "openvpn.conf").read_text().replace("/etc/braid-server", str(etc))
    config = re.sub("(?m)^status .*", "", config)
    started = (etc.parent / kit.UNITS / kit.OPENVPN).read_text()
    files = {"key": etc / "openvpn.key"}
    more = []
    if wrapped:
        assert "--tls-crypt-v2 %d/openvpn.tls-crypt force-cookie" in started
        more = ["--tls-crypt-v2", str(etc / "openvpn.tls-crypt"), "force-cookie"]
    ends.start("server", config, files, *more)
    ends.until("server", DONE)


def call(ends: Ends, secrets: Path, wrapping: Path) -> None:
    config = services(SITE, lambda name: keys.read(secrets, name), allot(SITE))[unit.openvpn(PATH)].config
    own = {"key": secrets / secret.path_key(PATH), "cert": secrets / secret.path_certificate(PATH)}
    ends.start("client", config, {**own, "tls-crypt-v2": wrapping})


def answer() -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(SILENCE)
        stranger.sendto(HELLO, (str(NEAR.address), NEAR.openvpn.port))
        try:
            return stranger.recv(2048)
        except TimeoutError:
            return b""


def test_the_gateway_s_own_key_opens_the_tunnel(ends: Ends, secrets: Path, tmp_path: Path) -> None:
    serve(ends, secrets, tmp_path)
    call(ends, secrets, secrets / secret.path_wrapping(PATH))
    ends.until("client", DONE)


def test_who_wraps_nothing_hears_nothing(ends: Ends, secrets: Path, tmp_path: Path) -> None:
    serve(ends, secrets, tmp_path, wrapped=False)
    assert answer()
    serve(ends, secrets, tmp_path)
    assert answer() == b""


def test_a_key_that_another_server_wrapped_opens_nothing(ends: Ends, secrets: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text(tls_crypt.new_client_key(tls_crypt.new_server_key()))
    serve(ends, secrets, tmp_path)
    call(ends, secrets, other)
    ends.until("server", "client key authentication error")
