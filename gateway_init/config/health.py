"""When a path is left, and when it is taken back; docs/health.md tells why each number is what it is."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Health(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How paths are judged, by probes through each of them to the destination, and by what its connections hear."""

    busy_ms: Annotated[int, Meta(ge=100, le=10_000, description="100 to 10000")] = 500
    """Milliseconds between two probes of a path while the LAN uses the Internet."""
    idle_seconds: Annotated[int, Meta(ge=1, le=3600, description="1 to 3600")] = 10
    """Seconds between two probes while it does not."""
    metered_seconds: Annotated[int, Meta(ge=10, le=86400, description="10 to 86400")] = 120
    """The same over a line, or through a server, that has a `budget`."""
    doubt_ms: Annotated[int, Meta(ge=50, le=5_000, description="50 to 5000")] = 250
    """Milliseconds between two probes of a path that owes an answer, or is on its way back."""
    suspect_ms: Annotated[int, Meta(ge=50, le=10_000, description="50 to 10000")] = 400
    """Milliseconds without an answer until a path is in doubt; longer where its answers usually take long."""
    down_ms: Annotated[int, Meta(ge=200, le=60_000, description="200 to 60000")] = 1500
    """Milliseconds without any sign of life until it is left, if another path shows one meanwhile."""
    lost: Annotated[int, Meta(ge=2, le=100, description="2 to 100")] = 3
    """Probes without an answer that it takes besides."""
    gain_ms: Annotated[int, Meta(ge=1, le=1000, description="1 to 1000")] = 20
    """Milliseconds by which another path has to be quicker until connections open by that one."""
    gain_seconds: Annotated[int, Meta(ge=1, le=600, description="1 to 600")] = 5
    """Seconds that it has to be so. From a path that is in doubt they change at once."""
    fresh_seconds: Annotated[int, Meta(ge=10, le=3600, description="10 to 3600")] = 60
    """Seconds that a path which went silent is probed often; then as seldom as one at rest, or twice as often."""
    returned: Annotated[int, Meta(ge=1, le=100, description="1 to 100")] = 6
    """Probes in a row that are answered until it is taken back."""
    late_ms: Annotated[int, Meta(ge=10, le=10_000, description="10 to 10000")] = 200
    """Milliseconds by which the answers of a path take longer than they used to, and than those of another path of its
    line (of another line, where it has no other), until it carries only what no other can. They have to take twice as
    long as they used to, too."""
    lossy: Annotated[int, Meta(ge=1, le=100, description="1 to 100")] = 15
    """Per cent of its probes that it has to lose for the same, and three times as many as that other path."""
    least_share: Annotated[int, Meta(ge=0, le=100, description="0 to 100")] = 10
    """Per cent of what connections carry from which on a path is useful, late or not. 0: none is ever set back."""
    rejoin_seconds: Annotated[int, Meta(ge=1, le=600, description="1 to 600")] = 5
    """Seconds without an answer, of a path that could not be left, after which connections join over it anew."""
    hold_seconds: Annotated[int, Meta(ge=1, le=600, description="1 to 600")] = 10
    """Seconds that a path is kept out which was left twice within `steady_seconds`; twice as long each time."""
    most_hold_seconds: Annotated[int, Meta(ge=1, le=3600, description="1 to 3600")] = 120
    """Seconds that it is kept out at most."""
    steady_seconds: Annotated[int, Meta(ge=10, le=86400, description="10 to 86400")] = 300
    """Seconds that a path stays until it is forgotten that it was left."""
