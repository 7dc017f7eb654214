"""The gateway in the world: both machines started side by side, joined by their cables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway_init.config import Site, secret
from qemu.drive.gateway import Gateway
from qemu.machine.rundir import run_folder
from qemu.world import root
from qemu.world.topology import describe
from qemu.world.vm import World
from servers import keys, kit


class Rehearsal(NamedTuple):
    gateway: Gateway
    """Powered on."""
    world: World
    """Booting: `wait` for it."""


def needed(site: Site) -> list[str]:
    """The servers that carry traffic: what the others cost in time, nobody gets back."""
    through = {path.through for path in site.paths.values()}
    return [name for name in site.servers if name in through or name == site.policy.destination]


@contextmanager
def rehearsal(
    image: Path, site: Site, secrets: Path, logs: Path, *, name: str = "world", start: Collection[str] | None = None
) -> Iterator[Rehearsal]:
    """Start the gateway and the world round it; both end with the block.

    `image` was built from the same `site` and `secrets`. `start` names the servers to run, else those that
    a path needs. The logs are logs/NAME.log, NAME-kernel.log and NAME-gateway.log.
    Raises Mistake for what a person can mend.
    """
    servers = needed(site) if start is None else list(start)
    base = root.ensure(logs)
    passwords = {uplink: keys.read(secrets, secret.uplink_password(uplink)) for uplink in site.uplinks}
    with run_folder() as folder, ExitStack() as stack:
        gateway = Gateway(folder, image, logs / f"{name}-gateway.log")
        stack.callback(gateway.close)
        kits = [kit.render(site, server, secrets, folder / "kits") for server in servers]
        world = World(folder, base, describe(site, passwords, servers), kits, logs / f"{name}.log")
        stack.callback(world.close)
        gateway.power_on()
        yield Rehearsal(gateway, world)
