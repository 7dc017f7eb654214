"""The world: the VM that holds the simulated Internet, and the words to drive it with."""

from __future__ import annotations

import shlex
import socket
from dataclasses import dataclass
from pathlib import Path

from qemu.drive.shell import Shell
from qemu.machine.accel import accelerator
from qemu.machine.launch import Running
from qemu.machine.log import Log
from qemu.machine.machine import OPERATOR, OPERATOR_ADDRESS, WORLD_CPU, WORLD_MEMORY, Card, cable, world_argv
from qemu.machine.machine import World as Machine
from qemu.wire.console import Answer, Console
from qemu.wire.monitor import Monitor
from qemu.world import handin
from qemu.world.capture import Capture, judged
from qemu.world.description import Description
from qemu.world.inside import lent, watch
from qemu.world.route import Route
from qemu.world.uplink import Uplink

BOOT_LIMIT = 180.0
"""Seconds on the reference machine until every host is set up."""

TERMINALS = 4
"""Consoles besides the driver's, for second terminals."""

MONITOR = "world.qmp"
"""In the run's folder: the socket of the machine's monitor."""

HOSTS_FILE = "hosts"
"""In the run's folder: the names of the hosts, for a second terminal."""

MASKED = ("systemd-random-seed", "systemd-networkd-persistent-storage", "systemd-udev-load-credentials")
"""Services of the VM that only cost time."""


@dataclass(frozen=True)
class Root:
    """What the world VM boots: made by the image's code from recipe.yaml."""

    kernel: Path
    initrd: Path
    squashfs: Path


TAKERS = ("usb_storage", "uas", "cdc_ncm", "rndis_host", "apple_mfi_fastcharge")
"""Drivers of the world's own for what it has on USB. The last one takes an iPhone as a whole, as soon as it is loaded:
just when that is handed out."""


class World:
    """A running world. `host`, `uplink` and `route` give its parts by name."""

    def __init__(
        self,
        description: Description,
        console: Console,
        monitor: Monitor,
        log: Log,
        *,
        ssh: str,
        running: Running | None = None,
    ) -> None:
        """`running`: None where somebody else has started the machine, and lends one of its consoles."""
        self.description = description
        self.console = console
        self.monitor = monitor
        self.log = log
        self.ssh = ssh
        """Where the gateway's SSH server is reached from this machine."""
        self._running = running

    def go_on(self) -> None:
        self.monitor.go_on()
        self.log.note("goes on from a saved state")

    def wait(self) -> None:
        """Wait until every host is set up."""
        line = self.console.wait_for_line("world: ", BOOT_LIMIT)
        if "ready" not in line:
            raise AssertionError(f"the world did not come up; {self.log.path}:\n{self.log.tail(60)}")
        self.console.login(30.0)

    def host(self, name: str) -> Shell:
        """A shell on one of the hosts: isp, modem-UPLINK, web, lan, and each server."""
        if name not in self.description.hosts:
            raise KeyError(f"{name}: no such host; there are {', '.join(self.description.hosts)}")

        def execute(command: str, limit: float) -> Answer:
            self.log.note(f"{name}: {command}")
            return self.console.run(f"exec on {name} sh -c {shlex.quote(command)}", limit)

        return Shell(name, execute)

    def uplink(self, name: str) -> Uplink:
        """The line of one of the site's uplinks."""
        line = self.description.line(name)
        return Uplink(line, self.host("isp"), self.host(line.modem))

    def hand_out(self, uplink: str) -> int:
        """The TCP port of this machine at which what the world hands out for a line is to be had (usbredirect(1)), as
        soon as it is."""
        line = self.description.line(uplink)
        self.host("lan").wait_until_succeeds(lent.new(line))
        port, inside = _free_port(), line.redirected
        forward = f"tcp:127.0.0.1:{port}-{OPERATOR_ADDRESS}:{inside}"
        self.monitor.execute("human-monitor-command", command_line=f"hostfwd_add {OPERATOR} {forward}")
        return port

    def route(self, path: str) -> Route:
        """The way that one of the site's paths takes across the Internet; PATH.DESTINATION is that to another one."""
        for route in (*self.description.routes, *self.description.elsewhere):
            if route.path == path:
                server = self.description.server(route.server)
                return Route(route, server, self.host("isp"), self.host(server.name))
        raise KeyError(f"{path}: no such route; there are {', '.join(r.path for r in self.description.routes)}")

    def leaked(self) -> int:
        """Bytes that the gateway has sent since its power-on, and that are on no list of what may leave it."""
        lines = self.description.lines
        for line in lines:
            self.host("isp").succeed(f"systemctl is-active {watch.unit(line)}")
        told = judged(self.host("isp"), " ".join(f"{line.name}={watch.file(line)}" for line in lines))
        for name, verdict in told.items():
            for packet in verdict["shown"]:
                self.log.note(f"{name}: LEAK: {packet}")
        return sum(int(verdict["foreign_bytes"]) for verdict in told.values())

    def capture(self, uplink: str) -> Capture:
        """Record what leaves the gateway by an uplink, from now on."""
        line = self.description.line(uplink)
        return Capture(self.host(line.modem), line)

    def leave(self) -> None:
        """Give the world back as it was found: routes as they are by nature, and a fresh shell on the console."""
        for route in self.description.routes:
            self.route(route.path).restore()
        self.console.send("exit\r")
        self.close()

    def close(self) -> None:
        self.console.close()
        if self._running is not None:
            self._running.kill()
        self.log.close()


