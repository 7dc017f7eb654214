"""The kernel in a root: which one it is, and whether it has what the recipe asks for."""

from __future__ import annotations

from pathlib import Path

from gateway_init.base.mistake import Mistake
from image import recipe
from image.root import module


def release(root: Path) -> str:
    """The one kernel's release, such as 6.12.0-amd64. Raises Mistake for none, or more than one."""
    found = sorted(path.name for path in (root / "usr/lib/modules").glob("*") if (path / "modules.dep").exists())
    if len(found) != 1:
        raise Mistake(f"the root has {len(found)} kernels {found}", hint="name one linux-image package in the recipe")
    return found[0]


def image(root: Path) -> Path:
    return root / f"boot/vmlinuz-{release(root)}"


def modules(root: Path) -> Path:
    return root / f"usr/lib/modules/{release(root)}"


def check(root: Path, wanted: recipe.Kernel) -> None:
    """Raises Mistake with everything that the recipe asks for and the root lacks."""
    lacking = missing(
        wanted,
        config=(root / f"boot/config-{release(root)}").read_text(),
        modules=module.of(modules(root)),
        firmware={
            file.relative_to(root / "usr/lib/firmware").as_posix() for file in (root / "usr/lib/firmware").rglob("*")
        },
    )
    if lacking:
        raise Mistake(
            f"the kernel {release(root)} is not what the recipe asks for:\n"
            + "\n".join(f"  no {what}" for what in lacking),
            hint="another kernel or firmware package has it, or the recipe need not name it",
        )


def missing(wanted: recipe.Kernel, *, config: str, modules: module.Modules, firmware: set[str]) -> list[str]:
    """What the recipe asks for and is not there."""
    lines = set(config.splitlines())
    return [
        *(line for line in wanted.config if line not in lines),
        *(f"module {name}" for name in wanted.modules if name not in modules),
        *(
            f"firmware {name}"
            for name in wanted.firmware
            # As the kernel looks for it (CONFIG_FW_LOADER_COMPRESS).
            if not {name, f"{name}.xz", f"{name}.zst"} & firmware
        ),
    ]
