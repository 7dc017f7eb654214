"""The built image, looked through in a sandbox: as it is, and with each of its faults made by us."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.config.load import from_text
from gateway_init.store import prerendered
from gateway_init.store.prerendered import Prepared
from image.account import manifest
from image.look import contents
from image.packages import tools
from image.root import kernel, left_out, licences
from tests import exposure
from tests.boot import closure

WORLD = stat.S_IWOTH
PRIVILEGED = stat.S_ISUID | stat.S_ISGID


class Request(Struct, frozen=True):
    image: Path
    tools: Path


class Findings(Struct, frozen=True):
    """What each check found wrong."""

    as_built: dict[str, list[str]]
    spoilt: dict[str, list[str]]


def writable(root: Path) -> list[str]:
    """What anybody may write to, but folders in which each may remove only what is theirs."""
    return [
        str(path)
        for path in sorted(root.rglob("*"))
        if not path.is_symlink() and (mode := path.stat().st_mode) & WORLD
        if not (path.is_dir() and mode & stat.S_ISVTX)
    ]


def privileged(root: Path) -> list[str]:
    """Programs that are set-uid or set-gid, or have capabilities."""
    return [
        str(file)
        for file in closure.files(root)
        if file.stat().st_mode & PRIVILEGED or "security.capability" in closure.attributes(file)
    ]


def unlicensed(root: Path) -> list[str]:
    """Packages whose copyright file is not there for `braid licences`; GRUB has one, too."""
    status = (root / left_out.DPKG / "status").read_text()
    return sorted({*manifest.packages(status), licences.BOOT_LOADER} - licences.names(root).keys())


def exposed(root: Path) -> list[str]:
    """Units of ours that are open to more than they must be; those that the daemon writes at boot as well."""
    folder = root / exposure.UNITS
    prepared = msgspec.msgpack.decode(
        (root / str(prerendered.FILE)[1:]).read_bytes(), type=Prepared, dec_hook=from_text
    )
    for name, service in prepared.runnable.services.items():
        (folder / name).write_text(service.unit)
    found = exposure.exposed(root, ["chroot", root, "systemd-analyze"])
    for name in prepared.runnable.services:
        (folder / name).unlink()
    return found


CHECKS: dict[str, Callable[[Path], list[str]]] = {
    "libraries": closure.libraries,
    "interpreters": closure.interpreters,
    "modules": closure.modules,
    "imports": closure.imports,
    "programs": closure.programs,
    "units": closure.units,
    "links": closure.links,
    "writable": writable,
    "privileged": privileged,
    "unlicensed": unlicensed,
    "exposed": exposed,
}


def look(wanted: Request, scratch: Path) -> Findings:
    """Look an image through, spoil what was unpacked, and look again. Runs in a sandbox."""
    root = scratch / "root"
    contents.unpack(wanted.image, tools.Tools(wanted.tools, scratch), scratch, root)
    as_built = _check(root)
    spoil(root)
    return Findings(as_built, _check(root))


def _check(root: Path) -> dict[str, list[str]]:
    return {name: [line.replace(str(root), "") for line in check(root)] for name, check in CHECKS.items()}


def spoil(root: Path) -> None:
    """Make one fault for each check to find."""
    next((root / "usr/lib/x86_64-linux-gnu").glob("libnftables.so.1.*")).unlink()
    (root / "usr/bin/script").write_text("#!/usr/bin/perl\n")
    (root / "usr/bin/script").chmod(0o755)
    next(kernel.modules(root).rglob("pppox.ko")).unlink()
    next((root / "usr/lib/python3/dist-packages").glob("msgspec/_core*.so")).unlink()
    next((root / "usr/lib/x86_64-linux-gnu/ossl-modules").glob("legacy.so")).unlink()
    (root / "usr/sbin/nft").unlink()
    with (root / left_out.DPKG / "status").open("a") as status:
        status.write("\nPackage: pirate\nVersion: 1\n")
    (root / exposure.UNITS / "braid-open.service").write_text("[Service]\nExecStart=/usr/bin/true\n")
    (root / "usr/bin/dangling").symlink_to("/usr/bin/nowhere")
    (root / "etc/motd").chmod(0o666)
    (root / "usr/bin/bash").chmod(0o4755)
    closure.forget()
