"""The tasks that make something and bring it where it belongs, in the order of work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from command_line import command
from gateway_init.base.mistake import EXIT_CODE, Mistake
from task.place import BUILD, CONFIG, CONFIG_HELP, IMAGE, LOGS, SECRETS, make_image, make_keys, shown, site_of

if TYPE_CHECKING:
    from invoke.context import Context

    from gateway_init.config.site import Site


@command(help={"config": CONFIG_HELP, "json": "Print the site, or its mistakes, as JSON."})
def check(_: Context, config: str = str(CONFIG), json: bool = False) -> None:
    """Say what is wrong with gateway.yaml, or sum it up.

    Every mistake is listed, each with file, line, key, what is wrong and what would be right; then the exit
    code is 2. docs/config.md explains each key.

    Example: invoke check --config ~/home.yaml
    """
    from gateway_init.base.problem import ConfigInvalid
    from gateway_init.config import summary

    try:
        site = site_of(config)
    except ConfigInvalid as invalid:
        if not json:
            raise
        sys.stdout.write(summary.mistakes_as_json(invalid))
        raise SystemExit(EXIT_CODE) from None
    sys.stdout.write(summary.as_json(site) if json else summary.as_text(site))


@command(help={"config": CONFIG_HELP, "renew": "Make the keys of NAME anew: a path, a server, update or update-ssh."})
def keys(_: Context, config: str = str(CONFIG), renew: str = "") -> None:
    """Make the secrets that are missing, in secrets/.

    The provider's password is a person's to give: replace what is made in secrets/uplink-NAME.password by it.
    What is there already is never touched. The folder is ignored by git and nobody else can read it.

    After a theft, --renew makes the keys of one path, of one server, of what signs updates (update) or of what brings
    them (update-ssh) anew, keeps the old ones in secrets/old/, and tells which kits and images are to be renewed.
    docs/security.md says what to renew after which theft.

    Example: invoke keys
    Example: invoke keys --renew near
    Example: invoke keys --renew update-ssh
    """
    site = site_of(config)
    if renew:
        _renew(site, renew)
    elif not make_keys(site):
        print("no secret is missing")


def _renew(site: Site, name: str) -> None:
    from servers import renewal

    renewed = renewal.renew(site, name, SECRETS)
    for file in renewed.files:
        print(f"renewed secrets/{file}")
    print(f"the old ones are in secrets/{renewal.OLD}/; remove them once this is done:")
    for number, line in enumerate(renewal.to_do(site, renewed), 1):
        print(f"  {number}. {line}")


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
    make_image(Path(config), fresh=fresh, locked=locked)


@command(help={})
def lock(_: Context) -> None:
    """Renew image/packages.lock and tell what changed.

    It names each package that the archive has now, with version and digest, for `invoke build --locked`. Commit it.

    Example: invoke lock
    """
    from image import build, recipe
    from image.packages import choice

    print(choice.renew(recipe.load(build.RECIPE, recipe.Image), build.LOCK, LOGS))


@command(
    help={
        "config": CONFIG_HELP,
        "locked": "Both times with the packages of image/packages.lock.",
        "quick": "Install no packages again: make anew only what is made of them.",
    }
)
def reproduce(_: Context, config: str = str(CONFIG), locked: bool = False, quick: bool = False) -> None:
    """Build a second time elsewhere, and compare bit for bit.

    From the same packages, but in another folder, offline, in another time zone, with another umask and, for root, as
    an ordinary user. Names the first files that differ; then the exit code is 1.

    Example: invoke reproduce --locked
    """
    from image import reproduce

    make_image(Path(config), locked=locked)
    results = reproduce.reproduce(site_of(config), Path(config), SECRETS, BUILD, locked=locked, quick=quick)
    print(reproduce.render(results))
    if any(result.differences for result in results):
        raise SystemExit(1)


@command(help={"config": CONFIG_HELP, "locked": "Take exactly the packages of image/packages.lock."})
def bundle(_: Context, config: str = str(CONFIG), locked: bool = False) -> None:
    """Make the update bundle: build/braid.raucb.

    It holds the same system as the image, which is built first where it is missing or older than its sources. A box
    takes only bundles that were signed by secrets/update.key, for its own board and site. Keep the bundle to yourself:
    the site's secrets are in it.

    Example: invoke bundle
    """
    _make_bundle(Path(config), locked=locked)


def _make_bundle(config: Path, *, locked: bool = False) -> Path:
    from image import build
    from image.update import bundle as bundles

    make_image(config, locked=locked)
    made = build.build_bundle(SECRETS, BUILD, locked=locked)
    file = BUILD / bundles.NAME
    print(f"{file}  {made.bytes / 1e6:.1f} MB  sha256 {made.sha256}", flush=True)
    return file


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
    size, serial number and what is on it, and asks for the disk's name. `lsblk` lists the disks.

    Example: invoke flash /dev/sdb
    """
    from image.flash.flash import flash

    flash(Path(image), device, yes=yes)


@command(
    help={
        "host": "The gateway's address, with :PORT where it is not 22.",
        "bundle": "What to bring, where it is not build/braid.raucb, made anew.",
        "config": CONFIG_HELP,
        "allow_older": "Bring it even where the box runs a newer system.",
    },
    positional=["host"],
)
def update(_: Context, host: str, bundle: str = "", config: str = str(CONFIG), allow_older: bool = False) -> None:
    """Bring a new system to a running gateway; wait until it has proven itself.

    The bundle goes by SSH, with a key that can do nothing else. The box installs it beside the running system,
    restarts into it, and stays there only if each line carries a path again and a request goes through; else it goes
    back by itself, and this says why, with exit code 2. A system that is older than the one on the box is refused.

    Example: invoke update 192.168.77.1
    """
    from image.update import deliver

    file = Path(bundle) if bundle else _make_bundle(Path(config))
    now = deliver.deliver(file, host, SECRETS, allow_older=allow_older)
    print(f"{host}: version {now.version} carries traffic from slot {now.slot} and stays")
    if now.update and now.update.missing:
        print(f"paths that were up before and did not come back: {', '.join(now.update.missing)}")


@command(help={"name": "The server's name in gateway.yaml.", "config": CONFIG_HELP}, positional=["name"])
def kit(_: Context, name: str, config: str = str(CONFIG)) -> None:
    """Make the kit that installs one of your servers.

    It is build/kits/NAME/ and, the same, NAME.tar.gz: copy it to the server (Debian or Ubuntu), unpack it and run
    its ./install as root. Doing so again is safe.

    Example: invoke kit near
    """
    from gateway_init.config.structure import nearest
    from servers import kit

    site = site_of(config)
    if name not in site.servers:
        raise Mistake(f"no server '{name}' in {shown(Path(config))}", hint=nearest(name, list(site.servers)))
    make_keys(site)
    folder = shown(kit.render(site, name, SECRETS, BUILD / "kits"))
    print(f"made {folder}/ and {folder}.tar.gz")


@command(help={"cache": "Empty the cache that all clones share, too."})
def clean(_: Context, cache: bool = False) -> None:
    """Remove what was built. Secrets stay.

    Example: invoke clean --cache
    """
    from image import build
    from image.work import cache as shared

    build.clean(BUILD)
    if cache:
        shared.empty()
