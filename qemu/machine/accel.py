"""KVM or TCG: hardware virtualisation only where it has been seen to work."""

from __future__ import annotations

import os
import platform
import struct
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Literal

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from qemu.machine import emulator

Accelerator = Literal["kvm", "tcg"]

VARIABLE = "BRAID_ACCEL"
"""Environment variable that overrides what was found: kvm or tcg."""

LOOPS = 200_000_000
REFERENCE = 0.7
"""Seconds that the tiny guest takes under TCG on a quiet machine of 2020: a slowness of 1."""
PATIENCE = 5.0
"""Seconds in which the tiny guest must be through under KVM; a KVM that works needs a tenth of one."""
DONE = 33
"""What QEMU exits with when the guest writes 0x10 to isa-debug-exit: (0x10 << 1) | 1."""


def accelerator() -> Accelerator:
    """What to run machines with. The proof is made once for each machine and kernel, and remembered."""
    chosen = os.environ.get(VARIABLE, "")
    match chosen:
        case "kvm" | "tcg":
            return chosen
        case "":
            return _found()
        case _:
            raise Mistake(f"{VARIABLE}={chosen}: no such accelerator", hint="kvm or tcg; unset: find out")


@cache
def _found() -> Accelerator:
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    note = _cache_folder() / f"accelerator-{_machine_key()}"
    remembered = note.read_text().strip() if note.exists() else ""
    if remembered in ("kvm", "tcg"):
        return "kvm" if remembered == "kvm" else "tcg"
    found: Accelerator = "tcg" if tiny_guest("kvm", PATIENCE) is None else "kvm"
    note.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=note.parent, delete=False) as aside:
        aside.write(found + "\n")
    Path(aside.name).rename(note)
    return found


def slowness() -> float:
    """How many times slower machines run here than on the reference machine, as it is loaded now; at least 1.

    The one factor that every limit on a wait is multiplied by.
    """
    return max(1.0, _by_itself()) * _crowd()


def pace() -> float:
    """The same for what machines can carry, which is more on one that is quicker than the reference: below 1 there."""
    return _by_itself() * _crowd()


@cache
def _by_itself() -> float:
    """Seen once for all: what takes a processor's time to find out is no part of a wait."""
    return _took() / REFERENCE


def slowness_now() -> float:
    """How many times slower a machine runs at this moment: for what is to go at the pace of it, not to wait for it."""
    return max(1.0, _took() / REFERENCE, _crowd())


def _crowd() -> float:
    """How many want each processor."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def _took() -> float:
    took = tiny_guest(accelerator(), 60.0)
    if took is None:
        raise Mistake(f"QEMU does not run a guest with {accelerator()}", hint=f"{VARIABLE}=tcg runs everywhere, slowly")
    return took


def tiny_guest(with_accelerator: Accelerator, patience: float) -> float | None:
    """Seconds that a boot sector needs to count down and leave; None if it did not within `patience`."""
    with tempfile.TemporaryDirectory(prefix="braid-") as folder:
        disk = Path(folder) / "disk"
        disk.write_bytes(boot_sector())
        argv = [*emulator.program(), "-accel", with_accelerator, "-machine", "pc", "-cpu", "qemu64"]
        argv += ["-nodefaults", "-display", "none", "-m", "32", "-device", "isa-debug-exit,iobase=0xf4"]
        argv += ["-drive", f"file={disk},format=raw,if=ide"]
        start = time.monotonic()
        try:
            done = process.run(argv, timeout=patience, check=False)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - start if done.returncode == DONE else None


def boot_sector() -> bytes:
    """A guest of 18 bytes: count down from LOOPS, tell QEMU to exit, halt."""
    count_down = b"\xfa\x66\xb9" + struct.pack("<I", LOOPS) + b"\x66\x49\x75\xfc"
    leave = b"\xb0\x10\xe6\xf4\xf4"
    return (count_down + leave).ljust(510, b"\0") + b"\x55\xaa"


def _cache_folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "braid"


def _machine_key() -> str:
    machine = Path("/etc/machine-id")
    name = machine.read_text().strip() if machine.exists() else platform.node()
    return f"{name[:12]}-{platform.release()}"
