"""Run on the LAN's client, with Python's own library alone: sends frames to the gateway, until it is ended.

They are those of a capture, with the right hardware addresses in them.
"""

from __future__ import annotations

import socket
import struct
import sys
import time
from pathlib import Path

PAUSE = 0.02
"""Seconds between two frames: a box that is emulated has other things to do, too."""
BROADCAST = bytes([255] * 6)


def frames(text: bytes) -> list[bytes]:
    """Those of a capture in this machine's byte order (pcap-savefile(5))."""
    found, at = [], 24
    while at < len(text):
        (kept,) = struct.unpack_from("<8xI", text, at)
        found.append(text[at + 16 : at + 16 + kept])
        at += 16 + kept
    return found


def main(device: str, gateway: str, file: str) -> None:
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((device, 0))
    own = wire.getsockname()[4]
    target = bytes.fromhex(gateway.replace(":", ""))
    sent = frames(Path(file).read_bytes())
    while True:
        for each in sent:
            whole = (BROADCAST if each.startswith(BROADCAST) else target) + own + each[12:]
            try:
                wire.send(whole.ljust(60, b"\0"))
            except OSError as error:
                # The gateway may just have lost its power.
                print(error, flush=True)
            time.sleep(PAUSE)
        print(f"{len(sent)} sent", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
