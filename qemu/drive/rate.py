"""What a gateway is told of the rates of its lines, as a person would: by an edit of its config."""

from __future__ import annotations

from collections.abc import Iterable

from qemu.drive.gateway import Gateway


def tell(gateway: Gateway, lines: Iterable[str], rate: str, *, find_out: bool = True) -> None:
    """Tell it that rate of these lines, in words of gateway.yaml, such as `up: 1000`; until `braid config reset`.
    `find_out`: whether it finds out by itself what it is not told."""
    edits = [f"/^uplinks:/,/^[a-z]/s/^  {name}:$/&\\n    rate: {{{rate}}}/" for name in lines]
    if not find_out:
        edits.append("s/^policy:$/&\\n  unknown_rate: {late_ms: 0}/")
    gateway.succeed(
        f"sed '{'; '.join(edits)}' /etc/braid/gateway.yaml >/run/rate.yaml && braid config set /run/rate.yaml"
    )


def tell_speed(gateway: Gateway, lines: Iterable[str], speed: str, policy: str = "") -> None:
    """Tell it what these lines carry at their best, in words of gateway.yaml, such as `down: 8000, up: 1000`; and one
    more key of its policy."""
    edits = [f"s/^policy:$/&\\n  {policy}/"] if policy else []
    for name in lines:
        edits.append(f"/^  {name}:$/,/^  [a-z]/{{/^    speed:/d}}")
        edits.append(f"/^uplinks:/,/^[a-z]/s/^  {name}:$/&\\n    speed: {{{speed}}}/")
    gateway.succeed(
        f"sed '{'; '.join(edits)}' /etc/braid/gateway.yaml >/run/speed.yaml && braid config set /run/speed.yaml"
    )


def leave_alone(gateway: Gateway) -> None:
    """Have it find out nothing of any line; until `braid config reset`."""
    tell(gateway, [], "", find_out=False)
