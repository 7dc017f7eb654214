"""Somebody who answers by SSH: a server's half of the handshake, up to the proof that the host key is its own.

RFC 4253 (packets, key exchange), RFC 8731 (curve25519-sha256), RFC 8709 (ssh-ed25519). What a client thinks of the key
shows in its next packet: the one that begins encryption, or none at all.
"""

from __future__ import annotations

import hashlib
import os
import socket
import struct
import threading
from io import BufferedRWPair
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

VERSION = b"SSH-2.0-Answering"
KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY = 20, 21, 30, 31
OFFER = ("curve25519-sha256", "ssh-ed25519", *("aes128-ctr",) * 2, *("hmac-sha2-256",) * 2, *("none",) * 2, "", "")
"""One name for each list of KEXINIT."""


class Answering:
    """Listens on a port of this machine, and takes one connection."""

    def __init__(self, host_key: Path) -> None:
        key = serialization.load_ssh_private_key(host_key.read_bytes(), password=None)
        assert isinstance(key, ed25519.Ed25519PrivateKey)
        self._key = key
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._door.getsockname()[1]}"
        self._believed = False
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()

    def believed(self) -> bool:
        """Whether the client went on once it had seen the host key."""
        self._server.join()
        return self._believed

    def _serve(self) -> None:
        connection, _ = self._door.accept()
        self._door.close()
        with connection, connection.makefile("rwb") as wire:
            try:
                self._greet(wire)
                self._believed = _receive(wire)[:1] == bytes([NEWKEYS])
            except (OSError, EOFError):
                return

    def _greet(self, wire: BufferedRWPair) -> None:
        wire.write(VERSION + b"\r\n")
        offer = bytes([KEXINIT]) + os.urandom(16) + b"".join(_text(name.encode()) for name in OFFER) + bytes(5)
        _send(wire, offer)
        theirs = wire.readline().rstrip(b"\r\n")
        wanted, begun = _receive(wire), _receive(wire)
        assert (wanted[0], begun[0]) == (KEXINIT, ECDH_INIT)
        point = begun[5:]
        secret = x25519.X25519PrivateKey.generate()
        own = secret.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        shared = secret.exchange(x25519.X25519PublicKey.from_public_bytes(point)).lstrip(b"\0")
        number = _text(b"\0" + shared if shared[0] & 0x80 else shared)
        raw = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        public = _text(b"ssh-ed25519") + _text(raw)
        heard = b"".join(_text(each) for each in (theirs, VERSION, wanted, offer, public, point, own)) + number
        proof = _text(b"ssh-ed25519") + _text(self._key.sign(hashlib.sha256(heard).digest()))
        _send(wire, bytes([ECDH_REPLY]) + _text(public) + _text(own) + _text(proof))
        _send(wire, bytes([NEWKEYS]))


def _text(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _send(wire: BufferedRWPair, payload: bytes) -> None:
    padding = 8 - (len(payload) + 5) % 8 + 8
    wire.write(struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding))
    wire.flush()


def _receive(wire: BufferedRWPair) -> bytes:
    """The payload of the next packet; empty where there is none any more."""
    head = wire.read(5)
    if len(head) < 5:
        return b""
    length, padding = struct.unpack(">IB", head)
    return wire.read(length - 1)[: length - 1 - padding]
