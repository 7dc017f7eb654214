"""A change of the config on the box: looked at as a whole, kept, put in place, and taken up by the daemon."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed, run
from gateway_init.base.whole_file import remove, write_all
from gateway_init.config.site import Site
from gateway_init.render.rendered import check
from gateway_init.store import numbers, prerendered
from gateway_init.store.copies import Places, Snapshot, keep, told
from gateway_init.store.in_force import Placed, recall, remember
from gateway_init.store.prerendered import Prepared

UNTIL_REBOOT = "--until-reboot"


def prove(places: Places, snapshot: Snapshot, contents: Mapping[str, bytes | None], file: str) -> Prepared:
    """What all comes to with this change; `file` is the config's name in messages.

    Raises Mistake where the gateway cannot run with it.
    """
    changed: dict[str, bytes | None] = {**snapshot.effective, **contents}
    whole = {name: content for name, content in changed.items() if content is not None}
    return Prepared(whole, check(whole, file, numbers.recall(places.allotted)))


def change(
    places: Places,
    snapshot: Snapshot,
    contents: Mapping[str, bytes | None],
    proven: Prepared,
    *,
    until_reboot: bool,
) -> None:
    """Keep these and put them in place, with what they come to; `until_reboot` only puts them in place.

    Raises Mistake; what cannot be kept is not put in place.
    """
    if not until_reboot:
        if not places.image_is_there:
            raise _cannot_keep(f"{places.image}: the image's own config is not there")
        try:
            keep(places, contents, snapshot.image())
        except OSError as error:
            raise _cannot_keep(told(error)) from None
    there = {name: content for name, content in contents.items() if content is not None}
    with suppress(OSError):
        # The daemon works it out where it is not there.
        prerendered.remember(proven, places.prepared)
    try:
        write_all({places.effective / name: content for name, content in there.items()}, mode=0o600)
        for name in contents.keys() - there.keys():
            remove(places.effective / name)
        remember(places.placed, (recall(places.placed) or Placed()).replacing(there))
    except OSError as error:
        hint = "" if until_reboot else "it is kept, and in force when the box starts the next time"
        raise Mistake(told(error), hint=hint) from None


def hand_over() -> None:
    """Let the daemon take it up. Raises Mistake where it does not come back."""
    try:
        run(["systemctl", "restart", "braid.service"])
    except CommandFailed as failed:
        raise Mistake(
            f"the gateway did not take it up: {failed.output.strip() or failed}",
            hint="`journalctl -u braid` tells why; `braid config reset` brings back the image's own",
        ) from None


def built_in(image: Site, site: Site) -> list[str]:
    """Keys that differ from the image's and that only another image brings into force: what they shape is built in."""
    return [
        key
        for key, built, wanted in (
            ("site", image.site, site.site),
            ("console", image.console, site.console),
            ("password_hash", image.password_hash, site.password_hash),
            ("lan.ssh_keys", image.lan.ssh_keys, site.lan.ssh_keys),
            ("lan.address, for SSH", image.lan.address.ip, site.lan.address.ip),
        )
        if built != wanted
    ]


def _cannot_keep(why: str) -> Mistake:
    return Mistake(
        f"it cannot be kept: {why}",
        hint=f"nothing was changed; `{UNTIL_REBOOT}` puts it in force without keeping it",
    )
