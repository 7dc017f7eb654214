"""Inside the world VM: build every host from the description, then say so on the driver's console."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from gateway_init.base.process import CommandFailed
from qemu.world.description import from_json
from qemu.world.inside import isp, links, servers, watch, web


def main() -> None:
    world = from_json(Path("/run/world/world.json").read_text())
    started = time.monotonic()
    links.build(world)
    watch.build(world)
    isp.build(world)
    with ThreadPoolExecutor() as pool:
        jobs: dict[str, Future[None]] = {"web": pool.submit(web.build, world.web)}
        jobs |= {server.name: pool.submit(servers.start, world, server) for server in world.servers}
    failed = [f"{host}: {job.exception()}" for host, job in jobs.items() if job.exception()]
    say("\n".join(failed) + "\nworld: failed" if failed else f"world: ready in {time.monotonic() - started:.0f} s")


def say(text: str) -> None:
    Path("/run/world/said").write_text(text + "\n")
    Path("/dev/hvc0").write_text(text.replace("\n", "\r\n") + "\r\n")


if __name__ == "__main__":
    try:
        main()
    except (CommandFailed, OSError) as error:
        say(f"{error}\nworld: failed")
        raise
