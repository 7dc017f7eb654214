"""The working tree's gateway_init put into a gateway that runs: what differs, over what the image holds.

The box itself tells what it has, by digests, so nothing is remembered here. Its root is read-only: the package lies
under an overlay in memory from the first push on, and the next start of the box is of the image alone again.
"""

from __future__ import annotations

import base64
import hashlib
import io
import shlex
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from gateway_init.wellknown import place
from qemu.drive.ready import READY_LIMIT, wait_until_all_up
from qemu.drive.shell import Shell

PACKAGE = str(place.CODE)
PUSHED = "/run/pushed"
PRERENDERED = "/usr/lib/braid/prepared"
"""What the image's build worked out by its own templates; the daemon does without where it holds nothing, and without
what an edit came to."""

COVER = f"""
mountpoint -q {PACKAGE} || {{
    mkdir -p {PUSHED}/upper {PUSHED}/work && : >{PUSHED}/none &&
    mount -t overlay overlay -o lowerdir={PACKAGE},upperdir={PUSHED}/upper,workdir={PUSHED}/work {PACKAGE} &&
    mount --bind {PUSHED}/none {PRERENDERED}
}}
rm -f {place.PREPARED}
"""


class Difference(NamedTuple):
    """Paths below the package."""

    changed: tuple[str, ...]
    gone: tuple[str, ...]


def push(gateway: Shell, sources: Path) -> Difference:
    """Bring the package in `sources` to the box, restart its daemon, and wait until it is ready; what was different."""
    found = difference(_here(sources), _there(gateway.succeed(f"cd {PACKAGE} && {LISTING}")))
    if not any(found):
        return found
    gateway.succeed(COVER)
    gateway.succeed(f"cd {PACKAGE} && rm -f -- {' '.join(stale(found))}")
    if found.changed:
        packed = base64.b64encode(_packed(sources, found.changed)).decode()
        gateway.succeed(f"base64 -d <<'END' | tar -xzf - -C {PACKAGE}\n{packed}\nEND")
    gateway.succeed("systemctl restart braid.service")
    wait_until_all_up(gateway, READY_LIMIT)
    return found


LISTING = "find . -type f ! -name '*.pyc' -exec sha256sum {} +"


def difference(here: Mapping[str, str], there: Mapping[str, str]) -> Difference:
    """What to bring and what to remove, from digests by path.

    >>> difference({"a.py": "1", "b.py": "2"}, {"a.py": "1", "b.py": "3", "c.py": "4"})
    Difference(changed=('b.py',), gone=('c.py',))
    """
    changed = sorted(name for name, digest in here.items() if there.get(name) != digest)
    return Difference(tuple(changed), tuple(sorted(set(there) - set(here))))


def stale(found: Difference) -> list[str]:
    """What goes first, in a shell's words: files that are no more, and byte code, which Python takes unseen here.

    >>> stale(Difference(("plan/plan.py",), ("old.j2",)))
    ['old.j2', 'plan/__pycache__/plan.*.pyc']
    """
    sources = [Path(name) for name in (*found.changed, *found.gone) if name.endswith(".py")]
    compiled = [f"{shlex.quote(str(file.parent / '__pycache__' / file.stem))}.*.pyc" for file in sources]
    return [*(shlex.quote(name) for name in found.gone), *compiled]


def _here(sources: Path) -> dict[str, str]:
    files = (file for file in sources.rglob("*") if file.is_file() and file.suffix != ".pyc")
    return {str(file.relative_to(sources)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def _there(listing: str) -> dict[str, str]:
    lines = (line.split("  ", 1) for line in listing.splitlines())
    return {name.removeprefix("./"): digest for digest, name in lines}


def _packed(sources: Path, names: tuple[str, ...]) -> bytes:
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz") as tar:
        for name in names:
            tar.add(sources / name, name)
    return into.getvalue()
