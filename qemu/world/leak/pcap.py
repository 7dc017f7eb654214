"""Captures as tcpdump(8) writes them: the classic format of pcap-savefile(5), of Ethernet frames, and no other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

MAGIC = {0xA1B2C3D4: 10**6, 0xA1B23C4D: 10**9}
"""What the file begins with, in its writer's byte order, and into how many parts a second is cut."""
ETHERNET = 1
"""LINKTYPE_ETHERNET."""
HEAD, RECORD = "IHHiIII", "IIII"
HEAD_SIZE, RECORD_SIZE = struct.calcsize(f"<{HEAD}"), struct.calcsize(f"<{RECORD}")
MOST = 262144
"""Bytes of a packet; tcpdump itself takes no more (MAXIMUM_SNAPLEN)."""


class Broken(ValueError):
    """It is no such file, or ends in the middle of a packet."""


class Record(NamedTuple):
    """A packet as it was caught."""

    at: float
    """Seconds since 1970."""
    data: bytes
    """What was kept of it: its beginning."""
    length: int
    """How many bytes it had on the wire."""
    end: int
    """Where the next one begins in the file."""


def records(text: bytes, begin: int = 0, *, live: bool = False) -> Iterator[Record]:
    """The packets of a file from a place on, which is 0 or a record's end. `live`: somebody still writes it, so it may
    end in the middle of a packet. Raises Broken."""
    if len(text) < HEAD_SIZE:
        raise Broken("it has no header")
    order = next((each for each in "<>" if struct.unpack_from(f"{each}I", text)[0] in MAGIC), None)
    if order is None:
        raise Broken("it does not begin as a capture does")
    magic, *_, link = struct.unpack_from(order + HEAD, text)
    # The upper bits tell whether frames end with a checksum.
    if link & 0xFFFF != ETHERNET:
        raise Broken(f"its link type is {link & 0xFFFF}, and not Ethernet's")
    at = begin or HEAD_SIZE
    while at < len(text):
        if len(text) - at < RECORD_SIZE:
            break
        seconds, parts, kept, length = struct.unpack_from(order + RECORD, text, at)
        if kept > min(length, MOST) or parts >= MAGIC[magic]:
            raise Broken(f"at byte {at} there is no packet")
        end = at + RECORD_SIZE + kept
        if end > len(text):
            break
        yield Record(seconds + parts / MAGIC[magic], text[at + RECORD_SIZE : end], length, end)
        at = end
    if at < len(text) and not live:
        raise Broken(f"it ends in the middle of the packet at byte {at}")


def written(packets: Iterator[bytes] | list[bytes]) -> bytes:
    """A file with those frames, for whoever catches them by himself."""
    head = struct.pack(f"<{HEAD}", 0xA1B2C3D4, 2, 4, 0, 0, MOST, ETHERNET)
    return head + b"".join(struct.pack(f"<{RECORD}", 0, 0, len(each), len(each)) + each for each in packets)
