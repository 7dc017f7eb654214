"""The rate of its lines, told to a gateway as a person would: by an edit of its config."""

from __future__ import annotations

from collections.abc import Iterable

from qemu.drive.gateway import Gateway


def tell(gateway: Gateway, lines: Iterable[str], rate: str) -> None:
    """Tell it that rate of these lines, in words of gateway.yaml, such as `up: 1000`; until `braid config reset`."""
    edits = "; ".join(f"/^uplinks:/,/^[a-z]/s/^  {name}:$/&\\n    rate: {{{rate}}}/" for name in lines)
    gateway.succeed(f"sed '{edits}' /etc/braid/gateway.yaml >/run/rate.yaml && braid config set /run/rate.yaml")
