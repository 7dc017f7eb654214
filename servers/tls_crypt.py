"""The keys that wrap a tunnel's handshake, so that a stranger's packet gets no answer: tls-crypt-v2 of openvpn(8).

A server has one key. Each client has one of its own, and takes with it a copy that only the server can open. How they
are made stands in OpenVPN's doc/tls-crypt-v2.txt.
"""

from __future__ import annotations

import base64
import re
import secrets
import struct
import time

from cryptography.hazmat.primitives import constant_time, hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

SERVER, CLIENT = "OpenVPN tls-crypt-v2 server key", "OpenVPN tls-crypt-v2 client key"
HALF = 64
"""Bytes of a key for a cipher, and as many for its authentication; of each the first 32 are used here."""
SERVER_BYTES, CLIENT_BYTES = 2 * HALF, 4 * HALF
USED = 32
TAG_BYTES = 32
LENGTH = struct.Struct("!H")
"""Of the wrapped key as a whole; its last two bytes, and the first that are authenticated."""
TIME = struct.Struct("!BQ")
"""What a server can be told of a client beside its key: type 1, and when the key was made, in seconds since 1970."""


def new_server_key() -> str:
    return _pem(SERVER, secrets.token_bytes(SERVER_BYTES))


def new_client_key(server_key: str) -> str:
    """A client's, for the server with that key. Raises ValueError for what is no server's key."""
    key = secrets.token_bytes(CLIENT_BYTES)
    return _pem(CLIENT, key + _wrap(key + TIME.pack(1, int(time.time())), _read(SERVER, server_key)))


def fault(text: str, title: str) -> str:
    """What keeps a text from being a key of that title, SERVER or CLIENT; empty if nothing does."""
    try:
        _read(title, text)
    except ValueError as error:
        return str(error)
    return ""


def belong_together(server_key: str, client_key: str) -> bool:
    """Whether the server can open what the client brings. Raises ValueError where one is no such key."""
    both = _read(CLIENT, client_key)
    key, wrapped = both[:CLIENT_BYTES], both[CLIENT_BYTES:]
    tag, sealed = wrapped[:TAG_BYTES], wrapped[TAG_BYTES : -LENGTH.size]
    server = _read(SERVER, server_key)
    opened = _cipher(server, tag, sealed)
    whole = wrapped.endswith(_length(opened)) and opened.startswith(key)
    return whole and constant_time.bytes_eq(tag, _tag(server, opened))


def _wrap(content: bytes, server: bytes) -> bytes:
    tag = _tag(server, content)
    return tag + _cipher(server, tag, content) + _length(content)


def _tag(server: bytes, content: bytes) -> bytes:
    made = hmac.HMAC(server[HALF : HALF + USED], hashes.SHA256())
    made.update(_length(content) + content)
    return made.finalize()


def _cipher(server: bytes, tag: bytes, text: bytes) -> bytes:
    """AES in counter mode is its own inverse; the tag's beginning is where it counts from."""
    made = Cipher(AES256(server[:USED]), CTR(tag[:16])).encryptor()
    return made.update(text) + made.finalize()


def _length(content: bytes) -> bytes:
    return LENGTH.pack(TAG_BYTES + len(content) + LENGTH.size)


def _pem(title: str, data: bytes) -> str:
    text = base64.b64encode(data).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {title}-----", *lines, f"-----END {title}-----"]) + "\n"


def _read(title: str, text: str) -> bytes:
    """The bytes of a key. Raises ValueError with what is wrong."""
    whole = re.fullmatch(f"-----BEGIN {title}-----\n(.*)\n-----END {title}-----", text.strip(), re.DOTALL)
    if whole is None:
        raise ValueError(f"is not an {title} in PEM")
    try:
        data = base64.b64decode(whole[1].replace("\n", ""), validate=True)
    except ValueError:
        raise ValueError("is not base64 between its first and its last line") from None
    least = SERVER_BYTES if title == SERVER else CLIENT_BYTES + TAG_BYTES + CLIENT_BYTES + LENGTH.size
    if len(data) < least or (title == SERVER and len(data) != least):
        raise ValueError(f"holds {len(data)} bytes, not {least}{'' if title == SERVER else ' and more'}")
    return data
