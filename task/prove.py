"""The tasks that prove what was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_line import command
from gateway_init.base.mistake import Mistake
from task.place import CONFIG, IMAGE, LOGS, ROOT, SECRETS, make_image, site_of

if TYPE_CHECKING:
    from invoke.context import Context


@command(
    help={
        "world": "Put the simulated Internet round it.",
        "host": "A shell on a host of the running world, such as lan, isp, near or jumpbox-a.",
    }
)
def qemu(_: Context, world: bool = False, host: str = "") -> None:
    """Boot the image under QEMU, with its serial console here.

    The machine is like an APU. Ctrl-] leaves it. With --world its line leads to a simulated Internet, made of the
    real kits; --host in a second terminal gives a shell on one of its hosts.

    Example: invoke qemu --world
             invoke qemu --host lan
    """
    from qemu import interactive

    if host:
        interactive.terminal(host)
    elif world:
        interactive.with_world(IMAGE)
    else:
        interactive.console(IMAGE)


@command(help={"k": "Only tests whose name matches, as `pytest -k`."})
def qemu_test(_: Context, k: str = "") -> None:
    """Test the image under QEMU, alone and in a simulated Internet.

    Builds the image first where it is missing or older than its sources. Logs are in build/logs.

    Example: invoke qemu-test -k download
    """
    from tests import stages

    stages.run([stages.SYSTEM], ROOT, LOGS, k, make_image)


@command(help={"quick": "Only what needs no QEMU.", "k": "Only tests whose name matches, as `pytest -k`."})
def test(_: Context, quick: bool = False, k: str = "") -> None:
    """Test everything: style, code, kernel, image.

    That is lint, units, gateway_init against this machine's kernel in network namespaces, and the image under QEMU.
    Builds the image first where it is missing or older than its sources. Logs are in build/logs.

    Example: invoke test --quick
             invoke test -k "config or plan"
    """
    from tests import stages

    stages.lint(ROOT)
    stages.run(stages.QUICK if quick else stages.EVERYTHING, ROOT, LOGS, k, make_image)


@command(
    help={"name": "What to measure: build or boot.", "json": "Print the figures as JSON."},
    positional=["name"],
)
def bench(_: Context, name: str, json: bool = False) -> None:
    """Measure what the documents give figures for.

    build: how long builds take, cold and warm, in a copy with a cache of its own; the exit code is 1 where a limit
    is missed.
    boot: from machine start to `braid: ready`, beside plain Debian of the same packages to its login prompt, in five
    pairs; the exit code is 1 where plain Debian is as quick.

    Example: invoke bench boot
    """
    from gateway_init.config.structure import nearest

    match name:
        case "build":
            from bench import build

            build.run(ROOT, LOGS, as_json=json)
        case "boot":
            from bench import boot

            make_image()
            boot.run(IMAGE, site_of(str(CONFIG)), SECRETS, LOGS, as_json=json)
        case _:
            raise Mistake(f"no bench '{name}'", hint=nearest(name, ["build", "boot"]))


@command(help={})
def lint(_: Context) -> None:
    """Check style and types: ruff and mypy.

    Example: invoke lint
    """
    from tests import stages

    stages.lint(ROOT)


@command(help={})
def docs(_: Context) -> None:
    """Write the config's reference and JSON Schema anew.

    They are docs/config.md and docs/gateway.schema.json, made from the types in gateway_init/config.

    Example: invoke docs
    """
    from docs import reference

    for file in reference.write(ROOT):
        print(f"wrote {file.relative_to(ROOT)}")
