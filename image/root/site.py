"""What a site's config and secrets put into the root."""

from __future__ import annotations

import os
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.site import Site
from gateway_init.wellknown import slots
from image import recipe
from image.root import module
from image.root.identity import Identity
from image.update import bundle

CONFIG = "etc/braid/gateway.yaml"
SECRETS = "etc/braid/secrets"


def variables(
    site: Site, identity: Identity, secrets: Path, *, board: str, version: str, made: int
) -> dict[str, object]:
    """What the templates of the overlay can name."""
    return {
        "compatible": bundle.compatible(board, site.site),
        "identity": identity,
        "line_modules": list(dict.fromkeys(name for kind, _ in site.lines for name in kind.needs.early)),
        "made": made,
        "site": site,
        "ssh_host_key": f"/{SECRETS}/{secret.SSH_HOST_KEY}",
        "trial_argument": slots.TRIAL_ARGUMENT,
        "update_certificate": f"/{SECRETS}/{secret.UPDATE_CERTIFICATE}",
        "update_ssh_key": (secrets / secret.UPDATE_SSH_PUBLIC).read_text().strip(),
        "version": version,
    }


def needed(site: Site) -> list[str]:
    """Names of the secrets that the image carries."""
    return list(secret.on_the_box(site))


def missing(site: Site, secrets: Path) -> list[str]:
    """Names of the secrets that the image needs and the folder lacks."""
    return [name for name in needed(site) if not (secrets / name).is_file()]


def check(site: Site, secrets: Path) -> None:
    """Raises Mistake where secrets are missing."""
    if lacking := missing(site, secrets):
        raise Mistake(f"{secrets} lacks {', '.join(lacking)}", hint="`invoke keys` makes what can be made")


def check_needs(site: Site, wanted: recipe.Image) -> None:
    """Raises Mistake where the recipe names not all that the site's lines need."""
    named = {
        "packages": set(wanted.packages),
        "kernel.modules": {module.name_of(each) for each in wanted.kernel.modules},
        "kernel.firmware": set(wanted.kernel.firmware),
    }
    lacking = [
        f"  {key}: {each} (uplinks.{line.name} is of kind {kind.name})"
        for kind, line in site.lines
        for key, needs in (
            ("packages", kind.needs.packages),
            ("kernel.modules", [module.name_of(each) for each in kind.needs.modules]),
            ("kernel.firmware", kind.needs.firmware),
        )
        for each in needs
        if each not in named[key]
    ]
    if lacking:
        raise Mistake(
            "the recipe lacks what the site's lines need:\n" + "\n".join(lacking), hint="name it in image/recipe.yaml"
        )


def furnish(site: Site, config: Path, secrets: Path, root: Path) -> None:
    """Put config, secrets and the console's password into the root, for root's eyes only."""
    _write(root / CONFIG, config.read_bytes(), 0o600)
    folder = root / SECRETS
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    for name in needed(site):
        _write(folder / name, (secrets / name).read_bytes(), 0o600)
    if site.console == "login":
        shadow = root / "etc/shadow"
        shadow.write_text(with_password(shadow.read_text(), site.password_hash))


def with_password(shadow: str, password_hash: str) -> str:
    """The text of /etc/shadow with another password for root (shadow(5)).

    >>> with_password("root:*:20309:0:99999:7:::\\n", "$y$j9T$salt$hash")
    'root:$y$j9T$salt$hash:20309:0:99999:7:::\\n'
    """
    lines = [line.split(":") for line in shadow.splitlines()]
    return "".join(
        ":".join([name, password_hash, *rest] if name == "root" else [name, old, *rest]) + "\n"
        for name, old, *rest in lines
    )


def _write(target: Path, data: bytes, mode: int) -> None:
    target.unlink(missing_ok=True)
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(fd, "wb") as sink:
        sink.write(data)
