"""The update bundle: a slot's content, signed, in RAUC's verity format.

As RAUC's reference has it ("Bundle Formats"): a squashfs with the slot's image, padded to 4 KiB; after it the hash tree
of dm-verity over it; then a CMS signature (RFC 5652) around the manifest, which names the tree's root hash; then the
signature's size in eight bytes. `rauc bundle` draws the tree's salt at random and signs with the time of day, so each
of its bundles differs from the last; this one is the same each time, and RAUC itself is asked whether it is right.
"""

from __future__ import annotations

import hashlib
import os
import re
import struct
from pathlib import Path

from msgspec import Struct

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from image import bootable, recipe
from image.account import manifest
from image.disk import layout
from image.packages import choice, tools
from image.work import files, sandbox, step

NAME = "braid.raucb"
SIGNATURE_BYTES = 16384
"""More than a signature with its certificate has."""
SLOT_CLASS = "system"
"""RAUC's name for what is in both slots (overlay/etc/rauc/system.conf.j2)."""
IMAGE = "slot.img"
CERTIFICATE = "update.crt"
BLOCK = 4096
ROOT_HASH = re.compile(r"^Root hash:\s*([0-9a-f]{64})$", re.MULTILINE)


class Request(Struct, frozen=True):
    tools: Path
    """The tools' tar file."""
    image: Path
    """The disk image whose slot A is to be bundled."""
    sizes: recipe.Disk
    compatible: str
    version: str
    seconds: int
    """The time that every file in it bears, since 1970."""
    made: int
    """When its sources are from, since 1970: a box that runs newer ones refuses it."""
    key: Path
    certificate: Path
    into: Path


def build(wanted: recipe.Image, chosen: choice.Choice, secrets: Path, out: Path) -> manifest.Artifact:
    """Make out/braid.raucb of the image beside it. Raises Mistake where the signing key is missing."""
    made = manifest.read(out / manifest.NAME)
    key, certificate = secrets / secret.UPDATE_KEY, secrets / secret.UPDATE_CERTIFICATE
    for file in (key, certificate):
        if not file.is_file():
            raise Mistake(f"{file}: missing", hint="`invoke keys` makes it; a box takes only what its own key signed")
    return sandbox.call(
        make,
        Request(
            tools=bootable.tooled(wanted, chosen, out / "logs"),
            image=(out / "braid.img").resolve(),
            sizes=wanted.disk,
            compatible=made.compatible,
            version=made.version,
            seconds=wanted.seconds,
            made=made.commit.seconds,
            key=key.resolve(),
            certificate=certificate.resolve(),
            into=out.resolve() / NAME,
        ),
    )


def version(bundle: Path) -> str:
    """The version that a bundle says it has, unverified. Raises Mistake for what is no bundle."""
    with bundle.open("rb") as source:
        end = source.seek(0, os.SEEK_END)
        source.seek(max(0, end - SIGNATURE_BYTES))
        # The signature wraps the manifest as it is.
        found = re.search(rb"\nversion=([!-~]+)\n", source.read())
    if not found:
        raise Mistake(f"{bundle}: not an update bundle", hint="`invoke bundle` makes one")
    return found.group(1).decode()


def compatible(board: str, site: str) -> str:
    """What a bundle is for; the box takes only those for itself.

    >>> compatible("apu", "home")
    'braid-apu-home'
    """
    return f"braid-{board}-{site}"


