"""The packages of a recipe, installed by mmdebstrap into a root that is kept as a tar file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from image import recipe
from image.packages import pool
from image.packages.package import Package, Selection
from image.packages.tools import Tools
from image.work import cache, files, makers, step, tarball

UNCHECKED = """
import pathlib
for file in pathlib.Path("/usr/lib").glob("python3*/**/*.pyc"):
    with file.open("r+b") as code:
        flags = code.read(8)[4:]
        assert flags[0] & 1, f"{file}: compiled without SOURCE_DATE_EPOCH?"
        code.seek(4)
        code.write(bytes([1]) + flags[1:])
"""
"""Makes the byte code that came with the packages hold however the time stamps of the sources are set later, without a
look at them. As SOURCE_DATE_EPOCH is set, it holds by a digest of its source already (PEP 552)."""

TIDY = (
    # Made anew on each installation: keys, the building machine's names, logs, indexes of what is where.
    'rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/shadowsocks-libev/config.json',
    'rm -f "$1"/etc/resolv.conf "$1"/etc/hostname "$1"/etc/machine-id',
    'rm -rf "$1"/var/log/* "$1"/var/cache/* "$1"/var/lib/dpkg/*-old "$1"/var/lib/systemd/catalog/database',
    ': > "$1"/etc/machine-id; mkdir -p "$1"/var/cache/ldconfig; chmod 700 "$1"/var/cache/ldconfig',
    f'[ ! -x "$1"/usr/bin/python3 ] || chroot "$1" python3 -B -c {shlex.quote(UNCHECKED)}',
)


DPKG_CONFIG = "/etc/dpkg/dpkg.cfg.d/without"
FORGET = f'rm "$1"{DPKG_CONFIG}'


class Request(Struct, frozen=True):
    packages: tuple[Package, ...]
    """All of them, those that others need included; all in the pool."""
    without: tuple[str, ...]
    but: tuple[str, ...]
    tidy: tuple[str, ...]
    """Shell commands at the end; $1 is the root."""
    seconds: int
    tools: Path
    """Their tar file. mmdebstrap comes from there, so that every host installs in the same order."""
    into: Path
    """Where the tar file goes."""
    log: Path


def selection(root: recipe.Root) -> Selection:
    return Selection(root.suite, root.components, tuple(sorted(root.packages)))


def entry(root: recipe.Root, packages: tuple[Package, ...], tools: str, tidy: tuple[str, ...] = TIDY) -> str:
    """Name of the tar file in the cache; `tools` is that of the tools."""
    code, digests = makers.code(__name__), [package.sha256 for package in packages]
    parts = (code, tidy, digests, root.without, root.but, root.seconds, tools)
    return f"root-{cache.key(*parts)}.tar"


def leave_out(without: Sequence[str], but: Sequence[str]) -> list[str]:
    r"""Shell commands that remove what fits `without`, and links to it, unless it fits `but`; $1 is the root.

    They are for when the essential packages are installed: from the others dpkg does not even unpack it. From the
    start it could be told so, too, but then mmdebstrap filters what it unpacks, and takes three times as long.

    >>> leave_out(["/usr/share/man/*"], [])[0]
    'find "$1"/etc "$1"/usr "$1"/var -depth \\( -path "$1"/usr/share/man/\\* -o -lname /usr/share/man/\\* \\) -delete'
    """

    def fits(pattern: str) -> str:
        quoted = pattern.replace("*", "\\*")
        return f'\\( -path "$1"{quoted} -o -lname {quoted} \\)'

    # With a file its folder stays, or the link to it.
    kept = "".join(f" ! {fits(each)} ! \\( ! -type f {fits(each.rpartition('/')[0])} \\)" for each in but)
    lines = [*(f"path-exclude={pattern}" for pattern in without), *(f"path-include={pattern}" for pattern in but)]
    return [
        *(f'find "$1"/etc "$1"/usr "$1"/var -depth {fits(pattern)}{kept} -delete' for pattern in without),
        f'printf "%s\\n" {shlex.join(lines)} >"$1"{DPKG_CONFIG}',
    ]


def request(
    root: recipe.Root, packages: tuple[Package, ...], tools: Path, into: Path, logs: Path, tidy: tuple[str, ...] = TIDY
) -> Request:
    """What to make of a recipe; `logs` is the folder for mmdebstrap's output."""
    return Request(packages, root.without, root.but, tidy, root.seconds, tools, into, logs / "packages.log")


def make(wanted: Request, scratch: Path) -> None:
    """Install the packages, which needs no network, and put the tar file in its place. Runs in a sandbox."""
    with step.step(f"Installing {len(wanted.packages)} packages"):
        shape = Tools(wanted.tools, scratch)
        archive, tar, tmp = scratch / "archive", scratch / "root.tar", scratch / "tmp"
        (archive / "pool").mkdir(parents=True)
        process.run(["mount", "--bind", pool.folder(), shape.own(str(shape.seen(archive / "pool")).lstrip("/"))])
        (archive / "Packages").write_text(pool.index(wanted.packages, "pool"))
        tmp.mkdir()
        tmp.chmod(0o1777)
        wanted.log.parent.mkdir(parents=True, exist_ok=True)
        wanted.log.write_text("")
        shape.run(
            "mmdebstrap", "--mode=root", "--variant=essential", "--format=tar",
            f"--include={','.join(package.name for package in wanted.packages)}",
            *(f"--essential-hook={line}" for line in leave_out(wanted.without, wanted.but)),
            *(f"--customize-hook={line}" for line in (FORGET, *wanted.tidy)),
            # No suite: the archive has these packages and no others.
            "", tar, f"deb [trusted=yes] copy:{shape.seen(archive)} ./",
            # Our initrd, not Debian's: initramfs-tools heeds this.
            env={"TMPDIR": str(shape.seen(tmp)), "INITRD": "No", "SOURCE_DATE_EPOCH": str(wanted.seconds)},
            log=wanted.log,
        )  # fmt: skip
        files.publish(tar, wanted.into)


def unpack(tar: Path, into: Path, *parts: str) -> None:
    """Unpack a root's tar file, or only the named parts of it, such as `boot`. Runs in a sandbox.

    Device files stay out: the kernel makes its own, and a user namespace may not.
    """
    into.mkdir()
    tarball.unpack(tar, into, *parts, without="./dev/*")
