"""All subflows, by the paths that they go by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import IPv4Address
from typing import TypeAlias

from gateway_init.base.process import CommandFailed
from gateway_init.facts.subflow import Subflow

log = logging.getLogger(__name__)

Flows: TypeAlias = Mapping[str, Collection[Subflow]]
"""All subflows, by path."""


def by_path(subflows: Callable[[], Iterable[Subflow]], ends: Mapping[str, IPv4Address]) -> Flows | None:
    """Those of now; None where nobody could tell. `ends`: the gateway's addresses of the paths."""
    try:
        found = list(subflows())
    except (CommandFailed, OSError) as error:
        log.warning("%s", error)
        return None
    return {name: [flow for flow in found if flow.address == address] for name, address in ends.items()}
