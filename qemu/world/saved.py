"""A rig that is saved once, booted and with every path up, and stands again within seconds: one for each story.

What was saved belongs to an image, a site, its secrets, the world's root and this code. Memory and disks hold
secrets, so they lie beside the image, for this user's eyes only.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gateway_init.config.site import Site
from image.account import manifest
from image.build import IMAGE
from image.root import site as site_content
from image.work import cache, files, sandbox, step
from qemu.drive.gateway import Gateway, copy
from qemu.drive.ready import READY_LIMIT, wait_until_all_up
from qemu.machine import emulator
from qemu.machine.accel import accelerator
from qemu.machine.rundir import run_folder
from qemu.world import root, vm
from qemu.world.rehearsal import DISK, Rehearsal, described, rehearsal

FOLDER = "saved"
"""Beside the image; there is one state in it, called by what it was made from."""

GATEWAY, GATEWAY_DISK, GATEWAY_SAID = "gateway.memory", "gateway.disk", "gateway.console"
WORLD, WORLD_DISK = "world.memory", "world.disk"
CODE = (
    "qemu/drive/gateway.py",
    "qemu/machine/machine.py",
    "qemu/wire/console.py",
    "qemu/world",
    "servers",
)
"""What shapes the machines, the world in them and the shells on their consoles, beside what made the image."""


class Saved:
    """The saved rig of an image; it is made where it is missing or not of the same things any more."""

    def __init__(self, image: Path, site: Site, secrets: Path, logs: Path) -> None:
        self._image = image
        self._site = site
        self._secrets = secrets
        self._logs = logs
        self._folder = image.parent / FOLDER / self._key()

    def ensure(self) -> Path:
        """Where it lies. It boots both machines if it has to, and says so. Raises Mistake."""
        with files.lock(self._image.parent / FOLDER / ".lock", busy=_wait):
            if not self._folder.exists():
                with step.step(f"Booting the world of site {self._site.site} to save it"):
                    self._make()
        return self._folder

    @contextmanager
    def restored(self, logs: Path, name: str) -> Iterator[Rehearsal]:
        """Both machines as they were saved, going on: what is no cable is to come, and nothing of it is kept.

        The logs are logs/NAME.log, NAME-kernel.log and NAME-gateway.log.
        """
        saved = self.ensure()
        with run_folder() as folder, ExitStack() as stack:
            shutil.copyfile(saved / WORLD_DISK, folder / DISK)
            world = vm.start(
                folder,
                root.ensure(self._logs),
                described(self._site, self._secrets),
                folder / DISK,
                logs / f"{name}.log",
                memory=saved / WORLD,
            )
            stack.callback(world.close)
            gateway = Gateway(folder, saved / GATEWAY_DISK, logs / f"{name}-gateway.log")
            stack.callback(gateway.close)
            gateway.take_over(saved / GATEWAY, (saved / GATEWAY_SAID).read_text())
            # In this order: what QEMU itself sends for the gateway has arrived before anybody can listen.
            gateway.go_on()
            world.go_on()
            yield Rehearsal(gateway, world, self._site, folder)

    def _key(self) -> str:
        told = manifest.read(self._image.with_name(manifest.NAME))
        base = root.ensure(self._logs)
        return cache.key(
            told.artifacts[IMAGE].sha256,
            [cache.content(self._secrets / name) for name in site_content.needed(self._site)],
            [cache.content(sandbox.PROJECT / folder) for folder in CODE],
            [base.kernel.name, base.initrd.name, base.squashfs.name],
            emulator.folder().name,
            accelerator(),
        )

    def _make(self) -> None:
        aside = self._folder.with_name(f"{self._folder.name}.new")
        for old in aside.parent.iterdir():
            if old.is_dir():
                shutil.rmtree(old)
        aside.mkdir(mode=0o700)
        name = f"saved-{self._site.site}"
        # QEMU cannot save a telephone (usb-net is not migratable); who needs one plugs it in afterwards.
        with rehearsal(
            self._image,
            self._site,
            self._secrets,
            self._logs,
            name=name,
            world_first=True,
            plugged_in=False,
        ) as rig:
            rig.gateway.wait_for_line("braid: ready", READY_LIMIT)
            wait_until_all_up(rig.gateway, READY_LIMIT, but=rig.to_come)
            rig.world.host("lan").succeed("udhcpc -i eth0 -n -q -t 10")
            rig.gateway.monitor.pause()
            rig.world.monitor.pause()
            said = rig.gateway.save(aside / GATEWAY, aside / GATEWAY_DISK)
            rig.world.monitor.save(aside / WORLD)
            copy(rig.folder / DISK, aside / WORLD_DISK)
            (aside / GATEWAY_SAID).write_text(said)
        for file in aside.iterdir():
            file.chmod(0o600)
        aside.rename(self._folder)


def _wait() -> None:
    step.say("waiting for another process, which boots the same machines")
