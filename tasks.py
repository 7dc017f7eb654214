"""The tasks of `invoke`, in the order of work. Each calls one function; nothing is imported before it is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from command_line import Manual, command
from gateway_init.mistake import EXIT_CODE, Mistake
from inspection import diff, info
from places import BUILD, CONFIG, IMAGE, LOGS, ROOT, SECRETS

if TYPE_CHECKING:
    from invoke.context import Context

    from gateway_init.config import Site

CONFIG_HELP = "The site's gateway.yaml, where it is not overlay/etc/braid/gateway.yaml."


def _site(config: str) -> Site:
    from gateway_init.config import load

    return load(_shown(Path(config)))


def _shown(file: Path) -> Path:
    """As a person would name it: from where they are, if it is below."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


@command(help={"config": CONFIG_HELP, "json": "Print the site, or its mistakes, as JSON."})
def check(_: Context, config: str = str(CONFIG), json: bool = False) -> None:
    """Say what is wrong with gateway.yaml, or sum it up.

    Every mistake is listed, each with file, line, key, what is wrong and what would be right; then the exit
    code is 2. docs/config.md explains each key.

    Example: invoke check --config ~/home.yaml
    """
    from gateway_init.config import ConfigInvalid, summary

    try:
        site = _site(config)
    except ConfigInvalid as invalid:
        if not json:
            raise
        sys.stdout.write(summary.mistakes_as_json(invalid))
        raise SystemExit(EXIT_CODE) from None
    sys.stdout.write(summary.as_json(site) if json else summary.as_text(site))


@command(help={"config": CONFIG_HELP})
def keys(_: Context, config: str = str(CONFIG)) -> None:
    """Make the secrets that are missing, in secrets/.

    The provider's password is a person's to give: replace what is made in secrets/uplink-NAME.password by it.
    What is there already is never touched. The folder is ignored by git and nobody else can read it.

    Example: invoke keys
    """
    if not _make_keys(_site(config)):
        print("no secret is missing")


def _make_keys(site: Site) -> list[str]:
    """Make the secrets that are missing, tell which, and return their names."""
    from servers import keys

    made = keys.make_missing(site, SECRETS)
    for name in made:
        print(f"made secrets/{name}", flush=True)
    return made


@command(
    help={
        "config": CONFIG_HELP,
        "fresh": "Ask the archive for newer packages instead of taking those of the last time.",
        "locked": "Take exactly the packages of image/packages.lock.",
    }
)
def build(_: Context, config: str = str(CONFIG), fresh: bool = False, locked: bool = False) -> None:
    """Make the image: build/braid.img and build/manifest.json.

    Makes the missing secrets first. Packages that were fetched once come from a cache, without network. At the end
    stands how they differ from image/packages.lock. Interrupted anywhere, it leaves the image of before.

    Example: invoke build --locked
    """
    if fresh and locked:
        raise Mistake("--fresh and --locked contradict each other", hint="`invoke lock` renews the lock")
    _make_image(Path(config), fresh=fresh, locked=locked)


@command(help={})
def lock(_: Context) -> None:
    """Renew image/packages.lock and tell what changed.

    It names each package that the archive has now, with version and digest, for `invoke build --locked`. Commit it.

    Example: invoke lock
    """
    from image import build, choice, recipe

    print(choice.renew(recipe.load(build.RECIPE, recipe.Image), build.LOCK, LOGS))


@command(
    help={
        "device": "The disk, such as /dev/sdb.",
        "yes": "Do not ask for the disk's name.",
        "image": "What to write.",
    },
    positional=["device"],
)
def flash(_: Context, device: str, yes: bool = False, image: str = str(IMAGE)) -> None:
    """Write the image to an SD card or USB disk, and verify it.

    Refuses anything but a whole removable or USB disk that nothing uses and that the image fits on; shows model,
    size and serial number and asks for the disk's name. `lsblk` lists the disks.

    Example: invoke flash /dev/sdb
    """
    from image.flash import flash

    flash(Path(image), device, yes=yes)


@command(help={"name": "The server's name in gateway.yaml.", "config": CONFIG_HELP}, positional=["name"])
def kit(_: Context, name: str, config: str = str(CONFIG)) -> None:
    """Make the kit that installs one of your servers.

    It is build/kits/NAME/ and, the same, NAME.tar.gz: copy it to the server (Debian or Ubuntu), unpack it and run
    its ./install as root. Doing so again is safe.

    Example: invoke kit near
    """
    from gateway_init.config.structure import nearest
    from servers import kit

    site = _site(config)
    if name not in site.servers:
        raise Mistake(f"no server '{name}' in {_shown(Path(config))}", hint=nearest(name, list(site.servers)))
    _make_keys(site)
    folder = _shown(kit.render(site, name, SECRETS, BUILD / "kits"))
    print(f"made {folder}/ and {folder}.tar.gz")


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

    stages.run([stages.SYSTEM], ROOT, LOGS, k, _make_image)


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
    stages.run(stages.QUICK if quick else stages.EVERYTHING, ROOT, LOGS, k, _make_image)


def _make_image(config: Path = CONFIG, *, fresh: bool = False, locked: bool = False) -> None:
    """Where the image is up to date, this only says so."""
    from image import build

    site = _site(str(config))
    _make_keys(site)
    build.build(site, config, SECRETS, BUILD, fresh=fresh, locked=locked)


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

            build.run(ROOT, as_json=json)
        case "boot":
            from bench import boot

            _make_image()
            boot.run(IMAGE, _site(str(CONFIG)), SECRETS, LOGS, as_json=json)
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


@command(help={"cache": "Empty the cache that all clones share, too."})
def clean(_: Context, cache: bool = False) -> None:
    """Remove what was built. Secrets stay.

    Example: invoke clean --cache
    """
    from image import build
    from image import cache as shared

    build.clean(BUILD)
    if cache:
        shared.empty()


TASKS = [check, keys, build, lock, info, diff, flash, kit, qemu, test, qemu_test, bench, lint, docs, clean]
program = Manual(TASKS, version="0.1.0")

if __name__ == "__main__":
    program.run()
