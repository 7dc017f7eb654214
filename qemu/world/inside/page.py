"""A browser that loads the same page again and again: `python3 -m qemu.world.inside.page HOST OBJECTS SIZE TIMES`, run
on the host lan.

OBJECTS of SIZE bytes each, over six connections at once as browsers do (RFC 9112, 9.4, leaves the number to them), each
for several objects, and all of them new with each page. Prints JSON: the seconds that each page took.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor

AT_ONCE = 6
PATIENCE = 120.0


def load(host: str, objects: int, size: int) -> float:
    begun = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as lines:
        list(lines.map(lambda number: _some(host, len(range(number, objects, AT_ONCE)), size), range(AT_ONCE)))
    return time.monotonic() - begun


def _some(host: str, count: int, size: int) -> None:
    """So many objects over one connection."""
    line = http.client.HTTPConnection(host, 80, timeout=PATIENCE)
    for _ in range(count):
        line.request("GET", f"/bytes/{size}")
        if len(line.getresponse().read()) != size:
            raise AssertionError("an object was cut short")
    line.close()


def main(host: str, objects: str, size: str, times: str) -> None:
    print(json.dumps([load(host, int(objects), int(size)) for _ in range(int(times))]))


if __name__ == "__main__":
    main(*sys.argv[1:])
