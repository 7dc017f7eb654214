"""The carriers of a site: what each needs to know to take UDP of the LAN to its destination."""

from __future__ import annotations

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.site import Site
from gateway_init.wellknown import carrier, place
from gateway_init.wellknown.carrier import Carrier
from gateway_init.wellknown.unit import SecretReader


def carriers(site: Site, read_secret: SecretReader) -> dict[str, Carrier]:
    """Those of all destinations that UDP is carried to, by name. Raises Mistake for a key that is none."""
    found = {}
    for name, destination in site.carriers.items():
        own, theirs = (_key(read_secret, file) for file in secret.carrier_at_home(name))
        found[name] = Carrier(own, theirs, destination.address, destination.carrier.port)
    return found


def _key(read_secret: SecretReader, file: str) -> str:
    try:
        return carrier.key(read_secret(file))
    except ValueError as error:
        raise Mistake(f"{place.SECRETS.name}/{file}: {error}", hint="`invoke keys` makes it") from None
