"""A modem of mobile networks with a SIM in it, at the other end of a terminal, as far as mbimcli(1) asks it: the Mobile
Broadband Interface Model of the USB Implementers Forum (MBIM 1.0 errata 1), by which Linux talks to /dev/cdc-wdm*."""

from __future__ import annotations

import os
import struct
import threading
import tty
import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Interface
from pathlib import Path

OPEN, CLOSE, COMMAND, DONE = 1, 2, 3, 0x80000000
BASIC_CONNECT = uuid.UUID("a289cc33-bcbb-8b4f-b6b0-133ec2aae6df").bytes
INTERNET = uuid.UUID("7e5e2a7e-4e6f-7272-736b-656e7e5e2a7e").bytes
SUBSCRIBER, RADIO, PIN, REGISTER, PACKETS, CONNECT, IP = 2, 3, 4, 9, 10, 12, 15
"""Commands of that service."""
SUCCESS, FAILURE, NO_SIM, PIN_REQUIRED, NOT_REGISTERED = 0, 2, 3, 5, 7
INITIALIZED, NOT_INSERTED, LOCKED = 1, 2, 6
PIN1, PUK1 = 2, 11
SEARCHING, HOME, ROAMING = 2, 3, 4


def _text(text: str) -> bytes:
    return text.encode("utf-16-le")


@dataclass
class Modem:
    """One with a SIM, and what the network makes of it."""

    iccid: str = "8988211000000000007"
    pin: str = ""
    """That it asks for; empty for none."""
    attempts: int = 3
    """Left, before it asks for the PUK."""
    inserted: bool = True
    registration: int = HOME
    given: str = "10.44.5.6/30"
    """Empty for none."""
    mtu: int = 1428
    barred: int = SUCCESS
    """With what it answers whoever connects."""
    heard: list[str] = field(default_factory=list)
    """PINs that it was given, and access points that it was to connect to."""
    unlocked: bool = False
    connected: bool = False

    def __post_init__(self) -> None:
        self._line, far = os.openpty()
        tty.setraw(far)
        self.device = Path(os.ttyname(far))
        self._far = far
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        for descriptor in (self._far, self._line):
            with suppress(OSError):
                os.close(descriptor)

    def _serve(self) -> None:
        heard = b""
        while True:
            try:
                heard += os.read(self._line, 4096)
            except OSError:
                return
            while len(heard) >= 12 and len(heard) >= (length := struct.unpack_from("<I", heard, 4)[0]):
                os.write(self._line, self._answer(heard[:length]))
                heard = heard[length:]

    def _answer(self, message: bytes) -> bytes:
        kind, _, number = struct.unpack_from("<3I", message)
        if kind in (OPEN, CLOSE):
            return struct.pack("<4I", DONE | kind, 16, number, SUCCESS)
        assert kind == COMMAND
        service, command, sets, size = message[20:36], *struct.unpack_from("<3I", message, 36)
        status, said = self._obey(command, message[48 : 48 + size], sets=bool(sets))
        body = struct.pack("<2I", 1, 0) + service + struct.pack("<3I", command, status, len(said)) + said
        return struct.pack("<3I", DONE | COMMAND, 12 + len(body), number) + body

    @property
    def _locked(self) -> bool:
        return bool(self.pin) and not self.unlocked

    def _obey(self, command: int, said: bytes, *, sets: bool) -> tuple[int, bytes]:
        if command == SUBSCRIBER:
            return SUCCESS, self._subscriber()
        if not self.inserted:
            return NO_SIM, b""
        if command == PIN:
            return self._enter(said) if sets else SUCCESS, self._pin()
        if self._locked:
            return PIN_REQUIRED, b""
        if command == RADIO:
            return SUCCESS, struct.pack("<2I", 1, 1)
        if command == REGISTER:
            return SUCCESS, struct.pack("<11I", 0, self.registration, 1, 32, 1, 0, 0, 0, 0, 0, 0) + bytes(4)
        if self.registration not in (HOME, ROAMING):
            return NOT_REGISTERED, b""
        if command == PACKETS:
            return SUCCESS, struct.pack("<3I2Q", 0, 2, 32, 10**7, 10**7)
        if command == CONNECT:
            if sets and self.barred:
                return self.barred, b""
            if sets:
                self.connected = bool(struct.unpack_from("<I", said, 4)[0])
                if self.connected:
                    self.heard.append(self._string(said, 8))
            return SUCCESS, struct.pack("<4I", 0, 1 if self.connected else 3, 0, 1) + INTERNET + bytes(4)
        assert command == IP
        return SUCCESS, self._configuration()

    def _subscriber(self) -> bytes:
        state = (LOCKED if self._locked else INITIALIZED) if self.inserted else NOT_INSERTED
        name = _text(self.iccid) if self.inserted else b""
        head = struct.pack("<7I", state, 0, 0, 28 if name else 0, len(name), 0, 0)
        return head + name + bytes(-len(name) % 4)

    def _pin(self) -> bytes:
        return struct.pack("<3I", PIN1 if self.attempts else PUK1, self._locked, self.attempts)

    def _enter(self, said: bytes) -> int:
        entered = self._string(said, 8)
        self.heard.append(entered)
        self.unlocked = entered == self.pin and self.attempts > 0
        self.attempts = 3 if self.unlocked else max(self.attempts - 1, 0)
        return SUCCESS if self.unlocked else FAILURE

    def _configuration(self) -> bytes:
        if not self.given:
            return struct.pack("<15I", *[0] * 15)
        given = IPv4Interface(self.given)
        # An address and the size of packets; the address lies behind these words.
        words = [0, 0b1001, 0, 1, 60, 0, 0, 0, 0, 0, 0, 0, 0, self.mtu, 0]
        return struct.pack("<16I", *words, given.network.prefixlen) + given.ip.packed

    def _string(self, said: bytes, at: int) -> str:
        offset, size = struct.unpack_from("<2I", said, at)
        return said[offset : offset + size].decode("utf-16-le")
