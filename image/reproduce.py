"""The same image once more, made from scratch elsewhere and otherwise: are the bytes the same?

Elsewhere and otherwise: in another folder, with an empty cache but for the packages themselves, without network, at
another time in another time zone, with another umask and host name and, where root may choose, as an ordinary user.
"""

from __future__ import annotations

import os
import pwd
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from gateway_init.config.site import Site
from image import assemble, build, rebuild, recipe
from image.account import manifest
from image.look import compare
from image.packages import choice, pool, tools
from image.update import bundle
from image.work import cache, files, sandbox, step

MADE = (build.IMAGE, build.IMAGE + assemble.COMPRESSED, bundle.NAME, manifest.NAME)
"""What must be the same."""

OTHERWISE = {"TZ": "Pacific/Chatham", "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
"""The network leads nowhere, for an ordinary user too, who cannot leave it."""

SCRIPT = 'umask 077; [ "$(id -u)" != 0 ] || hostname elsewhere; exec "$@"'

LEFT_OUT = (".git", ".venv", "build", "secrets", "__pycache__", "*_cache", ".hypothesis")

SUBORDINATE = Path("/etc/subuid")


class Sameness(Struct, frozen=True):
    """How one file compares."""

    name: str
    sha256: str
    differences: tuple[str, ...]
    """Empty where both are the same."""


def reproduce(
    site: Site, config: Path, secrets: Path, out: Path, *, locked: bool = False, quick: bool = False
) -> list[Sameness]:
    """Build again elsewhere, and compare with what is in `out`, which must be up to date.

    `quick`: the installed packages come from the cache, and only what is made of them is made again.
    Raises Mistake where there is nothing to compare with, CommandFailed where the second build fails.
    """
    if not build.is_current(site, config, secrets, out, locked=locked):
        raise Mistake(f"{out / build.IMAGE} is not up to date", hint="`invoke build` makes it")
    wanted = recipe.load(build.RECIPE, recipe.Image)
    chosen = build.chosen_for(wanted, out, locked=locked)
    build.build_bundle(secrets, out, locked=locked)
    with tempfile.TemporaryDirectory(prefix="braid-again-") as place, step.step("Building again, elsewhere"):
        folder = Path(place)
        clone = folder / "another place/braid"
        copy_sources(sandbox.PROJECT, clone)
        shutil.copytree(secrets, clone / "secrets")
        shutil.copyfile(config, folder / "gateway.yaml")
        seed(folder / "cache/braid", chosen, quick=quick)
        (folder / "tmp").mkdir()
        again = clone / "build"
        words = [sys.executable, "-Es", "-m", "image.rebuild", str(folder / "gateway.yaml"), "secrets", str(again)]
        as_other = other_user(folder)
        step.say(f"as {as_other[2] if as_other else 'the same user'}, in {clone}")
        prefix = ["unshare", "--net", "--uts"] if os.geteuid() == 0 else []
        process.run(
            [*prefix, "sh", "-c", SCRIPT, "sh", *as_other, *words, *([rebuild.LOCKED] if locked else [])],
            cwd=clone,
            env={
                **OTHERWISE,
                # Where there is no git in which to look.
                manifest.EPOCH: str(manifest.read(out / manifest.NAME).commit.seconds),
                "HOME": str(folder),
                "TMPDIR": str(folder / "tmp"),
                "XDG_CACHE_HOME": str(folder / "cache"),
            },
        )
        return [_compare(out / name, again / name, chosen) for name in MADE]


def _compare(first: Path, second: Path, chosen: choice.Choice) -> Sameness:
    digest = manifest.artifact(first).sha256
    if not second.exists():
        return Sameness(first.name, digest, (f"{first.name}: only in the first",))
    if compare.first_difference(first, second) is None:
        return Sameness(first.name, digest, ())
    pair = compare.Pair(first.resolve(), second.resolve(), cache.home() / tools.entry(chosen.tools))
    return Sameness(first.name, digest, tuple(sandbox.call(compare.differences, pair)))


def render(results: Sequence[Sameness]) -> str:
    """The verdict for a person.

    >>> print(render([Sameness("braid.img", "ab" * 32, ()), Sameness("a.json", "cd" * 32, ("a.json: content",))]))
    braid.img  the same (sha256 abababababababababababababababababababababababababababababababab)
    a.json  DIFFERS
      a.json: content
    """
    lines = []
    for result in results:
        lines.append(f"{result.name}  {'DIFFERS' if result.differences else f'the same (sha256 {result.sha256})'}")
        lines += [f"  {difference}" for difference in result.differences]
    return "\n".join(lines)


def copy_sources(project: Path, clone: Path) -> None:
    """Copy what is in git or will be, at the same commit; where there is no git, all but what was made."""
    git = ["git", "-c", "safe.directory=*", "-C"]
    try:
        listing = process.run(
            [*git, project, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name", ":/"]
        ).stdout
        process.run([*git, project, "clone", "--quiet", "--no-checkout", "--no-hardlinks", ".", clone])
        process.run([*git, clone, "reset", "--quiet"])
    except (process.CommandFailed, FileNotFoundError):
        shutil.copytree(project, clone, symlinks=True, ignore=shutil.ignore_patterns(*LEFT_OUT), dirs_exist_ok=True)
        return
    for name in filter(None, listing.split("\0")):
        source = project / name
        if source.exists() or source.is_symlink():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, clone / name, follow_symlinks=False)


def seed(home: Path, chosen: choice.Choice, *, quick: bool) -> None:
    """Fill another cache with the packages that were chosen, and that choice; `quick`: and with what is unpacked."""
    (home / "packages").mkdir(parents=True)
    for package in {*chosen.root, *chosen.tools}:
        for file in (pool.file(package), pool.file(package).with_suffix(".control")):
            shutil.copyfile(file, home / "packages" / file.name)
    kinds = ["set-*.json", *(["tools-*.tar", "root-*.tar"] if quick else [])]
    for file in (file for kind in kinds for file in cache.home().glob(kind)):
        shutil.copyfile(file, home / file.name)


def other_user(folder: Path) -> list[str]:
    """The command before a command that makes it an ordinary user's, who is given the folder; none where we cannot.

    He must have subordinate ids, and be able to run this very Python.
    """
    if os.geteuid() != 0 or not SUBORDINATE.exists():
        return []
    for line in SUBORDINATE.read_text().splitlines():
        name = line.partition(":")[0]
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        words = ["setpriv", "--reuid", name, "--regid", str(user.pw_gid), "--init-groups", "--"]
        if user.pw_uid and not process.run([*words, sys.executable, "-c", "import msgspec"], check=False).returncode:
            for path in files.walk(folder):
                os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
            return words
    return []
