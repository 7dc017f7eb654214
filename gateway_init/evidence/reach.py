"""When the resolver is to forget what it learnt while nobody answered: a pure function of two moments.

Where nobody answers, or there is no way at all, unbound takes each server for dead within milliseconds, and asks none
for what may be half a minute; what it could not find out, it does not look up again for five seconds. It would not know
by itself when they answer.
"""

from __future__ import annotations

from msgspec import Struct

from gateway_init.evidence.evidence import Evidence


class Reach(Struct, frozen=True):
    """Whom the home gets through to."""

    silent: bool
    """Whether no path is up, or nothing is heard over any."""
    unanswered: bool
    """Whether the last request through the whole chain had no answer."""
    dead: frozenset[str]
    """Destinations that do not answer, where another one stands in."""


def reach(evidence: Evidence) -> Reach:
    """That of one moment."""
    return Reach(evidence.doubted, bool(evidence.verdict.failures), evidence.dead)


def regained(before: Reach, after: Reach) -> bool:
    """Whether there is more to be got through to, or another one."""
    ended = (before.silent and not after.silent) or (before.unanswered and not after.unanswered)
    return ended or before.dead != after.dead
