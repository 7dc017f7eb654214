"""Machines as data, and the QEMU options that make them: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from qemu.machine.accel import Accelerator

GATEWAY_CPU = ",".join(
    [
        # A G-T40E ("Bobcat", family 14h) has nothing newer than these: no 3DNow!, SSE4.1, AES or AVX.
        "qemu64,vendor=AuthenticAMD,family=20,model=2,stepping=0,model-id=AMD G-T40E Processor",
        "+ssse3,+cx16,+popcnt,+lahf-lm,+abm,+sse4a,+mmxext,+pdpe1gb,+rdtscp,-svm",
    ]
)
WORLD_CPU = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt,+cx16"

GATEWAY_MEMORY = 1024
"""MiB. The smallest APU has 2 GiB; less is a harder test."""
WORLD_MEMORY = 1400


STICK = "stick"
"""QEMU's name of a disk that is put in later."""

OPERATOR = "operator"
"""QEMU's name of the way in."""
OPERATOR_MAC = "52:54:00:b1:0b:fe"
"""The card by which this machine's user reaches into the world, as a person at a computer in the LAN."""
OPERATOR_ADDRESS = "10.0.2.15"


@dataclass(frozen=True)
class Card:
    """A network card."""

    name: str
    mac: str
    cable: Path | None
    """Socket at which the world's end listens; None where nothing is plugged in.

    A stream, since QEMU waits for one that is full. A datagram socket it would try again and again, with a whole
    processor, until the other machine has set up its card: that is half a boot.
    """
    usb: bool = False
    """Whether it is in a telephone: the cable hangs loose until one is plugged in (Phone)."""


@dataclass(frozen=True)
class Phone:
    """A telephone that shares its connection, plugged into a USB socket: QEMU's usb-net, which shows a network card."""

    card: str
    """Name of the card whose cable is its way to the Internet."""
    socket: int
    mac: str
    """That it shows; a real one makes up another each time."""
    driver: ClassVar[str] = "usb-net"

    @property
    def name(self) -> str:
        return f"phone-{self.card}"

    @property
    def properties(self) -> dict[str, str]:
        """As QEMU's device_add takes them."""
        return {"bus": "usb.0", "port": str(self.socket), "netdev": self.card, "mac": self.mac}


@dataclass(frozen=True)
class Redirected:
    """A device that the world hands out by usbredirect(1), plugged into a USB socket: whatever it shows there, it shows
    here, until the world takes it away."""

    card: str
    """Name of the socket, as a telephone's card would be called."""
    socket: int
    port: int
    """TCP port of this machine at which it is to be had."""
    driver: ClassVar[str] = "usb-redir"

    @property
    def name(self) -> str:
        return f"stick-{self.card}"

    @property
    def properties(self) -> dict[str, str]:
        """As QEMU's device_add takes them."""
        return {"bus": "usb.0", "port": str(self.socket), "chardev": self.name}

    @property
    def backend(self) -> dict[str, object]:
        """As QEMU's chardev-add takes it."""
        address = {"type": "inet", "data": {"host": "127.0.0.1", "port": str(self.port)}}
        return {"type": "socket", "data": {"addr": address, "server": False}}


def cable(folder: Path, mac: str) -> Path:
    """The socket of the cable to the gateway's port with that MAC address."""
    return folder / f"cable{mac[-2:]}"


@dataclass(frozen=True)
class Machine:
    """What is common to every machine of ours."""

    name: str
    memory: int
    """MiB."""
    cpu: str
    monitor: Path
    """Socket of QMP."""
    cards: tuple[Card, ...] = ()
    cores: int = 2
    incoming: Path | None = None
    """A state that was saved of this very machine (Monitor.save): it waits there, instead of at its power button."""