def make(wanted: Request, scratch: Path) -> manifest.Artifact:
    """Put the bundle in its place and tell its size and digest. Runs in a sandbox."""
    with step.step("Making the update bundle"):
        shape = tools.Tools(wanted.tools, scratch)
        tree = scratch / "bundle"
        tree.mkdir()
        slot_of(wanted.image, wanted.sizes, tree / IMAGE)
        bundle = scratch / "bundle.raucb"
        _squash(shape, tree, wanted.seconds, bundle)
        described = _with_tree(shape, bundle, _description(wanted, manifest.artifact(tree / IMAGE)), scratch)
        _sign(shape, bundle, described, wanted, scratch)
        # RAUC has the last word on what is right.
        shape.run("rauc", "info", "--keyring", scratch / CERTIFICATE, bundle)
        made = manifest.artifact(bundle)
        if made.bytes > wanted.sizes.slot * layout.MEBIBYTE:
            raise Mistake(
                f"the bundle has {made.bytes / 1e6:.1f} MB, and a box takes in no more than a slot has, "
                f"{wanted.sizes.slot} MiB",
                hint="leave something out: `invoke info` tells what takes the room",
            )
        files.publish(bundle, wanted.into)
    return made


def slot_of(image: Path, sizes: recipe.Disk, into: Path) -> None:
    """Copy slot A of a disk image into a file."""
    (_, _), (start, size), *_ = layout.layout([sizes.boot, sizes.slot, sizes.slot, sizes.data])
    files.cut_out(image, start * layout.MEBIBYTE, size * layout.MEBIBYTE, into)


def _description(wanted: Request, image: manifest.Artifact) -> str:
    """RAUC's manifest, but for what only the hash tree tells."""
    return f"""\
[update]
compatible={wanted.compatible}
version={wanted.version}
build={wanted.made}

[bundle]
format=verity
verity-hash={{hash}}
verity-salt={{salt}}
verity-size={{size}}

[image.{SLOT_CLASS}]
sha256={image.sha256}
size={image.bytes}
filename={IMAGE}
"""


def _squash(shape: tools.Tools, tree: Path, seconds: int, into: Path) -> None:
    # What is in the slot is packed already: all that this saves is the room that the slot has left.
    shape.run(
        "mksquashfs", tree, into, "-all-root", "-no-xattrs", "-no-progress", "-quiet", "-comp", "zstd",
        "-Xcompression-level", "1", env={"SOURCE_DATE_EPOCH": str(seconds)},
    )  # fmt: skip
    size = into.stat().st_size
    with into.open("r+b") as file:
        file.truncate(-(-size // BLOCK) * BLOCK)


def _with_tree(shape: tools.Tools, bundle: Path, description: str, scratch: Path) -> str:
    """Append the hash tree to the bundle; the finished manifest."""
    salt = hashlib.sha256(description.encode()).hexdigest()
    tree = scratch / "bundle.verity"
    blocks = bundle.stat().st_size // BLOCK
    told = shape.run(
        "veritysetup", "format", "--no-superblock", "--hash=sha256", f"--salt={salt}",
        f"--data-block-size={BLOCK}", f"--hash-block-size={BLOCK}", f"--data-blocks={blocks}", bundle, tree,
    )  # fmt: skip
    found = ROOT_HASH.search(told)
    assert found, told
    hashes = tree.read_bytes()
    with bundle.open("ab") as file:
        file.write(hashes)
    return description.format(hash=found.group(1), salt=salt, size=len(hashes))


def _sign(shape: tools.Tools, bundle: Path, described: str, wanted: Request, scratch: Path) -> None:
    message, signature = scratch / "manifest.raucm", scratch / "manifest.sig"
    key, certificate = scratch / "update.key", scratch / CERTIFICATE
    message.write_text(described)
    key.write_bytes(wanted.key.read_bytes())
    certificate.write_bytes(wanted.certificate.read_bytes())
    # Without attributes: one of them would be the time of day.
    shape.run(
        "openssl", "cms", "-sign", "-binary", "-nodetach", "-noattr", "-nosmimecap", "-md", "sha256",
        "-in", message, "-signer", certificate, "-inkey", key, "-outform", "DER", "-out", signature,
    )  # fmt: skip
    signed = signature.read_bytes()
    with bundle.open("ab") as file:
        file.write(signed + struct.pack(">Q", len(signed)))
