"""The first file system of the kernel: busybox, the modules on the way to the root, and image/disk/init."""

from __future__ import annotations

import shutil
from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from image import recipe
from image.packages import tools
from image.root import installed, kernel, module
from image.work import cache, files, makers, sandbox, step, tarball

INIT = Path(__file__).parent / "init"


class Request(Struct, frozen=True):
    wanted: recipe.Initrd
    root_tar: Path
    drivers_tar: Path
    tools_tar: Path
    seconds: int
    into_kernel: Path
    into_initrd: Path


class Boot(Struct, frozen=True):
    """What a boot loader loads."""

    vmlinuz: Path
    initrd: Path


def ensure(root: recipe.Root, root_tar: Path, drivers_tar: Path, tools_tar: Path) -> Boot:
    """Kernel and initrd for a recipe, from the cache or made now."""
    digest = cache.key(
        root_tar.name,
        drivers_tar.name,
        tools_tar.name,
        root.initrd,
        root.seconds,
        cache.content(INIT),
        makers.code(__name__),
    )
    names = (f"vmlinuz-{digest}", f"initrd-{digest}.img")
    vmlinuz, initrd = (cache.home() / name for name in names)
    with cache.missing(*names) as absent:
        if absent:
            sandbox.call(
                make,
                Request(root.initrd, root_tar, drivers_tar, tools_tar, root.seconds, vmlinuz, initrd),
            )
    return Boot(vmlinuz, initrd)


def make(wanted: Request, scratch: Path) -> None:
    """Put kernel and initrd in their places. Runs in a sandbox."""
    with step.step("Kernel and initrd"):
        shape = tools.Tools(wanted.tools_tar, scratch)
        root, tree = scratch / "root", scratch / "initrd"
        installed.unpack(wanted.root_tar, root, "boot", "usr/bin/busybox")
        tarball.unpack(wanted.drivers_tar, root)
        _fill(tree, root, wanted.wanted)
        names = sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*"))
        process.run(["touch", "--no-dereference", f"--date=@{wanted.seconds}", *(tree / name for name in names)])
        archive, packed = scratch / "initrd.cpio", scratch / "initrd.img"
        shape.run(
            "cpio", "--create", "--format=newc", "--reproducible", "--quiet",
            "--directory", tree, "--file", archive, stdin="\n".join(names) + "\n",
        )  # fmt: skip
        shape.run("zstd", "-q", "-12", "--single-thread", archive, "-o", packed)
        files.publish(kernel.image(root), wanted.into_kernel)
        files.publish(packed, wanted.into_initrd)


def _fill(tree: Path, root: Path, wanted: recipe.Initrd) -> None:
    for directory in ("bin", "dev", "modules", "proc", "run", "sys", "sysroot"):
        (tree / directory).mkdir(parents=True)
    shutil.copy(root / "usr/bin/busybox", tree / "bin/busybox")
    (tree / "bin/sh").symlink_to("busybox")
    shutil.copy(INIT, tree / "init")
    (tree / "init").chmod(0o755)
    kept = kernel.modules(root)
    available = module.of(kept)
    order = available.in_order(wanted.modules)
    last = [file for file in available.in_order(wanted.last) if file not in order]
    for file in (*order, *last):
        shutil.copyfile(kept / file, tree / "modules" / Path(file).name)
    parameters = {module.name_of(key): value for key, value in wanted.parameters.items()}
    for name, files_ in (("order", order), ("last", last)):
        lines = [f"{Path(file).name} {parameters.get(module.name_of(file), '')}".rstrip() for file in files_]
        (tree / "modules" / name).write_text("".join(f"{line}\n" for line in lines))
