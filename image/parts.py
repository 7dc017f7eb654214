"""What a virtual machine boots from: kernel, initrd and a bare root, made of a recipe and cached."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from image import base, cache, files, initrd, overlay, recipe, root, rootfs, sandbox, step, tools

MAKERS = Path(__file__).parent
"""The code that makes a root: a part of every key."""


class Parts(Struct, frozen=True):
    """Files in the cache, for reading only."""

    vmlinuz: Path
    initrd: Path
    squashfs: Path
    """The root; give it to the machine as a disk and name it by braid.root=/dev/vda."""


class Packed(Struct, frozen=True):
    """A recipe's packages, without what is left out of them, and the suite's tools: tar files in the cache."""

    root: Path
    tools: Path


class Request(Struct, frozen=True):
    packed: Packed
    seconds: int
    kernel: recipe.Kernel
    additions: tuple[overlay.Addition, ...]
    hooks: Path | None
    into: Path


def ensure(
    wanted: recipe.Root,
    logs: Path,
    *,
    additions: Sequence[overlay.Addition] = (),
    hooks: Path | None = None,
) -> Parts:
    """Kernel, initrd and root for a recipe, with the additions laid over it and the hooks run, from the cache or made.

    `logs` is the folder for mmdebstrap's output. The cache is readable by this user only, but put no secrets in.
    Raises Mistake for what a person can mend, CommandFailed where a tool fails.
    """
    packed = packages(wanted, logs)
    boot = initrd.ensure(wanted, packed.root, packed.tools)
    digest = cache.key(
        packed.root.name,
        packed.tools.name,
        wanted.kernel,
        [(cache.content(addition.source), addition.at) for addition in additions],
        cache.content(hooks) if hooks else "",
        [cache.content(MAKERS / name) for name in ("overlay.py", "hook.py", "root.py")],
    )
    name = f"squashfs-{digest}.img"
    with cache.missing(name) as absent:
        for path in absent:
            sandbox.call(make, Request(packed, wanted.seconds, wanted.kernel, tuple(additions), hooks, path))
    return Parts(boot.vmlinuz, boot.initrd, cache.home() / name)


def packages(wanted: recipe.Root, logs: Path, *, fresh: bool = False) -> Packed:
    """The tar files of a recipe's packages and of its suite's tools; those that are missing are made side by side.

    `fresh`: the packages are installed again, as the mirror has them now.
    """
    rootfs.check()
    sandbox.check()
    names = rootfs.entry(wanted, fresh=fresh), tools.entry(wanted)
    packed = Packed(*(cache.home() / name for name in names))
    with cache.missing(*names) as absent:
        asked = [
            rootfs.request(wanted, packed.root, logs / "packages.log"),
            tools.request(wanted, packed.tools, logs / "tools.log"),
        ]
        sandbox.all_of([sandbox.start(rootfs.make, request) for request in asked if request.into in absent])
    return Packed(base.ensure(wanted, packed.root), packed.tools)


def make(wanted: Request, scratch: Path) -> None:
    """Put the root's squashfs in its place. Runs in a sandbox."""
    with step.step("Unpacking the packages"):
        shape = tools.Tools(wanted.packed.tools, scratch)
        tree = scratch / "root"
        rootfs.unpack(wanted.packed.root, tree)
    root.lay_all(wanted.additions, tree)
    root.finish(tree, wanted.kernel, wanted.hooks, wanted.seconds)
    squashed = scratch / "root.squashfs"
    root.squash(shape, tree, wanted.seconds, squashed)
    files.publish(squashed, wanted.into)
