"""New keys for old ones, after a theft: whose they are, and what has to be made and brought anew afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gateway_init.base.mistake import Mistake
from gateway_init.base.whole_file import sync, write_all
from gateway_init.config import secret
from gateway_init.config.site import Site
from servers import keys
from servers.needed import Secret, of_site

OLD = "old"
"""Folder beside the secrets that keeps those of the last renewal: the box knows them until it has the new ones."""


class Renewed(NamedTuple):
    """What a renewal made new, and who has to hear of it."""

    files: tuple[str, ...]
    kits: tuple[str, ...]
    """Servers whose kits carry one of the files."""
    on_the_box: bool
    """Whether the image carries one."""


def owned(site: Site) -> dict[str, list[Secret]]:
    """Everything that can be renewed, by the name of its owner, a key before its certificate."""
    found: dict[str, list[Secret]] = {}
    for each in of_site(site):
        if each.owner:
            found.setdefault(each.owner, []).append(each)
    return found


def renew(site: Site, name: str, folder: Path) -> Renewed:
    """Make all keys of a path, a server, or of updates anew, and keep the old ones aside.

    Nothing is replaced before all new ones are made. Interrupted between two files, the old key's certificate is left
    beside the new key: `keys.check` refuses that, and a second run mends it.
    Raises Mistake for a name that has no key of ours, and where the folder cannot be used.
    """
    known = owned(site)
    if name not in known:
        raise Mistake(f"'{name}' has no key that can be renewed", hint=f"known are: {', '.join(known)}")
    wanted = known[name]
    with keys.alone_in(folder), tempfile.TemporaryDirectory(dir=folder, prefix=".new-") as made:
        aside = Path(made)
        for each in wanted:
            keys.put(aside / each.file, keys.fresh(each, aside))
        try:
            old = {folder / OLD / each.file: folder / each.file for each in wanted if (folder / each.file).is_file()}
            write_all({kept: file.read_bytes() for kept, file in old.items()}, mode=0o600)
            for each in wanted:
                (aside / each.file).replace(folder / each.file)
            sync(folder)
        except OSError as error:
            raise Mistake(
                f"{error.filename or folder}: {error.strerror}", hint="run it again once that is mended"
            ) from None
    files = [each.file for each in wanted]
    return Renewed(
        tuple(files),
        tuple(server for server in site.servers if not set(files).isdisjoint(secret.on_server(site, server))),
        not set(files).isdisjoint(secret.on_the_box(site)),
    )


def to_do(site: Site, renewed: Renewed) -> Iterator[str]:
    """What has to be done until the old keys open nothing, in this order: one line each."""
    for name in renewed.kits:
        yield f"invoke kit {name}, copy it there and run its ./install: from then on the old key opens nothing"
    address = site.lan.address.ip
    if secret.UPDATE_CERTIFICATE in renewed.files:
        yield "invoke flash DEVICE: the box takes only bundles of the old key, so the new one comes with a card"
    elif secret.UPDATE_SSH_PUBLIC in renewed.files:
        yield f"invoke update {address} would come with a key that is new to the box. Once, bring it as yourself:"
        yield f"invoke bundle, then ssh root@{address} braid update - <build/braid.raucb (or invoke flash DEVICE)"
    elif secret.SSH_HOST_KEY in renewed.files:
        yield f"invoke update {address} would find the old host key, and send nothing. Once, bring it as yourself:"
        yield f"invoke bundle, then ssh root@{address} braid update - <build/braid.raucb (or invoke flash DEVICE)"
    elif renewed.on_the_box:
        yield f"invoke update {address}, or invoke flash DEVICE: the box gets the new keys with its image"
