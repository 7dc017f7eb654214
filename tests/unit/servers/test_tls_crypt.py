"""The wrapping of a tunnel's handshake: each client brings what its own server can open, and no other can."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servers import tls_crypt

SERVER = tls_crypt.new_server_key()
CLIENT = tls_crypt.new_client_key(SERVER)


def test_a_client_s_key_is_opened_by_its_own_server_alone() -> None:
    assert tls_crypt.belong_together(SERVER, CLIENT)
    assert not tls_crypt.belong_together(tls_crypt.new_server_key(), CLIENT)


def test_no_two_clients_share_a_key() -> None:
    other = tls_crypt.new_client_key(SERVER)
    assert set(other.splitlines()[1:-1]).isdisjoint(CLIENT.splitlines()[1:-1])


def test_they_are_as_long_as_openvpn_s_own() -> None:
    assert [len(line) for line in SERVER.splitlines()[1:-1]] == [64, 64, 44]
    # 256 of the key; 32 of the tag, 256 of the key again, 9 of the time, 2 of the length.
    assert sum(map(len, CLIENT.splitlines()[1:-1])) * 3 // 4 == 555


@given(st.integers(0, len(CLIENT.splitlines()) - 3), st.integers(0, 63))
def test_a_key_with_one_character_changed_is_none_of_the_server_s(line: int, at: int) -> None:
    lines = CLIENT.splitlines()
    at %= len(lines[1 + line])
    old = lines[1 + line][at]
    lines[1 + line] = f"{lines[1 + line][:at]}{'A' if old != 'A' else 'B'}{lines[1 + line][at + 1 :]}"
    assert not tls_crypt.belong_together(SERVER, "\n".join(lines))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not an OpenVPN tls-crypt-v2 server key in PEM"),
        (CLIENT, "is not an OpenVPN tls-crypt-v2 server key in PEM"),
        (SERVER.replace("\n", "\n?", 1), "is not base64"),
        (SERVER.replace(SERVER.splitlines()[1] + "\n", ""), "holds 80 bytes, not 128"),
    ],
)
def test_what_is_no_key_of_a_server_is_told(text: str, said: str) -> None:
    assert tls_crypt.fault(SERVER, tls_crypt.SERVER) == tls_crypt.fault(CLIENT, tls_crypt.CLIENT) == ""
    assert said in tls_crypt.fault(text, tls_crypt.SERVER)
    assert tls_crypt.fault(SERVER, tls_crypt.CLIENT)
