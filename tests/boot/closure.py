"""Whether all that a root's parts need is in it. Each check returns what it found wrong, one line for each."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import InterpSegment

from gateway_init.base import process
from image.root import kernel, module

LIBRARIES = ("/usr/lib/x86_64-linux-gnu", "/usr/lib")
"""Where the loader looks unasked (ld.so(8)); all that Debian's /etc/ld.so.conf.d adds is in there."""

AT_RUN_TIME = ("/proc/", "/run/", "/dev/", "/data/", "/sys/", "/var/log/")
"""Where links may lead to what is there on a running box only."""

UNITS = ("etc/systemd/system", "usr/lib/systemd/system")
PULLED = re.compile(r"^(?:Wants|Requires|Requisite|BindsTo|Upholds|OnFailure|Unit|Service|Sockets)=(.*)$", re.MULTILINE)
EXECUTED = re.compile(r"^Exec\w+=([@\-:+!|]*)(\S+)", re.MULTILINE)
"""What a unit runs; with a - before it, it may be missing (systemd.service(5))."""

PROGRAMS = (
    ("pppd", "--version"),
    ("openvpn", "--version"),
    ("redsocks", "-v"),
    ("ss-local", "-h"),
    ("dnsmasq", "--version"),
    ("unbound", "-V"),
    ("nft", "--version"),
    ("ip", "-V"),
    ("tc", "-V"),
    ("ss", "-V"),
    ("sshd", "-V"),
    ("systemctl", "--version"),
    ("e2fsck", "-V"),
    ("usb_modeswitch", "--version"),
    ("mbimcli", "--version"),
    ("usbmuxd", "--version"),
    ("tcpdump", "--version"),
    ("nano", "--version"),
    ("braid", "--help"),
)
"""Those that the box lives by, and how they say something of themselves."""

UNHAPPY = re.compile(r"(?i)could not|cannot|not found|no such|failed to|unable")

IMPORTS = """
import ast, importlib, pathlib, sys
for file in sorted(pathlib.Path("/usr/lib/python3/dist-packages/gateway_init").rglob("*.py")):
    asked = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            asked |= {(each.name, "") for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            asked |= {(node.module, each.name) for each in node.names}
    for name, part in sorted(asked):
        try:
            found = importlib.import_module(name)
            if part and not hasattr(found, part):
                importlib.import_module(f"{name}.{part}")
        except Exception as error:
            print(f"{file}: import of {name} {part}: {error!r}")
"""


def files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())


def inside(root: Path, path: str) -> Path:
    """Where an absolute path leads in a root, links followed there and not here."""
    at = root
    for part in Path(path).parts[1:]:
        at = at.parent if part == ".." else at / part
        for _ in range(40):
            if not at.is_symlink():
                break
            target = at.readlink()
            at = inside(root, str(target) if target.is_absolute() else f"/{(at.parent / target).relative_to(root)}")
    return at


def libraries(root: Path) -> list[str]:
    """Programs and libraries whose libraries or loader are missing."""
    return [wrong for file in files(root) for wrong in _unlinked(root, file)]


def _unlinked(root: Path, file: Path) -> Iterator[str]:
    with file.open("rb") as source:
        if source.read(4) != b"\x7fELF" or file.suffix == ".ko":
            return
        try:
            elf = ELFFile(source)
        except ELFError as error:
            yield f"{file}: {error}"
            return
        needed, ways = [], list(LIBRARIES)
        for segment in elf.iter_segments():
            if isinstance(segment, InterpSegment) and not inside(root, segment.get_interp_name()).exists():
                yield f"{file}: no loader {segment.get_interp_name()}"
        for section in elf.iter_sections():
            for tag in section.iter_tags() if isinstance(section, DynamicSection) else ():
                if tag.entry.d_tag == "DT_NEEDED":
                    needed.append(vars(tag)["needed"])
                elif tag.entry.d_tag in ("DT_RUNPATH", "DT_RPATH"):
                    ways += vars(tag)[tag.entry.d_tag[3:].lower()].split(":")
    here = f"/{file.parent.relative_to(root)}"
    if here.startswith(LIBRARIES):
        # A library in a folder of its own belongs to a program that has loaded its neighbours.
        ways.append(here)
    for name in needed:
        if not any(_is_there(root, f"{way.replace('$ORIGIN', here)}/{name}") for way in ways):
            yield f"{file}: no {name}"


