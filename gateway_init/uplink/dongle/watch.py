"""Waits for sticks that show a disk, and has usb_modeswitch(1) tell them to show their network cards: a unit by itself.

The kernel tells of all that is plugged in (udev(7), netlink of family KOBJECT_UEVENT); what is there then is looked at
as a whole, so nothing is missed that was there before.
"""

from __future__ import annotations

import select
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.uplink.dongle import switch
from gateway_init.uplink.dongle.switch import Stick

DEVICES = Path("/sys/bus/usb/devices")
NETLINK_KOBJECT_UEVENT = 15
"""linux/netlink.h."""
FROM_THE_KERNEL = 1
"""Its multicast group: what udev makes of it is not waited for."""
LONGEST = 65536
"""Bytes of a message; it has the environment of a device."""
SETTLE = 0.5
"""Seconds without news after which what is plugged in has come up, and can be told something."""
PATIENCE = 60.0
"""Seconds that it may take to obey: some wait for an answer that never comes."""
USB_TEXTS = {"uMa": "manufacturer", "uPr": "product", "uSe": "serial"}
DISK_TEXTS = {"sVe": "vendor", "sMo": "model", "sRe": "rev"}


def main(port: str) -> None:
    """Watch the socket `port`, or all where it is empty, for ever."""
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT)
    news.bind((0, FROM_THE_KERNEL))
    orders = switch.orders()
    told: set[tuple[int, int]] = set()
    while True:
        there = list(sticks(port))
        # A number that is gone may be another stick's later on.
        told &= {(stick.bus, stick.device) for stick in there}
        for stick in there:
            name = switch.fitting(stick, orders)
            if name and (stick.bus, stick.device) not in told:
                told.add((stick.bus, stick.device))
                _tell(stick, name, orders[name])
        _wait(news)


def sticks(port: str, devices: Path = DEVICES) -> Iterator[Stick]:
    """What is plugged into the socket `port`, or into any where it is empty."""
    for folder in sorted(devices.glob("[0-9]*-*")):
        if ":" in folder.name or port not in ("", folder.name):
            continue
        try:
            yield _stick(folder)
        except (OSError, ValueError):
            # It was pulled out while it was looked at.
            continue


def _stick(folder: Path) -> Stick:
    texts = {key: _text(folder / file) for key, file in USB_TEXTS.items()}
    disk = next(iter(sorted(folder.glob("*:*/host*/target*/*:*:*:*"))), None)
    if disk is not None:
        texts |= {key: _text(disk / file) for key, file in DISK_TEXTS.items()}
    return Stick(
        socket=folder.name,
        number=f"{_text(folder / 'idVendor')}:{_text(folder / 'idProduct')}",
        bus=int((folder / "busnum").read_text()),
        device=int((folder / "devnum").read_text()),
        configurations=int((folder / "bNumConfigurations").read_text()),
        texts=texts,
    )


def _text(file: Path) -> str:
    """Empty where the device does not say."""
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""


def _tell(stick: Stick, name: str, order: str) -> None:
    print(f"{stick.number} on USB {stick.socket} shows a disk: told to stop that, as {name} says", flush=True)
    try:
        done = run(switch.command(stick, order), timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        print(f"USB {stick.socket}: no end in {PATIENCE:.0f} s", flush=True)
    else:
        print(done.stdout.strip(), done.stderr.strip(), flush=True)


def _wait(news: socket.socket) -> None:
    """Until something of USB has come or gone, or a disk of it, and has settled."""
    while b"/usb" not in news.recv(LONGEST):
        pass
    while select.select([news], [], [], SETTLE)[0]:
        news.recv(LONGEST)


if __name__ == "__main__":
    main(*sys.argv[1:])
