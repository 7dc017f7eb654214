"""The gateway in the world: both machines started side by side, joined by their cables."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from gateway_init.config import secret
from gateway_init.config.site import Site
from qemu.drive.gateway import Gateway
from qemu.machine.rundir import run_folder
from qemu.world import handin, root, vm
from qemu.world.counterpart import counterpart
from qemu.world.description import Description
from qemu.world.topology import describe
from qemu.world.vm import World
from servers import keys, kit

DISK = "handin"
"""In a run's folder: what the world is handed."""


class Rehearsal(NamedTuple):
    gateway: Gateway
    """Powered on."""
    world: World
    """Booting: `wait` for it."""
    site: Site
    folder: Path
    """Of this run."""

    @property
    def to_come(self) -> list[str]:
        """The paths over lines that are no cables, such as telephones."""
        lines = {line.name for line in self.world.description.lines if not counterpart(line.kind).CABLE}
        return [name for name, path in self.site.paths.items() if path.uplink in lines]

    def plug_in(self) -> None:
        """Bring all that is no cable, but a line of the site's: telephones, sticks, access points."""
        for line in self.world.description.lines:
            if not counterpart(line.kind).CABLE:
                self.bring(line.name)

    def bring(self, uplink: str) -> None:
        """Bring what a line is, where that is no cable."""
        line = self.world.description.line(uplink)
        counterpart(line.kind).come(line, self.gateway, self.world)


def needed(site: Site) -> list[str]:
    """The servers that carry traffic: what the others cost in time, nobody gets back."""
    through = {path.through for path in site.paths.values()}
    return [name for name in site.servers if name in through or name in site.destinations]


def described(site: Site, secrets: Path, start: Collection[str] | None = None) -> Description:
    """The world round a site. `start` names the servers to run, else those that a path needs. Raises Mistake."""
    given = {file: keys.read(secrets, file) for file in secret.of_uplinks(site)}
    return describe(site, given, needed(site) if start is None else list(start))


@contextmanager
def rehearsal(
    image: Path,
    site: Site,
    secrets: Path,
    logs: Path,
    *,
    name: str = "world",
    start: Collection[str] | None = None,
    world_first: bool = False,
    plugged_in: bool = True,
) -> Iterator[Rehearsal]:
    """Start the gateway and the world round it; both end with the block.

    `image` was built from the same `site` and `secrets`. `start` names the servers to run, else those that
    a path needs. With `world_first` the gateway is powered on once the world is ready: all that it does before that
    is to try in vain, at the cost of the world's start. `plugged_in`: whether telephones and their like are.
    The logs are logs/NAME.log, NAME-kernel.log and NAME-gateway.log.
    Raises Mistake for what a person can mend.
    """
    description = described(site, secrets, start)
    base = root.ensure(logs)
    with run_folder() as folder, ExitStack() as stack:
        gateway = Gateway(folder, image, logs / f"{name}-gateway.log")
        stack.callback(gateway.close)
        kits = [kit.render(site, server.name, secrets, folder / "kits") for server in description.servers]
        handin.write(folder / DISK, description, kits)
        world = vm.start(folder, base, description, folder / DISK, logs / f"{name}.log")
        stack.callback(world.close)
        if world_first:
            world.wait()
        gateway.power_on()
        rig = Rehearsal(gateway, world, site, folder)
        if plugged_in:
            rig.plug_in()
        yield rig
