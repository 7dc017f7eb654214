"""The packages of a recipe, installed by mmdebstrap into a root that is kept as a tar file."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from msgspec import Struct

from gateway_init import process
from gateway_init.mistake import Mistake
from image import cache, files, recipe, step

FORMAT = 1
"""Counted up when the same recipe is to give another tar file."""

UNREACHABLE = re.compile(
    r"(Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|"
    r"Network is unreachable|Connection (?:timed out|refused|failed)|No route to host)[^\n]*"
)

TIDY = (
    # Made anew on each installation: keys, the building machine's names, logs, indexes of what is where.
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/shadowsocks-libev/config.json',
    'rm -f "$1"/etc/resolv.conf "$1"/etc/hostname "$1"/etc/machine-id',
    'rm -rf "$1"/var/log/* "$1"/var/cache/* "$1"/var/lib/dpkg/*-old "$1"/var/lib/systemd/catalog/database',
    ': > "$1"/etc/machine-id; mkdir -p "$1"/var/cache/ldconfig; chmod 700 "$1"/var/cache/ldconfig',
    # Byte code that holds however the time stamps of the sources are set later.
    'if [ -x "$1"/usr/bin/python3 ]; then find "$1"/usr/lib/python3* -name "*.pyc" -delete; chroot "$1" sh -c '
    '"exec python3 -m compileall -q --invalidation-mode unchecked-hash /usr/lib/python3*"; fi',
)


class Packages(Struct, frozen=True):
    """What mmdebstrap is asked for."""

    suite: str
    components: tuple[str, ...]
    packages: tuple[str, ...]
    without: tuple[str, ...]
    but: tuple[str, ...]
    seconds: int
    variant: str
    """How much of Debian comes unasked (mmdebstrap(1))."""
    tidy: tuple[str, ...]
    into: Path
    """Where the tar file goes."""
    log: Path


def entry(root: recipe.Root, *, fresh: bool = False) -> str:
    """Name of the tar file in the cache; `fresh`: of one that is still to be made."""
    parts = (root.suite, root.components, sorted(root.packages), root.without, root.but, root.seconds)
    return cache.latest(f"root-{cache.key(FORMAT, TIDY, *parts)}", ".tar", fresh=fresh)


def request(root: recipe.Root, into: Path, log: Path) -> Packages:
    return Packages(
        suite=root.suite,
        components=root.components,
        packages=tuple(sorted(root.packages)),
        without=root.without,
        but=root.but,
        seconds=root.seconds,
        variant="essential",
        tidy=TIDY,
        into=into,
        log=log,
    )


def check() -> None:
    """Raises Mistake where mmdebstrap is missing."""
    if shutil.which("mmdebstrap") is None:
        raise Mistake("mmdebstrap is not installed", hint="`./invoke` installs what the build needs")


def make(wanted: Packages, scratch: Path) -> None:
    """Install the packages and put the tar file in its place. Runs in a sandbox.

    Raises Mistake where the mirror cannot be reached, CommandFailed where mmdebstrap fails otherwise.
    """
    with step.step(f"Installing {len(wanted.packages)} packages of {wanted.suite} and what they need"):
        tmp = scratch / "tmp"
        tmp.mkdir()
        tmp.chmod(0o1777)
        tar = scratch / "root.tar"
        wanted.log.parent.mkdir(parents=True, exist_ok=True)
        wanted.log.write_text("")
        try:
            process.run(
                _argv(wanted, tar),
                # Our initrd, not Debian's: initramfs-tools heeds this.
                env={"TMPDIR": str(tmp), "INITRD": "No", "SOURCE_DATE_EPOCH": str(wanted.seconds)},
                log=wanted.log,
            )
        except process.CommandFailed as failure:
            if why := UNREACHABLE.search(failure.output):
                raise Mistake(
                    f"no network: the packages of {wanted.suite} cannot be fetched ({why.group(0).strip()})",
                    hint="check the connection, or http_proxy; once in the cache, packages need no network",
                ) from None
            raise
        files.publish(tar, wanted.into)


def _argv(wanted: Packages, tar: Path) -> list[str]:
    return [
        "mmdebstrap",
        f"--mode={'root' if _is_real_root() else 'unshare'}",
        f"--variant={wanted.variant}",
        f"--components={','.join(wanted.components)}",
        f"--include={','.join(wanted.packages)}",
        '--aptopt=Apt::Install-Recommends "0"',
        '--aptopt=Acquire::Retries "2"',
        *(f"--dpkgopt=path-exclude={path}" for path in wanted.without),
        *(f"--dpkgopt=path-include={path}" for path in wanted.but),
        *(f"--customize-hook={line}" for line in wanted.tidy),
        "--format=tar",
        wanted.suite,
        str(tar),
    ]


def _is_real_root() -> bool:
    """Whether the ids in here are those outside: not so in a user namespace (user_namespaces(7))."""
    return Path("/proc/self/uid_map").read_text().split() == ["0", "0", "4294967295"]


def unpack(tar: Path, into: Path, *parts: str) -> None:
    """Unpack a root's tar file, or only the named parts of it, such as `boot`. Runs in a sandbox.

    Device files stay out: the kernel makes its own, and a user namespace may not.
    """
    into.mkdir()
    wanted = [f"./{part}" for part in parts]
    process.run(["tar", "--extract", "--file", tar, "--directory", into, "--exclude", "./dev/*", *wanted])