@dataclass(frozen=True)
class Gateway(Machine):
    """A machine like the APU: it boots by SeaBIOS from a USB disk and talks over a serial line."""

    serial: Path = Path()
    """Socket of ttyS0."""
    events: Path = Path()
    """Socket of a second QMP, for its events."""
    disk: Path = Path()
    """A copy of the image: what the machine writes goes there."""
    phones: tuple[Phone | Redirected, ...] = ()
    """What is plugged in at power-on."""
    stick: Path | None = None
    """The image of a second USB disk, for reading only."""
    clock: str = ""
    """What the clock of the board says at power-on, such as 2009-01-01T00:00:00 (UTC); empty for the right time."""


@dataclass(frozen=True)
class World(Machine):
    """The machine that holds the simulated Internet: it boots its kernel directly."""

    kernel: Path = Path()
    initrd: Path = Path()
    command_line: str = ""
    disks: tuple[Path, ...] = field(default=())
    """Raw images, read-only."""
    consoles: tuple[Path, ...] = field(default=())
    """Sockets of hvc0, hvc1 and so on."""
    kernel_log: Path = Path()
    """Where ttyS0 is written to."""
    ssh: int = 0
    """TCP port of this machine whose connections come out at OPERATOR_ADDRESS, port 22; 0 for none."""


BOARD_PORTS = 3
"""Network ports of an APU."""
MOST_PORTS = 8
"""Network ports that the machine can have, for sites with more lines than the board has room for."""


def network_cards() -> dict[str, str]:
    """The network ports that a gateway can have, as Linux names them, with the MAC addresses that we give them.

    >>> network_cards()["enp1s0"]
    '52:54:00:b1:0a:01'
    """
    return {f"enp{slot}s0": f"52:54:00:b1:0a:{slot:02x}" for slot in range(1, MOST_PORTS + 1)}


FIRST_PHONE = 0x20
"""What the numbers of telephones' MAC addresses are counted from."""
USB = {"USB": 4, "USB 1-3": 3, "USB 1-4": 4}
"""Sockets for telephones, by what gateway_init.wellknown.usb calls them; its disks are in the first two."""


def phone_cards() -> dict[str, str]:
    """The MAC addresses that we give to telephones, by the socket that a line is bound to.

    >>> phone_cards()["USB"]
    '52:54:00:b1:0a:24'
    """
    return {name: f"52:54:00:b1:0a:{FIRST_PHONE + number:02x}" for name, number in USB.items()}


def phone_socket(mac: str) -> int:
    """The socket of a line's telephone, by the MAC address that we give it.

    >>> phone_socket(phone_cards()["USB 1-3"])
    3
    """
    return int(mac[-2:], 16) - FIRST_PHONE


def _common(machine: Machine, accelerator: Accelerator, *, listens: bool) -> list[str]:
    """`listens`: whether the machine holds the ends of the cables that wait for the others."""
    # With a thread for each processor, translated kernels race as real ones do not: one start in some hundred stood
    # still or ended. Side by side, as stories run, machines of one thread also boot in three quarters of the time.
    # There, several processors would but take turns and tell each other of it: on one, a world boots in four fifths of
    # the time.
    thread, cores = (",thread=single", 1) if accelerator == "tcg" else ("", machine.cores)
    argv = ["-name", machine.name, "-accel", f"{accelerator}{thread}"]
    # QEMU would work the timer of a HPET that Linux set up and never heeds, 500 times a second, for as long as it runs.
    argv += ["-machine", "q35,smm=off,vmport=off,hpet=off", "-cpu", machine.cpu]
    argv += ["-smp", str(cores), "-m", str(machine.memory)]
    argv += ["-nodefaults", "-no-user-config", "-display", "none", "-vga", "none"]
    argv += ["-qmp", f"unix:{machine.monitor},server=on,wait=off"]
    argv += ["-object", "rng-random,id=rng,filename=/dev/urandom"]
    argv += ["-device", "virtio-rng-pci,rng=rng"]
    if machine.incoming:
        argv += ["-incoming", f"file:{machine.incoming}"]
        # QEMU tells the network where the machine is now, by RARP in its name: once will do (and 0 is for ever).
        argv += ["-global", "migration.announce-rounds=1"]
    for card in machine.cards:
        if card.cable:
            end = f"stream,server={'on' if listens else 'off'},addr.type=unix,addr.path={card.cable}"
            argv += ["-netdev", f"{end},id={card.name}"]
    return argv


