"""Whether the gateway can run with a config and its secrets: all that is looked at before they are put in place."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from gateway_init.base.mistake import Mistake
from gateway_init.base.problem import ConfigInvalid, Problem
from gateway_init.config import secret
from gateway_init.config.allotted import NOTHING, Allotment, allot
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.render.ruleset import Ruleset, ruleset
from gateway_init.wellknown import place
from gateway_init.wellknown.carrier import Carrier
from gateway_init.wellknown.unit import ServiceFiles

CONFIG, SECRETS = place.CONFIG.name, place.SECRETS.name


class Runnable(Struct, frozen=True):
    site: Site
    numbers: Allotment
    services: dict[str, ServiceFiles]
    ruleset: Ruleset
    carriers: dict[str, Carrier] = {}
    """By destination."""


def check(contents: Mapping[str, bytes], file: str, before: Allotment = NOTHING) -> Runnable:
    """From the files' contents by name to what the daemon works with; `file` is the config's name in messages,
    `before` what was allotted to the config that was in force.

    Raises Mistake: ConfigInvalid for the config, another one for a secret that is missing or not what it should be.
    """
    # What the daemon does not need where the image comes with its config prepared (gateway_init/store/prerendered.py).
    from gateway_init.render.carriers import carriers
    from gateway_init.render.services import services
    from gateway_init.wellknown import tunnel

    if CONFIG not in contents:
        raise ConfigInvalid(file, [Problem("", "no such file", "`braid config reset` brings back the image's own")])
    site = parse(text(contents[CONFIG], file), file)
    needed = list(secret.of_the_gateway(site))
    if lacking := [name for name in needed if f"{SECRETS}/{name}" not in contents]:
        raise Mistake(
            f"{file}: it needs {', '.join(lacking)} beside it",
            hint="\n".join(f"`braid config secret {name}` takes it from standard input" for name in lacking),
        )

    def read_secret(name: str) -> str:
        return text(contents[f"{SECRETS}/{name}"], f"{SECRETS}/{name}")

    for name in needed:
        if secret.is_certificate(name):
            try:
                tunnel.fingerprint(read_secret(name))
            except ValueError as error:
                raise Mistake(f"{SECRETS}/{name}: {error}", hint="`invoke keys` makes it") from None
    numbers = allot(site, before)
    own = carriers(site, read_secret)
    return Runnable(site, numbers, services(site, read_secret, numbers), ruleset(site, numbers), own)


def text(content: bytes, file: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise ConfigInvalid(file, [Problem("", "is not text", "write it in UTF-8")]) from None
