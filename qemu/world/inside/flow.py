"""A client of the LAN with a watch: `python3 -m qemu.world.inside.flow WORD ...`, run on the host lan.

    live HOST SIZE          download for as long as it goes on; a line for each time that bytes came: when, and how many
    fetch HOST SIZE LIMIT   begin a new download each second; the seconds until the first of them was whole, or `none`
    anew HOST SIZE LIMIT FILE
                            the same for so long, each 3 seconds once one was whole; for each, when it began and was
                            whole, or `none`, in seconds since the file was there
    keep HOST COUNT EVERY   as many connections, over each of which something is asked every so many seconds; a line for
                            each answer: when, and the number of its connection
    send HOST SIZE          upload; the seconds that it took

Times are the machine's own, in seconds since 1970.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from pathlib import Path

from qemu.world.content import content

GRAIN = 0.02
"""Seconds that are noted as one."""
EVERY = 1.0
"""Seconds from one try to the next."""
SELDOM = 3.0
"""The same once somebody was served."""
SMALL = 500
"""Bytes of an answer over a connection that is kept."""


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
        if _whole(host, size, limit):
            took.append(time.time() - begun)
            done.set()

    while not done.is_set() and time.time() - begun < limit:
        threading.Thread(target=attempt, daemon=True).start()
        done.wait(min(EVERY, limit))
    return f"{min(took):.3f}" if took else "none"


def anew(host: str, size: int, limit: float, sign: Path) -> None:
    print("ready", flush=True)
    while not sign.exists():
        time.sleep(GRAIN)
    begun = time.time()
    served = threading.Event()

    def attempt(since: float) -> None:
        whole = _whole(host, size, limit)
        print(f"{since:.3f} {time.time() - begun:.3f}" if whole else f"{since:.3f} none", flush=True)
        if whole:
            served.set()

    tries: list[threading.Thread] = []
    while (since := time.time() - begun) < limit:
        tries.append(threading.Thread(target=attempt, args=[since]))
        tries[-1].start()
        if served.wait(EVERY):
            time.sleep(max(0.0, begun + since + SELDOM - time.time()))
    for each in tries:
        each.join()


def _whole(host: str, size: int, limit: float) -> bool:
    """Whether a new connection got it all."""
    try:
        line = http.client.HTTPConnection(host, 80, timeout=limit)
        line.request("GET", f"/bytes/{size}")
        return len(line.getresponse().read()) == size
    except (OSError, http.client.HTTPException):
        return False


def keep(host: str, count: int, every: float) -> None:
    """Goes on until it is ended. A connection that ends asks no more."""
    over = threading.Event()

    def ask(number: int) -> None:
        line = http.client.HTTPConnection(host, 80, timeout=3600)
        # One that ended would open another one by itself.
        line.auto_open = 0
        while line.sock is None:
            try:
                line.connect()
            except OSError:
                # Nobody has been served over it yet.
                over.wait(EVERY)
        while True:
            line.request("GET", f"/bytes/{SMALL}")
            line.getresponse().read()
            print(f"{time.time():.3f} {number}", flush=True)
            over.wait(every)

    for number in range(count):
        threading.Thread(target=ask, args=[number], daemon=True).start()
        # All at once would be no home's, and for its small machines too much.
        over.wait(every / count)
    over.wait()


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
        case ["anew", host, size, limit, sign]:
            anew(host, int(size), float(limit), Path(sign))
        case ["keep", host, count, every]:
            keep(host, int(count), float(every))
        case ["send", host, size]:
            print(send(host, int(size)))
        case words:
            sys.exit(f"flow: {' '.join(words)}: not understood")