@cache
def _is_there(root: Path, path: str) -> bool:
    return inside(root, path).exists()


def interpreters(root: Path) -> list[str]:
    """Scripts whose interpreter is missing."""
    found = []
    for file in files(root):
        if not os.access(file, os.X_OK):
            continue
        with file.open("rb") as source:
            first = source.readline(200).decode(errors="replace") if source.read(2) == b"#!" else ""
        words = first.split()
        if words and Path(words[0]).name == "env":
            words = [f"/usr/bin/{words[-1]}"]
        if words and not inside(root, words[0]).exists():
            found.append(f"{file}: no {words[0]}")
    return found


def modules(root: Path) -> list[str]:
    """Kernel modules that are listed and not there, or need one that is not there, by what they say of themselves."""
    folder = kernel.modules(root)
    known = module.of(folder)
    found = [f"{name} is listed only" for name in sorted(known.files()) if not (folder / name).is_file()]
    for file in sorted(folder.rglob("*.ko")):
        with file.open("rb") as source:
            about = ELFFile(source).get_section_by_name(".modinfo")
            says = about.data().decode(errors="replace").split("\0") if about else []
        needs = [name for line in says if line.startswith("depends=") for name in line[8:].split(",") if name]
        found += [f"{file}: no module {name}" for name in needs if name not in known]
    return found


def imports(root: Path) -> list[str]:
    """Imports of gateway_init, those inside of functions included, that the root's own Python cannot do."""
    done = process.run(["chroot", root, "/usr/bin/python3", "-c", IMPORTS], env={"PATH": "/usr/sbin:/usr/bin"})
    return done.stdout.splitlines()


def programs(root: Path) -> list[str]:
    """Programs that do not start, or miss something that they load by themselves, such as a plugin."""
    found = []
    process.run(["mount", "--rbind", "/dev", root / "dev"])
    for name, option in PROGRAMS:
        done = process.run(["chroot", root, name, option], env={"PATH": "/usr/sbin:/usr/bin"}, check=False)
        said = done.stdout + done.stderr
        if not said or UNHAPPY.search(said):
            found.append(f"{name}: {(said.strip().splitlines() or ['says nothing'])[0]}")
    process.run(["umount", "--recursive", "--lazy", root / "dev"])
    return found


def units(root: Path) -> list[str]:
    """Units that a boot can start and that run what is not there."""
    ahead, seen, found = ["default.target"], set(), []
    while ahead:
        name = ahead.pop()
        if name in seen:
            continue
        seen.add(name)
        ahead += _pulled(root, name)
        for file in _texts(root, name):
            for prefix, program in EXECUTED.findall(file.read_text()):
                path = program if program.startswith("/") else f"/usr/bin/{program}"
                if "-" not in prefix and "%" not in path and not inside(root, path).exists():
                    found.append(f"{name}: no {path}")
    return sorted(set(found))


def _texts(root: Path, unit: str) -> Iterator[Path]:
    """A unit's own file, or its template's, and what is added to it."""
    names = {unit, re.sub(r"@.*\.", "@.", unit)}
    for folder in UNITS:
        for name in names:
            file = inside(root, f"/{folder}/{name}")
            if file.is_file():
                yield file
            yield from sorted((root / folder / f"{name}.d").glob("*.conf"))


def _pulled(root: Path, unit: str) -> Iterator[str]:
    for folder in UNITS:
        for kind in ("wants", "requires"):
            yield from (link.name for link in (root / folder / f"{unit}.{kind}").glob("*"))
    for file in _texts(root, unit):
        for names in PULLED.findall(file.read_text()):
            yield from names.split()
        if unit == "default.target":
            yield file.name
    if unit.endswith((".socket", ".timer", ".path")):
        yield f"{unit.rpartition('.')[0]}.service"
        yield f"{unit.rpartition('.')[0]}@.service"


def links(root: Path) -> list[str]:
    """Links that lead nowhere."""
    found = []
    for path in sorted(root.rglob("*")):
        if path.is_symlink():
            own = f"/{path.relative_to(root)}"
            end = inside(root, own)
            if not end.exists() and not f"/{end.relative_to(root)}".startswith(AT_RUN_TIME):
                found.append(f"{own} -> {path.readlink()}")
    return found


def attributes(file: Path) -> list[str]:
    """Names of a file's extended attributes, capabilities among them."""
    return os.listxattr(file)


def forget() -> None:
    """The root has changed."""
    _is_there.cache_clear()
