"""A machine at whose USB ports disks are plugged in and pulled out: there `invoke flash` is tried.

It boots from a USB stick of its own, and runs the project as it lies here, lent by 9p, with the packages of its .venv.
"""

from __future__ import annotations

import sysconfig
from pathlib import Path

import msgspec

from image import bootable, recipe
from image.work import sandbox
from qemu.drive.shell import Shell
from qemu.machine.accel import accelerator
from qemu.machine.launch import Running
from qemu.machine.log import Log
from qemu.machine.machine import WORLD_CPU, World, world_argv
from qemu.wire.console import Answer, Console
from qemu.wire.monitor import Monitor
from qemu.world.root import RECIPE
from qemu.world.vm import MASKED
from tests.flash.medium import Medium

BOOT_LIMIT = 120.0
"""Seconds on the reference machine from power-on to a shell."""

MEMORY = 1280
"""MiB: the page cache could hold the whole image, and answer for a disk that lies."""

SYSTEM, FIXED = "/dev/sda", "/dev/vda"
"""The stick that it runs from, and a disk that is built in."""

PROJECT, IMAGES = "/run/project", "/run/images"
"""Where it has this project, and the folder with the images to be written."""

TO_SYSTEM = ("xhci_pci", "usb-storage", "sd_mod")
"""Modules on the way to a root on a USB stick; the rest is as in the world."""

ON_CONSOLE = "systemd-run --quiet -p StandardInput=tty -p TTYPath=/dev/hvc0 -p Restart=always sh"
"""A root shell for the driver."""

INVOKE = f"""#!/bin/sh
export PYTHONPATH={PROJECT}/{{packages}} PYTHONPYCACHEPREFIX=/run/bytecode
exec python3 -s {PROJECT}/tasks.py "$@"
"""
"""The launcher's last step. Its .venv is for the host's Python; what flashing needs of it is plain Python."""


class Bench(Shell):
    """The machine, booting; `start_up` waits for it."""

    def __init__(self, folder: Path, images: Path, log: Path) -> None:
        super().__init__("bench", self._run)
        fixed = folder / "fixed"
        fixed.write_bytes(bytes(1 << 20))
        root = _root(log.parent)
        machine = World(
            name="braid-bench",
            memory=MEMORY,
            cpu=WORLD_CPU,
            monitor=folder / "bench.qmp",
            kernel=root.vmlinuz,
            initrd=root.initrd,
            command_line=command_line(),
            disks=(fixed,),
            consoles=(folder / "bench.hvc0",),
            kernel_log=log.with_name(f"{log.stem}-kernel.log"),
        )
        self.log = Log(log)
        self._monitor = Monitor(machine.monitor)
        argv = [*world_argv(machine, accelerator()), *usb_argv(root.squashfs)]
        argv += [*lent_argv("project", sandbox.PROJECT), *lent_argv("images", images)]
        self._running = Running(argv, self.log)
        self._running.wait_for(machine.consoles[0])
        self._console = Console(machine.consoles[0], self.log)

    def start_up(self) -> None:
        """Wait for a shell and for the disks, and put `invoke` in its path."""
        self._console.login(BOOT_LIMIT)
        self.wait_until_succeeds(f"test -b {FIXED}")
        for tag, folder in (("project", PROJECT), ("images", IMAGES)):
            # The shell is there before udev has asked for the drivers of all devices.
            lent = f"mount -t 9p -o ro,trans=virtio,msize=512000,cache=loose {tag} {folder}"
            self.wait_until_succeeds(f"mkdir -p {folder} && {lent}")
        packages = Path(sysconfig.get_path("purelib")).relative_to(sandbox.PROJECT)
        script = INVOKE.format(packages=packages)
        self.succeed(f"cat >/run/invoke <<'END'\n{script}END\nchmod 755 /run/invoke")

    def plug(self, name: str, disk: Medium | Path, *, write_protected: bool = False) -> str:
        """Plug a disk in, or a card in a reader, and return its name under /dev."""
        backend: dict[str, object]
        if isinstance(disk, Medium):
            backend = {"driver": "nbd", "server": {"type": "unix", "path": str(disk.socket)}}
        else:
            backend = {"driver": "file", "filename": str(disk), "cache": {"direct": False, "no-flush": True}}
        self._monitor.execute("blockdev-add", node_name=name, read_only=write_protected, **backend)
        self._monitor.add_device("usb-storage", name, bus="usb.0", drive=name, serial=name, removable=True)
        return self.wait_until_succeeds(f"find /dev/disk/by-id/usb-*_{name}-0:0 -exec realpath {{}} +").strip()

    def pull(self, name: str) -> None:
        """Pull a disk out, whatever it is doing."""
        self._monitor.remove_device(name)

    def close(self) -> None:
        self._console.close()
        self._running.kill()
        self.log.close()

    def _run(self, command: str, limit: float) -> Answer:
        self.log.note(command)
        return self._console.run(f"PATH=/run:$PATH\n{command}", limit)


def _root(logs: Path) -> bootable.Parts:
    """The world's root, which has all that is needed, reached by another way."""
    wanted = recipe.load(RECIPE, recipe.Root)
    modules = (*TO_SYSTEM, *wanted.initrd.modules)
    return bootable.ensure(msgspec.structs.replace(wanted, initrd=recipe.Initrd(modules=modules)), logs)


def usb_argv(system: Path) -> list[str]:
    """A USB controller, and the stick that the machine runs from."""
    argv = ["-device", "qemu-xhci,id=usb,p2=15,p3=15"]
    argv += ["-drive", f"file={system},format=raw,if=none,id=system,readonly=on"]
    return [*argv, "-device", "usb-storage,bus=usb.0,drive=system,serial=system,removable=on"]


def lent_argv(tag: str, folder: Path) -> list[str]:
    """A folder of ours that the machine may read."""
    return ["-virtfs", f"local,path={folder},mount_tag={tag},security_model=none,readonly=on"]


def command_line() -> str:
    """The kernel's command line."""
    words = [
        f"braid.root={SYSTEM}",
        "console=ttyS0",
        "panic=-1",
        "TERM=dumb",
        "mitigations=off",
        "systemd.condition_needs_update=0",
        # Else it waits a second for each disk to settle.
        "usb-storage.delay_use=0",
        f"systemd.run=\"/bin/sh -c 'modprobe virtio_console; exec {ON_CONSOLE}'\"",
        "systemd.run_success_action=none",
        "systemd.run_failure_action=none",
        *(f"systemd.mask={unit}.service" for unit in MASKED),
    ]
    return " ".join(words)