def start(
    folder: Path, root: Root, description: Description, disk: Path, log: Path, *, memory: Path | None = None
) -> World:
    """Start the machine that becomes the world; `World.wait` waits for it.

    `disk`: what qemu.world.handin made of the same description and the servers' kits. `memory`: that of a world which
    was saved with the same; it stands as it stood, until `World.go_on`.
    """
    consoles = tuple(folder / f"hvc{number}" for number in range(1 + TERMINALS))
    machine = Machine(
        name="braid-world",
        memory=WORLD_MEMORY,
        cpu=WORLD_CPU,
        monitor=folder / MONITOR,
        cards=cards(description, folder),
        kernel=root.kernel,
        initrd=root.initrd,
        command_line=command_line(),
        disks=(root.squashfs, disk),
        consoles=consoles,
        kernel_log=log.with_name(f"{log.stem}-kernel.log"),
        ssh=_free_port(),
        incoming=memory,
    )
    (folder / HOSTS_FILE).write_text("\n".join(description.hosts))
    noted = Log(log)
    running = Running(world_argv(machine, accelerator()), noted)
    running.wait_for(machine.monitor, *consoles, *(card.cable for card in machine.cards if card.cable))
    console = Console(consoles[0], noted, heard=None if memory is None else "")
    ssh = f"127.0.0.1:{machine.ssh}"
    return World(description, console, Monitor(machine.monitor), noted, ssh=ssh, running=running)


def _free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        port: int = line.getsockname()[1]
        return port


def cards(description: Description, folder: Path) -> tuple[Card, ...]:
    """The world's ends of the gateway's cables."""
    macs = [*(line.mac for line in description.lines), *(client.mac for client in description.clients)]
    return tuple(Card(f"cable{mac[-2:]}", mac, cable(folder, mac)) for mac in macs)


def command_line() -> str:
    """The kernel's command line of the world VM."""
    words = [
        "braid.root=/dev/vda",
        "console=ttyS0",
        "loglevel=5",
        "panic=-1",
        # They would take for themselves what is to be handed out.
        f"module_blacklist={','.join(TAKERS)}",
        # Or udev gives the cards other names, just when they are taken (inside/links.py).
        "net.ifnames=0",
        "TERM=dumb",
        "systemd.condition_needs_update=0",
        # A machine that is thrown away needs no protection from itself: that is a tenth of an emulated boot.
        "mitigations=off",
        "init_on_alloc=0",
        "hardened_usercopy=off",
        "randomize_kstack_offset=off",
        # Without AppArmor, the next one of Debian's list would look at each packet.
        "lsm=landlock,yama",
        "audit=0",
        "psi=0",
        # Emulated pages of 2 MiB are cleared word by word, and gain nothing.
        "transparent_hugepage=never",
        "preempt=none",
        # Namespaces wait for RCU a lot.
        "rcupdate.rcu_expedited=1",
    ]
    words += [f"systemd.run=\"/bin/sh -c '{handin.UNPACK}'\""]
    words += ["systemd.run_success_action=none", "systemd.run_failure_action=none"]
    words += [f"systemd.mask={unit}.service" for unit in MASKED]
    return " ".join(words)
