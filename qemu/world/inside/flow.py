"""A client of the LAN with a watch: `python3 -m qemu.world.inside.flow WORD ...`, run on the host lan.

    live HOST SIZE          download for as long as it goes on; a line for each time that bytes came: when, and how many
    fetch HOST SIZE LIMIT   begin a new download each second; the seconds until the first of them was whole, or `none`
    send HOST SIZE          upload; the seconds that it took

Times are the machine's own, in seconds since 1970.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time

from qemu.world.content import content

GRAIN = 0.02
"""Seconds that are noted as one."""
EVERY = 1.0
"""Seconds from one try to the next."""


def live(host: str, size: int) -> None:
    """Ends when the connection does, and says how."""
    line = http.client.HTTPConnection(host, 80, timeout=3600)
    line.request("GET", f"/bytes/{size}")
    answer = line.getresponse()
    noted, count = time.time(), 0
    while data := answer.read1(65536):
        count += len(data)
        now = time.time()
        if now - noted >= GRAIN:
            print(f"{now:.3f} {count}", flush=True)
            noted, count = now, 0
    print("end", flush=True)


def fetch(host: str, size: int, limit: float) -> str:
    begun = time.time()
    done = threading.Event()
    took: list[float] = []

    def attempt() -> None:
        try:
            line = http.client.HTTPConnection(host, 80, timeout=limit)
            line.request("GET", f"/bytes/{size}")
            if len(line.getresponse().read()) == size:
                took.append(time.time() - begun)
                done.set()
        except (OSError, http.client.HTTPException):
            return

    while not done.is_set() and time.time() - begun < limit:
        threading.Thread(target=attempt, daemon=True).start()
        done.wait(min(EVERY, limit))
    return f"{min(took):.3f}" if took else "none"


def send(host: str, size: int) -> str:
    begun = time.time()
    line = http.client.HTTPConnection(host, 80, timeout=3600)
    line.request("POST", "/bytes", body=content(size))
    told = line.getresponse().read().decode()
    return f"{time.time() - begun:.3f} {told}"


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["live", host, size]:
            live(host, int(size))
        case ["fetch", host, size, limit]:
            print(fetch(host, int(size), float(limit)))
        case ["send", host, size]:
            print(send(host, int(size)))
        case words:
            sys.exit(f"flow: {' '.join(words)}: not understood")
