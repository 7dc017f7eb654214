"""The ids of a site's disk: the same for all its images, so that a newer system finds the data of an older one."""

from __future__ import annotations

from uuid import UUID, uuid5

from msgspec import Struct

NAMESPACE = UUID("5f0c7e1c-6a0b-5d0e-9a53-6272616964ff")
"""Of our own making: all ids are derived from it (RFC 9562, version 5)."""


class Identity(Struct, frozen=True):
    """File system UUIDs, and the disk signature of the MBR."""

    boot: UUID
    slot: UUID
    """The same in both slots: an update is written to either as it is."""
    data: UUID
    disk: int


def of(site: str) -> Identity:
    """The ids for a site's name.

    >>> of("home") == of("home"), of("home") == of("cabin")
    (True, False)
    """
    own = uuid5(NAMESPACE, site)
    return Identity(
        boot=uuid5(own, "boot"),
        slot=uuid5(own, "slot"),
        data=uuid5(own, "data"),
        disk=uuid5(own, "disk").int & 0xFFFFFFFF,
    )
