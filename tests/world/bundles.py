"""The bundles of the update stories: good ones and bad ones, each made as a user would make it, on one USB stick."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.config import secret
from image import bootable, recipe
from image.account import manifest
from image.disk import filesystem, layout, slot
from image.packages import choice, tools
from image.root import identity
from image.update import bundle
from image.work import sandbox
from servers import signing
from tests.boot.clone import Clone

BOARD = "another-board"
LABEL = "stick"
GOOD = "another"
"""The version that every box takes."""
ROOM = 64
"""MiB on the stick besides the bundles."""

Spoil = Callable[[Clone], None]


def another(clone: Clone) -> None:
    """A newer version of the image's own config, and of a program."""
    clone.replace("overlay/etc/braid/gateway.yaml", "lease: 12h", "lease: 6h")


def hangs(clone: Clone) -> None:
    """The first process does nothing any more, before systemd has begun."""
    clone.replace("image/disk/init", "exec switch_root", "while :; do sleep 1000; done\nexec switch_root")


def crashes(clone: Clone) -> None:
    clone.replace(
        "gateway_init/daemon/loop.py",
        "import logging",
        "raise SystemExit('a mistake in a new version')\nimport logging",
    )


def cannot_dial(clone: Clone) -> None:
    clone.write("secrets/uplink-adsl.password", "not the password\n", 0o600)


VERSIONS: dict[str, Spoil] = {
    "another": another,
    "hangs": hangs,
    "crashes": crashes,
    "cannot-dial": cannot_dial,
}


WRONG = {
    "truncated": "not a whole bundle",
    "flipped": "damaged",
    "stranger": "not signed by this site's key",
    "another-board": BOARD,
    "older": "the bundle is older",
    "too-large": "larger than a slot",
}
"""What is said of bundles that no box takes."""


def make(name: str, folder: Path, secrets: Path, into: Path) -> None:
    """The bundle of one of the versions, built from sources that differ in that one thing."""
    clone = Clone(folder / f"sources-{name}", secrets)
    VERSIONS[name](clone)
    built = clone.build(bundle=True)
    assert built.returncode == 0, built.stderr
    shutil.copyfile(clone.folder / "build" / bundle.NAME, into / f"{name}.raucb")
    shutil.rmtree(clone.folder)


def of_the_image(image: Path, secrets: Path, folder: Path, into: Path) -> None:
    """The bundle of the image itself, then some that no box takes, and one whose kernel finds no first process."""
    wanted = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image)
    made = manifest.read(image.parent / manifest.NAME)
    key, certificate = folder / "stranger.key", folder / "stranger.crt"
    key.write_text(signing.new_key())
    certificate.write_text(signing.new_certificate(key.read_text()))
    own = bundle.Request(
        tools=shape(folder),
        image=image,
        sizes=wanted.disk,
        compatible=made.compatible,
        version=made.version,
        seconds=wanted.seconds,
        made=made.commit.seconds,
        key=secrets / secret.UPDATE_KEY,
        certificate=secrets / secret.UPDATE_CERTIFICATE,
        into=into / "whole.raucb",
    )

    def forge(name: str, **changes: object) -> None:
        sandbox.call(bundle.make, msgspec.structs.replace(own, into=into / f"{name}.raucb", **changes))

    sandbox.call(bundle.make, own)
    forge("stranger", key=key, certificate=certificate)
    forge("another-board", compatible=bundle.compatible(BOARD, "home"))
    forge("older", made=made.commit.seconds - 1)
    forge("too-large", sizes=msgspec.structs.replace(wanted.disk, slot=wanted.disk.slot + 8))
    sandbox.call(without_initrd, Spoilt(own.tools, image, wanted.disk, folder / "spoilt.img"))
    forge("panics", image=folder / "spoilt.img", version="panics")
    data = own.into.read_bytes()
    (into / "truncated.raucb").write_bytes(data[: len(data) // 2])
    flipped = bytearray(data)
    flipped[len(data) // 2] ^= 1
    (into / "flipped.raucb").write_bytes(flipped)


def shape(logs: Path) -> Path:
    """The tools' tar file."""
    wanted = recipe.load(sandbox.PROJECT / "image/recipe.yaml", recipe.Image)
    return bootable.tooled(wanted, choice.newest(wanted, logs), logs)


class Spoilt(Struct, frozen=True):
    tools: Path
    image: Path
    sizes: recipe.Disk
    into: Path


def without_initrd(wanted: Spoilt, scratch: Path) -> None:
    """An image whose slot A has an empty initrd: its kernel finds nothing to run, and gives up. Runs in a sandbox."""
    made = tools.Tools(wanted.tools, scratch)
    system, empty = scratch / "slot", scratch / "empty"
    bundle.slot_of(wanted.image, wanted.sizes, system)
    empty.write_bytes(bytes(512))
    for words in (f"rm {slot.INITRD}", f"write {made.seen(empty)} {slot.INITRD}"):
        made.run("debugfs", "-w", "-R", words, system)
    _, (start, _) = layout.layout([wanted.sizes.boot, wanted.sizes.slot])
    with wanted.into.open("xb") as sink:
        sink.seek(start * layout.MEBIBYTE)
        sink.write(system.read_bytes())


class StickRequest(Struct, frozen=True):
    tools: Path
    content: Path
    into: Path


def stick(content: Path, folder: Path, into: Path) -> None:
    """A disk's image with a folder's files, as a person would carry it to the box."""
    sandbox.call(fill, StickRequest(shape(folder), content, into))


def fill(wanted: StickRequest, scratch: Path) -> None:
    """Runs in a sandbox."""
    made = tools.Tools(wanted.tools, scratch)
    tree = scratch / "content"
    shutil.copytree(wanted.content, tree)
    size = sum(file.stat().st_size for file in tree.iterdir()) // 2**20 + ROOM
    image = scratch / "stick"
    filesystem.make(made, image, mebibytes=size, uuid=identity.of(LABEL).data, label=LABEL, seconds=0, content=tree)
    shutil.copyfile(image, wanted.into)
