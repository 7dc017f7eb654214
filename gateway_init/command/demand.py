"""`braid up` and `braid down`: a person takes a line on demand in, or lets it go."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from gateway_init.base.clock import uptime
from gateway_init.base.mistake import Mistake
from gateway_init.config.load import load
from gateway_init.config.site import Site
from gateway_init.config.structure import nearest
from gateway_init.facts.facts import Asked
from gateway_init.host.asked import ask

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def up(config: Path, uplink: str, lasting: str) -> None:
    """Use it; `lasting` is a time, or empty. Raises Mistake."""
    name, now = on_demand(load(config), uplink), uptime()
    ask(name, Asked(taken=True, at=now, until=now + seconds(lasting) if lasting else None))
    until = f"for {lasting}" if lasting else f"until `braid down {name}`"
    print(f"{name}: in use {until}; `braid status` tells when it carries")


def down(config: Path, uplink: str) -> None:
    """Let it go. Raises Mistake."""
    name = on_demand(load(config), uplink)
    ask(name, Asked(taken=False, at=uptime()))
    print(f"{name}: let go; it is taken in again when there is a new reason to")


def on_demand(site: Site, uplink: str) -> str:
    """Raises Mistake where there is no such uplink, or it is none on demand."""
    lines = site.on_demand
    if uplink not in site.uplinks:
        raise Mistake(f"there is no uplink '{uplink}'", hint=_known(uplink, lines))
    if uplink not in lines:
        use = site.uplinks[uplink].use
        raise Mistake(f"{uplink} is not on demand, but `use: {use}`", hint="`braid config edit` changes that")
    return uplink


def seconds(text: str) -> int:
    """Of a time. Raises Mistake.

    >>> seconds("90m")
    5400
    """
    found = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if not found:
        raise Mistake(f"--for: '{text}' is no time", hint="give one such as 30m, 2h or 1d")
    return int(found[1]) * SECONDS[found[2]]


def _known(uplink: str, lines: Collection[str]) -> str:
    return nearest(uplink, list(lines)) if lines else "no uplink is on demand; `use: on-demand` makes one so"