def _device(card: Card, *options: str) -> list[str]:
    netdev = [f"netdev={card.name}"] if card.cable else []
    return ["-device", ",".join(["virtio-net-pci", *netdev, f"mac={card.mac}", *options, "romfile="])]


def gateway_argv(machine: Gateway, accelerator: Accelerator) -> list[str]:
    """QEMU's options for a machine like the APU."""
    argv = _common(machine, accelerator, listens=False)
    for number, card in enumerate((card for card in machine.cards if not card.usb), start=1):
        # Buses are numbered in the order of the root ports, and Linux names the cards after them: enp1s0...
        port = f"pcie-root-port,id=port{number},bus=pcie.0,chassis={number},addr={number + 1:#x}"
        argv += ["-device", port, *_device(card, f"bus=port{number}")]
    argv += ["-device", "qemu-xhci,id=usb"]
    argv += ["-drive", f"file={machine.disk},format=raw,if=none,id=disk,cache=unsafe"]
    argv += ["-device", "usb-storage,bus=usb.0,drive=disk,removable=on,bootindex=0"]
    for phone in machine.phones:
        described = ",".join(f"{key}={value}" for key, value in phone.properties.items())
        if isinstance(phone, Redirected):
            argv += ["-chardev", f"socket,id={phone.name},host=127.0.0.1,port={phone.port},server=off"]
        argv += ["-device", f"{phone.driver},id={phone.name},{described}"]
    if machine.stick:
        argv += ["-drive", f"file={machine.stick},format=raw,if=none,id={STICK},readonly=on"]
        argv += ["-device", f"usb-storage,bus=usb.0,drive={STICK}"]
    if machine.clock:
        argv += ["-rtc", f"base={machine.clock}"]
    argv += ["-device", "i6300esb", "-action", "watchdog=reset,reboot=shutdown"]
    argv += ["-qmp", f"unix:{machine.events},server=on,wait=off"]
    argv += ["-chardev", f"socket,id=serial,path={machine.serial},server=on,wait=off"]
    argv += ["-serial", "chardev:serial"]
    return argv


def world_argv(machine: World, accelerator: Accelerator) -> list[str]:
    """QEMU's options for the machine that holds the simulated Internet."""
    argv = _common(machine, accelerator, listens=True)
    argv += ["-no-reboot", "-serial", f"file:{machine.kernel_log}"]
    argv += ["-kernel", str(machine.kernel), "-initrd", str(machine.initrd)]
    argv += ["-append", machine.command_line]
    for card in machine.cards:
        argv += _device(card)
    if machine.ssh:
        forward = f"hostfwd=tcp:127.0.0.1:{machine.ssh}-{OPERATOR_ADDRESS}:22"
        argv += ["-netdev", f"user,id={OPERATOR},restrict=on,{forward}"]
        argv += ["-device", f"virtio-net-pci,netdev={OPERATOR},mac={OPERATOR_MAC},romfile="]
    for number, disk in enumerate(machine.disks):
        argv += ["-drive", f"file={disk},format=raw,if=none,id=disk{number},readonly=on"]
        argv += ["-device", f"virtio-blk-pci,drive=disk{number}"]
    argv += ["-device", "virtio-serial-pci,id=consoles"]
    for number, console in enumerate(machine.consoles):
        argv += ["-chardev", f"socket,id=console{number},path={console},server=on,wait=off"]
        argv += ["-device", f"virtconsole,chardev=console{number},bus=consoles.0"]
    return argv
