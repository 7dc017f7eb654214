"""When the resolver is to forget what it learnt while nobody answered: a pure function of two moments.

Where nobody answers, or there is no way at all, unbound takes each server for dead within milliseconds, and asks none
for what may be half a minute; what it could not find out, it does not look up again for five seconds. It would not know
by itself when they answer.
"""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct

from gateway_init.evidence.evidence import Evidence


class Reach(Struct, frozen=True):
    """Whom the home gets through to."""

    silent: bool = False
    """Whether no path is up, or nothing is heard over any."""
    unanswered: bool = False
    """Whether no request through the whole chain was answered since it stands, or the last one was not."""
    unheard: frozenset[str] = frozenset()
    """Destinations of which nothing is heard over any path."""
    dead: frozenset[str] = frozenset()
    """Those that do not answer, where another one stands in."""


def reach(evidence: Evidence, unheard: Collection[str]) -> Reach:
    """That of one moment."""
    verdict = evidence.verdict
    return Reach(evidence.doubted, bool(verdict.failures) or not verdict.answered, frozenset(unheard), evidence.dead)


def regained(before: Reach | None, after: Reach) -> bool:
    """Whether there is more to be got through to than before, or another one. `before`: None where nobody knows."""
    if after.silent:
        return False
    if before is None or before.silent or before.dead != after.dead:
        return True
    return (before.unanswered and not after.unanswered) or bool(before.unheard - after.unheard)
