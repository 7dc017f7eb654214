"""The inner part of a build: from cached packages, the sources of this project and a site to the disk image."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from msgspec import Struct

from gateway_init.config.load import load
from gateway_init.wellknown import place
from image import recipe
from image.account import bill, budget, manifest
from image.bootable import Packed
from image.disk import filesystem, grub, initrd, layout, slot
from image.packages import tools
from image.root import finished, identity, installed, kernel, left_out, licences, overlay, site
from image.update import bundle
from image.work import files, step


class Request(Struct, frozen=True):
    recipe: recipe.Image
    packed: Packed
    boot: initrd.Boot
    project: Path
    config: Path
    secrets: Path
    version: str
    commit: manifest.Commit
    digests: dict[str, str]
    """Of the packages' archives, by name."""
    into: Path
    """The image. The compressed one and the bill of materials go beside it."""


COMPRESSED = ".zst"
"""Suffix of the compressed image."""

WINDOW = 27
"""Binary logarithm of how far back zstd looks: over a whole slot, and as far as `zstd -d` goes unasked."""


def make(wanted: Request, scratch: Path) -> manifest.Manifest:
    """Put the image in its place and tell what is in it. Runs in a sandbox."""
    home = load(wanted.config)
    ids = identity.of(home.site)
    seconds, sizes = wanted.recipe.seconds, wanted.recipe.disk
    with step.step("Unpacking the packages"), ThreadPoolExecutor() as beside:
        tree = scratch / "root"
        unpacking = beside.submit(installed.unpack, wanted.packed.root, tree)
        shape = tools.Tools(wanted.packed.tools, scratch)
        unpacking.result()
    names = site.variables(
        home, ids, wanted.secrets, board=wanted.recipe.board, version=wanted.version, made=wanted.commit.seconds
    )
    with step.step("Laying overlay, gateway_init and the site's config over the root"):
        overlay.lay(overlay.Addition(wanted.project / "overlay", "/"), tree, names)
        overlay.lay(overlay.Addition(wanted.project / "gateway_init", str(place.CODE)), tree)
        site.furnish(home, wanted.config, wanted.secrets, tree)
    finished.finish(tree, wanted.recipe.kernel, wanted.project / "rootfs-hooks", seconds)
    squashed = scratch / "root.squashfs"
    finished.squash(shape, tree, seconds, squashed)
    parts = {
        "vmlinuz": manifest.artifact(wanted.boot.vmlinuz),
        "initrd.img": manifest.artifact(wanted.boot.initrd),
        "root.squashfs": manifest.artifact(squashed),
    }

    budget.check("a slot", {name: part.bytes for name, part in parts.items()}, wanted.recipe.budget.slot, "budget.slot")
    a_slot = scratch / "slot.ext4"
    slot.make(
        shape, a_slot, boot=wanted.boot, root=squashed, arguments=wanted.recipe.arguments,
        uuid=ids.slot, mebibytes=sizes.slot, seconds=seconds,
    )  # fmt: skip
    boot, data = scratch / "boot.ext4", scratch / "data.ext4"
    grub.partition(shape, boot, boot=ids.boot, locked=home.console == "login", mebibytes=sizes.boot, seconds=seconds)
    filesystem.make(
        shape,
        data,
        mebibytes=sizes.data,
        uuid=ids.data,
        label="braid-data",
        seconds=seconds,
        features=filesystem.LASTING,
    )
    with step.step("Writing the disk image"):
        image = scratch / "braid.img"
        loader, rest = grub.core(shape, scratch / "core.img")
        layout.write(
            image, loader=loader, rest=rest, memory=grub.memory_offset(boot), signature=ids.disk,
            partitions=[(boot, sizes.boot), (a_slot, sizes.slot), (a_slot, sizes.slot), (data, sizes.data)],
        )  # fmt: skip
    with step.step("Compressing it"), ThreadPoolExecutor() as beside:
        digests = [beside.submit(manifest.artifact, file) for file in (image, a_slot)]
        packed = image.with_name(image.name + COMPRESSED)
        shape.run("zstd", "-q", "-3", f"--long={WINDOW}", "-T2", image, "-o", packed)
        budget.check(
            "the compressed image", {packed.name: packed.stat().st_size}, wanted.recipe.budget.image, "budget.image"
        )
    with step.step("Putting both in their places"):
        whole, one_slot = (each.result() for each in digests)
        parts = {image.name: whole, packed.name: manifest.artifact(packed), a_slot.name: one_slot} | parts
        files.publish(packed, wanted.into.with_name(packed.name))
        files.publish(image, wanted.into)
    status = (tree / left_out.DPKG / "status").read_text()
    made = manifest.Manifest(
        site=home.site,
        version=wanted.version,
        compatible=bundle.compatible(wanted.recipe.board, home.site),
        suite=wanted.recipe.suite,
        kernel=kernel.release(tree),
        commit=wanted.commit,
        artifacts=parts,
        unpacked_bytes=finished.size(tree),
        packages=manifest.packages(status),
    )
    known = licences.names(tree)
    text = bill.render(made, status, wanted.digests, known, wanted.recipe.epoch, wanted.into.name)
    files.publish_text(text, wanted.into.with_name(bill.NAME))
    return made
