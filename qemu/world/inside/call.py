"""A call by UDP, both ends of it: `python3 -m qemu.world.inside.call WORD ...`.

    answer ADDRESS PORT     send each packet back to where it came from, with the address that it came from
    call ADDRESS PORT       50 packets a second, each as large as a voice's; a line for each that came back: when (the
                            machine's own seconds since 1970), its number, and the address that the other end saw

Both go on until they are ended.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time

EVERY = 0.02
"""Seconds from one packet to the next."""
SIZE = 160
"""Bytes of a packet: 20 ms of a voice (ITU-T G.711)."""
NUMBER = struct.Struct("!I")


def answer(address: str, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind((address, port))
        while True:
            heard, (host, source) = line.recvfrom(SIZE)
            seen = f"{host}:{source}".encode()
            line.sendto((heard[: NUMBER.size] + seen).ljust(SIZE, b"\0"), (host, source))


def call(address: str, port: int) -> None:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.connect((address, port))
    threading.Thread(target=_listen, args=[line], daemon=True).start()
    number, due = 0, time.monotonic()
    while True:
        try:
            line.send(NUMBER.pack(number).ljust(SIZE, b"\0"))
        except OSError as error:
            _tell(f"refused {time.time():.3f} {error.strerror}")
        number += 1
        # Who was held up goes on from there: a telephone has no more to say than is said.
        due = max(due + EVERY, time.monotonic())
        time.sleep(max(0.0, due - time.monotonic()))


def _listen(line: socket.socket) -> None:
    while True:
        try:
            heard = line.recv(SIZE)
        except OSError:
            # The refusal of a packet that was sent before.
            continue
        (number,) = NUMBER.unpack_from(heard)
        seen = heard[NUMBER.size :].rstrip(b"\0").decode()
        _tell(f"{time.time():.3f} {number} {seen}")


def _tell(line: str) -> None:
    """Whole, whoever else says something."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["answer", address, port]:
            answer(address, int(port))
        case ["call", address, port]:
            call(address, int(port))
        case words:
            sys.exit(f"call: {' '.join(words)}: not understood")
