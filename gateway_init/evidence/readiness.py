"""What a person is told of the whole: which paths are up, and what is missing before the LAN is served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway_init.evidence.chain import Verdict
from gateway_init.uplink.kind import State


class View(Struct, frozen=True):
    """What is to be told: which paths are up, and what is still missing."""

    paths: tuple[str, ...]
    waits: tuple[str, ...]
    """Empty when LAN traffic is carried."""

    @property
    def ready(self) -> bool:
        return not self.waits


def view(
    destination: str, uplinks: Mapping[str, State], paths: Mapping[str, State], idle: Sequence[str], verdict: Verdict
) -> View:
    """The paths that are up, and what the LAN waits for: nothing, when a request through the chain was answered.

    `idle` are the programs of the chain that do not run.
    """
    up = tuple(name for name, state in paths.items() if state.up)
    if up:
        waits = list(idle)
        if not idle and not verdict.good:
            waits = [f"{destination}: {verdict.reason or 'first request sent'}"]
        return View(up, tuple(waits))
    down = [f"{name}: {state.reason}" for name, state in uplinks.items() if not state.up and not state.rests]
    return View(up, tuple(down or [f"{name}: {state.reason}" for name, state in paths.items()]))
