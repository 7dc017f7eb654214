"""How the rate of a line is found out that nobody has told; docs/lines.md tells why each number is what it is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class UnknownRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a line without a `rate`, one way or the other, when whatever goes that way over it is late: it is
    full then, and carries what it carries at its best. From then on a little less is let on, so that what does not
    fit waits in the box, where it holds up nobody else."""

    late_ms: Annotated[int, Meta(ge=0, le=10_000, description="0 to 10000")] = 200
    """Milliseconds by which the probes of all of its paths take longer that way than they used to. 0: no rate is found
    out."""
    soon_ms: Annotated[int, Meta(ge=1, le=10_000, description="1 to 10000")] = 50
    """Milliseconds below which a little more is let on, as long as it is used."""
    again_seconds: Annotated[int, Meta(ge=10, le=86400, description="10 to 86400")] = 300
    """Seconds until more is tried than was too much, at most: 15 the first time, and twice as long each time that the
    same is too much again. So long all is let on, too, where less was no help."""
