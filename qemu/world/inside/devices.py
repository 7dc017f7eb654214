"""A home full of devices: `python3 -m qemu.world.inside.devices ADDRESSES PAGES SIZE COUNT EACH HELD PATIENCE`, run on
the host lan.

Opens COUNT connections, one every EACH seconds, from each of ADDRESSES in turn (1.2.3.4,1.2.3.5), and gets SIZE bytes
over each; it stays open for HELD seconds more. Every tenth goes to a name below PAGES that nobody has asked for
yet. One that has not all of it after PATIENCE seconds has failed.

Prints JSON in the end: what it counted, and how many seconds each took that did not fail; before that, each minute how
many have begun.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import resource
import socket
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field

from gateway_init.base.process import run

FRESH = 10
"""One in so many has a name of its own."""
ASKING = 100
"""Names that can be asked for at once."""
TOLD = 60.0
"""Seconds between two lines."""


@dataclass
class Seen:
    """What became of them. Times in seconds."""

    failed: dict[str, int] = field(default_factory=dict)
    """How many, by what was wrong."""
    pages: list[float] = field(default_factory=list)
    """From the question for the name to the last byte."""
    names: list[float] = field(default_factory=list)
    """Until names that nobody had asked for were known."""
    ended: int = 0
    """Connections that were ended by somebody else while nobody said anything."""
    most: int = 0
    """Open at once."""


async def visit(seen: Seen, device: str, name: str, size: int, held: float, patience: float, *, fresh: bool) -> None:
    begun, writer = time.monotonic(), None
    try:
        async with asyncio.timeout(patience):
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(name, 80, family=socket.AF_INET, type=socket.SOCK_STREAM)
            if fresh:
                seen.names.append(time.monotonic() - begun)
            reader, writer = await asyncio.open_connection(*found[0][4], local_addr=(device, 0))
            writer.write(f"GET /bytes/{size} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(size)
    except (OSError, asyncio.IncompleteReadError) as problem:
        what = type(problem).__name__
        seen.failed[what] = seen.failed.get(what, 0) + 1
        if writer:
            writer.close()
        return
    seen.pages.append(time.monotonic() - begun)
    try:
        async with asyncio.timeout(held):
            await reader.read(1)
            seen.ended += 1
    except TimeoutError:
        pass
    except OSError:
        seen.ended += 1
    writer.close()


async def live(
    devices: Sequence[str], pages: str, size: int, count: int, each: float, held: float, patience: float
) -> Seen:
    seen, going = Seen(), set[asyncio.Task[None]]()
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(ASKING))
    begun = told = time.monotonic()
    for number, device in zip(range(count), itertools.cycle(devices), strict=False):
        await asyncio.sleep(max(0.0, begun + number * each - time.monotonic()))
        fresh = number % FRESH == 0
        name = f"{'page' if fresh else 'known'}{number if fresh else number % FRESH}.{pages}"
        task = asyncio.create_task(visit(seen, device, name, size, held, patience, fresh=fresh))
        going.add(task)
        task.add_done_callback(going.discard)
        seen.most = max(seen.most, len(going))
        if time.monotonic() - told > TOLD:
            told += TOLD
            print(f"{number} begun, {len(going)} open", flush=True)
    await asyncio.gather(*going)
    return seen


def main(addresses: str, pages: str, *numbers: str) -> None:
    size, count, each, held, patience = map(float, numbers)
    own = addresses.split(",")
    run(["ip", "-batch", "-"], stdin="".join(f"addr replace {each}/32 dev eth0\n" for each in own))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seen = asyncio.run(live(own, pages, int(size), int(count), each, held, patience))
    print(json.dumps(asdict(seen)))


if __name__ == "__main__":
    main(*sys.argv[1:])
