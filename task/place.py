"""Where things are, and what several tasks begin with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway_init.config.site import Site

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "overlay/etc/braid/gateway.yaml"
SECRETS = ROOT / "secrets"
BUILD = ROOT / "build"
LOGS = BUILD / "logs"
IMAGE = BUILD / "braid.img"

CONFIG_HELP = "The site's gateway.yaml, where it is not overlay/etc/braid/gateway.yaml."


def site_of(config: str) -> Site:
    from gateway_init.config.load import load

    return load(shown(Path(config)))


def shown(file: Path) -> Path:
    """As a person would name it: from where they are, if it is below."""
    return file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file


def make_keys(site: Site) -> list[str]:
    """Make the secrets that are missing, tell which, and return their names."""
    from servers import keys

    made = keys.make_missing(site, SECRETS)
    for name in made:
        print(f"made secrets/{name}", flush=True)
    return made


def make_image(config: Path = CONFIG, *, out: Path = BUILD, fresh: bool = False, locked: bool = False) -> None:
    """Where the image is up to date, this only says so. Raises Mistake for secrets that are of no use."""
    from image import build
    from servers import keys

    site = site_of(str(config))
    make_keys(site)
    keys.check(site, SECRETS)
    build.build(site, config, SECRETS, out, fresh=fresh, locked=locked)
