"""The gateway: the very image that was built, in a machine like the APU, and the words to drive it with."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from qemu.drive.shell import Shell
from qemu.machine.accel import accelerator, slowness
from qemu.machine.launch import Running
from qemu.machine.log import Log
from qemu.machine.machine import (
    BOARD_PORTS,
    GATEWAY_CPU,
    GATEWAY_MEMORY,
    STICK,
    Card,
    Phone,
    Redirected,
    cable,
    gateway_argv,
    network_cards,
    phone_cards,
    phone_socket,
)
from qemu.machine.machine import Gateway as Machine
from qemu.wire.console import Answer, Console, Silent
from qemu.wire.monitor import Events, Monitor

BOOT_LIMIT = 150.0
"""Seconds on the reference machine from power-on to a shell on the console."""

POWER_OFF_LIMIT = 60.0
LENT = "lent"
"""In a run's folder: the socket at which a console is lent."""
STARTED = "Kernel command line: "
"""What a kernel says early on each start."""


class Gateway(Shell):
    """The box. Its disk keeps what was written as long as this object lives; the image is never changed.

    When the box restarts, QEMU ends and is started anew. It would keep what it has translated of the code that ran
    before, and drop it block by block while GRUB loads a kernel over it: that takes up to a minute.
    """

    def __init__(self, folder: Path, image: Path | None, log: Path) -> None:
        """`image`: None for a gateway that somebody else has started in that folder, and lends (`visit`)."""
        super().__init__("gateway", self._run)
        self._folder = folder
        self.disk = folder / "disk"
        self.clock = ""
        """As qemu.machine.machine.Gateway.clock, from the next power-on."""
        if image is not None:
            if not image.is_file():
                raise Mistake(f"{image}: no such image", hint="`invoke build` makes it")
            copy(image, self.disk)
        self.machine = Machine(
            name="braid-gateway",
            memory=GATEWAY_MEMORY,
            cpu=GATEWAY_CPU,
            monitor=folder / "gateway.qmp",
            serial=folder / "ttyS0",
            events=folder / "gateway.events",
            disk=self.disk,
        )
        self.log = Log(log)
        self.monitor = Monitor(self.machine.monitor)
        self._running: Running | None = None
        self._events: Events | None = None
        self._console: Console | None = None
        self._stick: Path | None = None
        self._phones: dict[str, Phone | Redirected] = {}
        self._plug = threading.Lock()
        self._plugged_in = False

    @property
    def console(self) -> Console:
        """The serial line of the boot that goes on, or that ended last."""
        assert self._console is not None, "the gateway has not been started yet"
        return self._console

    def power_on(self) -> None:
        """Press the power button, and do not wait for anything."""
        assert self._running is None or not self._running.alive(), "the gateway runs already"
        self._plugged_in = True
        self._start()
        self._console = Console(self.machine.serial, self.log, self._start_again)

    def take_over(self, memory: Path, heard: str) -> None:
        """Stand where a gateway stood when it was saved, with a copy of its disk; `go_on` lets it run."""
        self._plugged_in = True
        self._start(memory)
        self._console = Console(self.machine.serial, self.log, self._start_again, heard=heard)

    def visit(self) -> None:
        """Use the console of a gateway that is lent (qemu.lending), until `close`."""
        self._console = Console(self._folder / LENT, self.log)
        self.console.login(BOOT_LIMIT)

    def go_on(self) -> None:
        self.monitor.go_on()
        self.log.note("goes on from a saved state")

    def save(self, memory: Path, disk: Path) -> str:
        """Save a paused gateway for `take_over`; what its console has said is returned."""
        self.monitor.save(memory)
        copy(self.disk, disk)
        self.console.drain()
        return self.console.heard

    def start_up(self) -> None:
        """Power on, and wait for a root shell on the console."""
        self.power_on()
        self.login()

    def login(self) -> None:
        """Wait for a root shell on the console."""
        if not self.console.prepared:
            # What is typed before would stop GRUB at its menu.
            self.console.wait_for_line(STARTED, BOOT_LIMIT)
            self.console.login(BOOT_LIMIT)

    def wait_for_line(self, text: str, limit: float = BOOT_LIMIT) -> str:
        """Wait until a line with `text` has been on the console since power-on, and return it."""
        return self.console.wait_for_line(text, limit)

    def power_off(self) -> None:
        """Shut down in good order, as `systemctl poweroff` does, and wait until the machine is off."""
        self.login()
        self.log.note("power off")
        self.console.send("systemctl poweroff\r")
        self._wait_until_off()

    def press_power_button(self) -> None:
        """Shut down in good order by the power button, and wait until the machine is off."""
        self.monitor.press_power_button()
        self._wait_until_off()

    def cpu_seconds(self) -> float:
        """What the running machine has cost the host's processors so far."""
        assert self._running is not None
        return self._running.cpu_seconds()

    @contextmanager
    def restart(self, *, may_panic: bool = False) -> Iterator[None]:
        """A block in which the machine restarts by itself, at least once; afterwards only that start counts.

        `may_panic`: a kernel that gives up is no surprise.
        """
        self.console.mark()
        self.console.may_panic = may_panic
        try:
            yield
        finally:
            self.console.may_panic = False

    def restarted(self, slot: str, limit: float = BOOT_LIMIT) -> None:
        """Wait, inside of a `restart` block, until the kernel of a slot starts; then only what follows counts."""
        self.console.expect(rf"{STARTED}[^\r\n]*braid\.slot={slot}\b", limit)
        self.console.mark(STARTED)
        self.log.note(f"slot {slot} has started")
        self.console.prepared = False

    def written(self) -> int:
        """Bytes that the machine has written to its disk since power-on."""
        answer = self.monitor.execute("query-blockstats")
        assert isinstance(answer, list)
        (stats,) = (each["stats"] for each in answer if each.get("device") == "disk")
        return int(stats["wr_bytes"])

    def freeze(self, copy_to: Path) -> None:
        """Copy the disk as it is at this moment: as if the plug were pulled now, while the machine goes on."""
        self.monitor.execute("stop")
        try:
            copy(self.disk, copy_to)
        finally:
            self.monitor.execute("cont")

    def insert(self, disk: Path) -> None:
        """Put a stick into a USB port, where it stays: a disk's image, for reading only."""
        self._stick = disk
        file = {"driver": "file", "filename": str(disk)}
        self.monitor.execute("blockdev-add", node_name=STICK, driver="raw", read_only=True, file=file)
        self.monitor.add_device("usb-storage", STICK, bus="usb.0", drive=STICK)

    def plug_in(self, mac: str, socket: int | None = None, *, shown: str = "", port: int = 0) -> None:
        """Plug in the telephone whose cable goes to the card with that MAC address, which it shows, or another one:
        into that line's socket, or another one. `port`: instead, the device of the world's that is to be had there
        (World.hand_out)."""
        where = phone_socket(mac) if socket is None else socket
        card = _phone_card(mac)
        phone = Redirected(card, where, port) if port else Phone(card, where, shown or mac)
        self._phones[mac] = phone
        self.log.note(f"plug in {phone}")
        if isinstance(phone, Redirected):
            self.monitor.execute("chardev-add", id=phone.name, backend=phone.backend)
        self.monitor.add_device(phone.driver, phone.name, **phone.properties)

    def unplug(self, mac: str) -> None:
        """Pull a telephone out, or a device of the world's."""
        phone = self._phones.pop(mac)
        self.log.note(f"unplug {phone}")
        self.monitor.remove_device(phone.name)

    def crash(self) -> None:
        """Pull the plug."""
        self.log.note("crash")
        with self._plug:
            assert self._running is not None
            self._plugged_in = False
            self._running.kill()
        self.console.close()

    def close(self) -> None:
        """End the machine, whatever it does."""
        with self._plug:
            self._plugged_in = False
        if self._running is None and self._console is not None:
            self.console.close()
        if self._running is not None and self._running.alive():
            self.crash()
        self.log.close()

    def _start(self, memory: Path | None = None) -> None:
        """Start QEMU, with all that is plugged in; `memory`: of a saved state."""
        for socket in (self.machine.serial, self.machine.events, self.machine.monitor):
            socket.unlink(missing_ok=True)
        machine = replace(
            self.machine,
            cards=cards(self._folder),
            phones=tuple(self._phones.values()),
            stick=self._stick,
            clock=self.clock,
            incoming=memory,
        )
        self._running = Running(gateway_argv(machine, accelerator()), self.log)
        self._running.wait_for(self.machine.monitor, self.machine.events, self.machine.serial)
        self._events = Events(self.machine.events)

    def _start_again(self) -> bool:
        """QEMU ends: start it anew where the box restarts. Whether that is so.

        The line's thread does this, with which the new QEMU then ends (PR_SET_PDEATHSIG).
        """
        with self._plug:
            assert self._events is not None and self._running is not None
            if not self._plugged_in or not self._events.end_is_restart():
                return False
            self._running.wait(20 * slowness())
            self._start()
            return True

    def _run(self, command: str, limit: float) -> Answer:
        self.login()
        self.log.note(command)
        return self.console.run(command, limit)

    def _wait_until_off(self) -> None:
        assert self._running is not None
        # Reading to the end of the line also shows a panic on the way down.
        try:
            self.console.expect(r"reboot: Power down", POWER_OFF_LIMIT)
            self._running.wait(20 * slowness())
        except (Silent, subprocess.TimeoutExpired) as error:
            raise AssertionError(f"the gateway did not power off: {error}") from error
        self.console.close()


def cards(folder: Path) -> tuple[Card, ...]:
    """The gateway's ports: the board's, and more where the world holds the other end of a cable to them.

    A cable is plugged in where the world holds its other end.
    """
    made = [
        Card(name, mac, end if (end := cable(folder, mac)).exists() else None) for name, mac in network_cards().items()
    ]
    last = max((number for number, card in enumerate(made, start=1) if card.cable), default=0)
    phones = [Card(_phone_card(mac), mac, cable(folder, mac), usb=True) for mac in sorted(set(phone_cards().values()))]
    return (*made[: max(last, BOARD_PORTS)], *(card for card in phones if card.cable and card.cable.exists()))


def _phone_card(mac: str) -> str:
    return f"usb{mac[-2:]}"


def copy(image: Path, disk: Path) -> None:
    """A disk of the machine's own; holes in the image stay holes."""
    process.run(["cp", "--sparse=always", "--reflink=auto", image, disk])
