"""What becomes of a line that is busy towards the Internet; docs/health.md tells why each number is what it is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

Percent = Annotated[int, Meta(ge=1, le=100, description="1 to 100")]


class BusyUplink(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a line that is busy towards the Internet, as its `rate` or `speed` tells, while many connections
    open: each takes the line some packets that way for each path that carries it, whether that brings anything or not.
    So connections do with fewer of the line's paths; the others are probed as ever, and stand in for what is left."""

    paths: Annotated[int, Meta(ge=1, le=64, description="1 to 64")] = 2
    """Paths of such a line that carry: the one by which connections open, and spares. 64: all of them, always."""
    share: Percent = 40
    """Per cent of what the line carries that way, from which on it is busy."""
    joins: Percent = 10
    """Per cent of it that new connections take for the paths beyond those, at least; less does not matter, however busy
    the line is."""
    seconds: Annotated[int, Meta(ge=2, le=3600, description="2 to 3600")] = 5
    """How long it is so before connections do with fewer."""
    eased: Percent = 20
    """Per cent below which it is busy no more; no more than `share` counts. Where new connections take less than half
    of `joins`, it is not, either."""
    eased_seconds: Annotated[int, Meta(ge=2, le=3600, description="2 to 3600")] = 30
    """How long it is so before all of its paths carry again."""
    again_seconds: Annotated[int, Meta(ge=10, le=3600, description="10 to 3600")] = 60
    """How long all carry where the ways of the few were narrower than the line; twice as long each time, an hour at
    most."""
