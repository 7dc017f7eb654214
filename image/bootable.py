"""What a virtual machine boots from: kernel, initrd and a bare root, made of a recipe and cached."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
from msgspec import Struct

from image import recipe
from image.disk import initrd
from image.packages import archive, choice, pool, tools
from image.root import drivers, finished, overlay, reduced
from image.root import installed as rootfs
from image.work import cache, files, makers, sandbox, step


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


class Installed(Struct, frozen=True):
    """A recipe's packages, installed: tar files in the cache."""

    root: Path
    """Without drivers."""
    drivers: Path
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
    archive.check()
    sandbox.check()
    packed, boot = bootable(wanted, choice.newest(wanted, logs), logs)
    digest = cache.key(
        packed.root.name,
        packed.tools.name,
        wanted.kernel,
        [(cache.content(addition.source), addition.at) for addition in additions],
        cache.content(hooks) if hooks else "",
        makers.code("image.root.finished"),
    )
    name = f"squashfs-{digest}.img"
    with cache.missing(name) as absent:
        for path in absent:
            sandbox.call(make, Request(packed, wanted.seconds, wanted.kernel, tuple(additions), hooks, path))
    return Parts(boot.vmlinuz, boot.initrd, cache.home() / name)


def bootable(wanted: recipe.Root, chosen: choice.Choice, logs: Path) -> tuple[Packed, initrd.Boot]:
    """The base and the tools, and beside them the kernel and its initrd, from the cache or made.

    Raises Mistake where packages are neither in the cache nor to be fetched.
    """
    whole = installed(wanted, chosen, logs)
    with ThreadPoolExecutor() as beside:
        boot = beside.submit(initrd.ensure, wanted, whole.root, whole.drivers, whole.tools)
        return Packed(reduced.ensure(wanted, whole.root, whole.drivers, whole.tools), whole.tools), boot.result()


def installed(wanted: recipe.Root, chosen: choice.Choice, logs: Path) -> Installed:
    """A recipe's packages as they are installed, and the drivers that stay."""
    shape = tooled(wanted, chosen, logs)
    undriven = msgspec.structs.replace(wanted, without=(*wanted.without, drivers.LEFT_TO_US))
    names = rootfs.entry(undriven, chosen.root, shape.name), drivers.entry(wanted, chosen.root, shape.name)
    root, kept = (cache.home() / name for name in names)
    with cache.missing(*names) as absent:
        if absent:
            fetch(wanted, chosen, logs)
        running: list[sandbox.Running[None]] = []
        if root in absent:
            running.append(sandbox.start(rootfs.make, rootfs.request(undriven, chosen.root, shape, root, logs)))
        if kept in absent:
            running.append(sandbox.start(drivers.make, drivers.request(wanted, chosen.root, shape, kept)))
        sandbox.all_of(running)
    return Installed(root, kept, shape)


def tooled(wanted: recipe.Root, chosen: choice.Choice, logs: Path) -> Path:
    """The tar file of the suite's tools, from the cache or made."""
    name = tools.entry(chosen.tools)
    with cache.missing(name) as absent:
        for into in absent:
            fetch(wanted, chosen, logs)
            sandbox.call(tools.make, tools.Request(chosen.tools, into))
    return cache.home() / name


def fetch(wanted: recipe.Root, chosen: choice.Choice, logs: Path) -> None:
    """Put the packages of a choice into the pool. Raises Mistake for those that are nowhere to be found."""
    everything = tuple(sorted({*chosen.root, *chosen.tools}))
    if pool.absent(everything):
        order = archive.Order(everything, wanted.suite, wanted.components, logs / choice.LOG)
        sandbox.call(archive.fetch, order)


def looking(wanted: recipe.Root, logs: Path) -> Path:
    """The tar file of tools to look into an image with: any from the cache will do; where there is none, it is made."""
    sandbox.check()
    cached = sorted(cache.home().glob("tools-*.tar"), key=lambda file: file.stat().st_mtime)
    return cached[-1] if cached else tooled(wanted, choice.newest(wanted, logs), logs)


def make(wanted: Request, scratch: Path) -> None:
    """Put the root's squashfs in its place. Runs in a sandbox."""
    with step.step("Unpacking the packages"):
        shape = tools.Tools(wanted.packed.tools, scratch)
        tree = scratch / "root"
        rootfs.unpack(wanted.packed.root, tree)
    finished.lay_all(wanted.additions, tree)
    finished.finish(tree, wanted.kernel, wanted.hooks, wanted.seconds)
    squashed = scratch / "root.squashfs"
    finished.squash(shape, tree, wanted.seconds, squashed)
    files.publish(squashed, wanted.into)
