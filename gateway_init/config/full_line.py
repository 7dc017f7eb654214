"""What becomes of a line that is full towards the home; docs/health.md tells why each number is what it is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

NEVER = 200


class FullLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a line that is full towards the home, as its `rate` or `speed` tells, or as was found out: where
    it is the line that is narrow, paths through servers bring nothing, and take some of it for their wrapping. So the
    path straight over it carries, and those beside it what that one cannot, as where it dies."""

    share: Annotated[int, Meta(ge=50, le=NEVER, description=f"50 to {NEVER}")] = 75
    """Per cent of what the line carries that way, from which on it is full. 200: it never is."""
    seconds: Annotated[int, Meta(ge=2, le=3600, description="2 to 3600")] = 5
    """How long it is so before the straight path carries alone."""
    least: Annotated[int, Meta(ge=10, le=100, description="10 to 100")] = 60
    """Per cent below which it is full no more; no more than `share` counts."""
    short_seconds: Annotated[int, Meta(ge=2, le=3600, description="2 to 3600")] = 10
    """How long it is so before all of its paths carry again."""
    again_seconds: Annotated[int, Meta(ge=10, le=3600, description="10 to 3600")] = 60
    """How long all carry where the straight path alone did not fill the line; twice as long each time, an hour at
    most."""
