"""The half of an iPhone that is asked for its trust: `python3 -m qemu.world.inside.iphone LINE`.

Its USB has an interface of Apple's own, over which usbmuxd(8) speaks with services on it as by TCP; the names are those
of usbmuxd's sources (src/device.c). It notes whom it trusts, and who began a session. That it then shares its
connection is for Apple's driver and a real one to show.
"""

from __future__ import annotations

import plistlib
import struct
import sys
import threading
from pathlib import Path
from typing import BinaryIO

from gateway_init.base import process
from qemu.world.description import Line, from_json
from qemu.world.inside import gadget, lent, trust
from qemu.world.inside.gadget import Gadget

NUMBER = "05ac:12a8"
SERIAL = "00008030001C2D223A42802E"
SESSIONS = Path("/run/world/iphone-sessions")
"""A line for each session that somebody whom it trusts began."""
MOST = 65536
"""Bytes that come at once."""

INTERFACE = (9, 4, 0, 0, 2, 255, 254, 2, 1)
"""Of a maker's own class, as usbmuxd looks for it, with two endpoints (USB 2.0, 9.6.5)."""
IN, OUT = 0x81, 0x02
BULK = 2

VERSION, TCP = 0, 6
MAGIC = 0xFACEFACE
SYN, RST, ACK = 2, 4, 16
MUX, SEGMENT = struct.Struct(">IIIHH"), struct.Struct(">HHIIBBHHH")
SHORT = struct.Struct(">II")
"""The header of what is said until both know which version they speak."""


def descriptors(packet: int) -> bytes:
    """Of the interface, where packets have so many bytes at most."""
    ends = [struct.pack("<BBBBHB", 7, 5, end, BULK, packet, 0) for end in (IN, OUT)]
    return bytes(INTERFACE) + b"".join(ends)


def described() -> bytes:
    """What FunctionFS is told of it (linux/usb/functionfs.h): at full and at high speed, three descriptors each."""
    body = struct.pack("<II", 3, 3) + descriptors(64) + descriptors(512)
    return struct.pack("<III", 3, 12 + len(body), 1 | 2) + body


def strings() -> bytes:
    body = struct.pack("<IIH", 1, 1, int(gadget.ENGLISH, 16)) + b"Apple USB Multiplexor\0"
    return struct.pack("<II", 2, 8 + len(body)) + body


class Phone:
    """What it says to each packet that comes."""

    def __init__(self) -> None:
        self.trusted: set[str] = set()
        self._sent = 0
        self._streams: dict[int, list[int]] = {}
        """By the other end's port: the bytes that were sent, and those that came."""
        self._asked: dict[int, bytes] = {}

    def hear(self, packet: bytes) -> list[bytes]:
        """The packets that answer one."""
        kind, _ = SHORT.unpack_from(packet)
        if kind == VERSION:
            self._sent = 0
            self._streams.clear()
            return [SHORT.pack(VERSION, 20) + struct.pack(">III", 2, 0, 0)]
        if kind != TCP:
            return []
        source, port, _, _, _, flags, *_ = SEGMENT.unpack_from(packet, MUX.size)
        return [self._wrapped(each) for each in self._segments(source, port, flags, packet[MUX.size + SEGMENT.size :])]

    def _segments(self, source: int, port: int, flags: int, body: bytes) -> list[bytes]:
        if port != trust.PORT or flags & RST:
            self._streams.pop(source, None)
            return [] if flags & RST else [SEGMENT.pack(port, source, 0, 1, 0x50, RST, 0, 0, 0)]
        if flags & SYN:
            self._streams[source] = [1, 1]
            self._asked[source] = b""
            return [SEGMENT.pack(port, source, 0, 1, 0x50, SYN | ACK, 512, 0, 0)]
        if source not in self._streams or not body:
            return []
        stream = self._streams[source]
        stream[1] += len(body)
        self._asked[source] += body
        text = b"".join(self._answers(source))
        segment = SEGMENT.pack(port, source, *stream, 0x50, ACK, 512, 0, 0) + text
        stream[0] += len(text)
        return [segment]

    def _answers(self, source: int) -> list[bytes]:
        """To each whole question that has come: its length, and a property list."""
        found = []
        asked = self._asked[source]
        while len(asked) >= 4 and len(asked) >= (end := 4 + int.from_bytes(asked[:4])):
            told = trust.answer(plistlib.loads(asked[4:end]), self.trusted)
            if "SessionID" in told:
                with SESSIONS.open("a") as note:
                    note.write(told["SessionID"] + "\n")
            text = plistlib.dumps(told)
            found.append(len(text).to_bytes(4) + text)
            asked = asked[end:]
        self._asked[source] = asked
        return found

    def _wrapped(self, segment: bytes) -> bytes:
        header = MUX.pack(TCP, MUX.size + len(segment), MAGIC, self._sent, 0)
        self._sent = (self._sent + 1) & 0xFFFF
        return header + segment


def shown(line: Line) -> Gadget:
    return Gadget(f"{line.name}-iphone", NUMBER, f"ffs.{line.name}", {}, SERIAL)


def main(name: str) -> None:
    """Be the telephone of a line: it is there anew as soon as it was pulled out."""
    world = from_json(lent.WORLD.read_text())
    line = world.line(name)
    lent.ready()
    device = shown(line)
    device.make()
    ends = Path(f"/run/world/ffs-{name}")
    ends.mkdir()
    process.run(["mount", "-t", "functionfs", name, ends])
    SESSIONS.touch()
    control = (ends / "ep0").open("r+b", buffering=0)
    control.write(described())
    control.write(strings())
    threading.Thread(target=_heed, args=(control,), daemon=True).start()
    threading.Thread(target=_speak, args=(Phone(), ends), daemon=True).start()
    device.plug(lent.controller(line))
    while True:
        lent.lend_until_pulled(world, line, NUMBER)


def _heed(control: BinaryIO) -> None:
    """Take note of what is done with it; nothing of that needs an answer."""
    while control.read(12):
        pass


def _speak(phone: Phone, ends: Path) -> None:
    with (ends / "ep1").open("wb", buffering=0) as told, (ends / "ep2").open("rb", buffering=0) as heard:
        while True:
            try:
                if packet := heard.read(MOST):
                    for answer in phone.hear(packet):
                        told.write(answer)
            except OSError:
                # Pulled out, or given another configuration: whoever comes next begins anew.
                continue


if __name__ == "__main__":
    main(*sys.argv[1:])
