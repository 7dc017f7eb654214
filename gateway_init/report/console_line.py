"""The lines on the console: what the box waits for, and when it carries traffic. A pure state machine."""

from __future__ import annotations

from gateway_init.evidence.memory import Announced
from gateway_init.evidence.readiness import View

PAUSE = 10.0
"""Seconds between two lines that say what the box waits for, at the least."""


def announce(before: Announced, view: View, now: float) -> tuple[Announced, str]:
    """From what was said and how things are to what is said now: a line, or nothing.

    `now` is in seconds since boot. Ready is said once each time traffic begins to flow; waiting is said when the
    reason changes and repeated while it lasts, never more often than every PAUSE seconds.
    """
    if not view.waits:
        if before.ready:
            return before, ""
        line = f"braid: ready in {now:.0f} s (paths: {', '.join(view.paths)})"
        return Announced(ready=True, line=line, said_at=now), line
    line = f"braid: waiting ({'; '.join(view.waits)})"
    if now - before.said_at < PAUSE and not before.ready:
        return before, ""
    return Announced(ready=False, line=line, said_at=now), line
