"""The build as a whole: what is in the cache is taken from there, the rest is made, and the image put in its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base.mistake import Mistake
from gateway_init.config.site import Site
from image import assemble, bootable, recipe
from image.account import bill, manifest, summary
from image.packages import archive, choice, lock
from image.root import site as site_content
from image.update import bundle
from image.work import cache, files, sandbox, step

IMAGE = "braid.img"
RECIPE = sandbox.PROJECT / "image/recipe.yaml"
LOCK = sandbox.PROJECT / "image" / lock.NAME
SOURCES = ("image", "overlay", "rootfs-hooks", "gateway_init")
"""Folders of the project that shape the image."""


class Stamp(Struct, frozen=True):
    """Beside the image: what it was made from, and which file it is about."""

    inputs: str
    bytes: int
    modified: int
    """In nanoseconds, as stat(2) has it."""


def build(
    site: Site, config: Path, secrets: Path, out: Path, *, fresh: bool = False, locked: bool = False
) -> manifest.Manifest:
    """Make out/braid.img and out/manifest.json, and print a summary.

    Where they are there and up to date, only says so. The packages are the newest that the archive had when it was
    last asked; `fresh`: it is asked again; `locked`: they are those of image/packages.lock.
    Raises Mistake for what a person can mend, CommandFailed where a tool fails; the image of before stays then.
    """
    start = len(step.timings)
    _ready(out)
    with files.lock(out / ".lock", busy=lambda: step.say("waiting for another build in this folder")):
        site_content.check(site, secrets)
        if not fresh and is_current(site, config, secrets, out, locked=locked):
            made = manifest.read(out / manifest.NAME)
            print(f"{out / IMAGE} is up to date")
            return made
        with step.step("Building the image"):
            wanted = recipe.load(RECIPE, recipe.Image)
            site_content.check_needs(site, wanted)
            archive.check()
            sandbox.check()
            chosen = chosen_for(wanted, out, fresh=fresh, locked=locked)
            made = _make(wanted, chosen, site, config, secrets, out, locked)
    print(summary.render(made, step.timings[start:], out / IMAGE))
    if LOCK.exists():
        print(summary.beside_lock(choice.differences(chosen, LOCK)))
    return made


def is_current(site: Site, config: Path, secrets: Path, out: Path, *, locked: bool = False) -> bool:
    """Whether the image is there and was made from these sources, config and secrets, with the lock or without."""
    if site_content.missing(site, secrets):
        return False
    try:
        stamp = msgspec.json.decode((out / ".stamp").read_bytes(), type=Stamp)
        beside = (manifest.NAME, bill.NAME, IMAGE + assemble.COMPRESSED)
        return stamp == _stamp(_inputs(site, config, secrets, locked), out / IMAGE) and all(
            (out / name).is_file() for name in beside
        )
    except (OSError, msgspec.DecodeError):
        return False


def chosen_for(wanted: recipe.Image, out: Path, *, fresh: bool = False, locked: bool = False) -> choice.Choice:
    """The packages of a build: those of image/packages.lock, or the newest, which `fresh` asks the archive for anew."""
    return choice.locked(wanted, LOCK) if locked else choice.newest(wanted, out / "logs", fresh=fresh)


def build_bundle(secrets: Path, out: Path, *, locked: bool = False) -> manifest.Artifact:
    """Make out/braid.raucb of the image that is there, which was built with the lock or without. Raises Mistake."""
    wanted = recipe.load(RECIPE, recipe.Image)
    return bundle.build(wanted, chosen_for(wanted, out, locked=locked), secrets, out)


def clean(out: Path) -> None:
    """Remove what was built. Raises Mistake while a build is at work there."""

    def refuse() -> None:
        raise Mistake(f"a build is at work in {out}", hint="wait for it to end, or interrupt it")

    if out.exists():
        with files.lock(out / ".lock", busy=refuse):
            shutil.rmtree(out)


def _make(
    wanted: recipe.Image, chosen: choice.Choice, site: Site, config: Path, secrets: Path, out: Path, locked: bool
) -> manifest.Manifest:
    inputs = _inputs(site, config, secrets, locked)
    packed, boot = bootable.bootable(wanted, chosen, out / "logs")
    commit = manifest.commit(sandbox.PROJECT)
    made = sandbox.call(
        assemble.make,
        assemble.Request(
            recipe=wanted,
            packed=packed,
            boot=boot,
            project=sandbox.PROJECT,
            config=config.resolve(),
            secrets=secrets.resolve(),
            version=cache.key(_sources(site, config, secrets), chosen.digests, commit.seconds)[:12],
            commit=commit,
            digests={package.name: package.sha256 for package in chosen.root},
            into=out.resolve() / IMAGE,
        ),
    )
    files.publish_text(manifest.render(made), out / manifest.NAME)
    files.publish_text(msgspec.json.encode(_stamp(inputs, out / IMAGE)).decode(), out / ".stamp", mode=0o600)
    return made


def _inputs(site: Site, config: Path, secrets: Path, locked: bool) -> str:
    return cache.key(locked, _sources(site, config, secrets))


def _sources(site: Site, config: Path, secrets: Path) -> str:
    return cache.key(
        [cache.content(sandbox.PROJECT / folder) for folder in SOURCES],
        cache.content(config),
        [cache.content(secrets / name) for name in site_content.needed(site)],
    )


def _stamp(inputs: str, image: Path) -> Stamp:
    stat = image.stat()
    return Stamp(inputs, stat.st_size, stat.st_mtime_ns)


def _ready(out: Path) -> None:
    try:
        (out / "logs").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"{out}: {error.strerror}", hint="the build writes there") from None
