"""What a gateway is told of the rates of its lines, as a person would: by an edit of its config."""

from __future__ import annotations

from collections.abc import Iterable

from qemu.drive.gateway import Gateway


def tell(gateway: Gateway, lines: Iterable[str], rate: str, *, find_out: bool = True) -> None:
    """Tell it that rate of these lines, in words of gateway.yaml, such as `up: 1000`; until `braid config reset`.
    `find_out`: whether it finds out by itself what it is not told."""
    edits = [_told(name, f"rate: {{{rate}}}") for name in lines]
    if not find_out:
        edits.append(_wished("unknown_rate: {late_ms: 0}"))
    _edit(gateway, edits)


def tell_speed(gateway: Gateway, lines: Iterable[str], speed: str, policy: str = "") -> None:
    """Tell it what these lines carry at their best, in words of gateway.yaml, such as `down: 8000, up: 1000`; and one
    more key of its policy."""
    edits = [_wished(policy)] if policy else []
    for name in lines:
        edits += [f"/^  {name}:$/,/^  [a-z]/{{/^    speed:/d}}", _told(name, f"speed: {{{speed}}}")]
    _edit(gateway, edits)


def leave_alone(gateway: Gateway) -> None:
    """Have it find out nothing of any line; until `braid config reset`."""
    tell(gateway, [], "", find_out=False)


def _told(line: str, key: str) -> str:
    """One more key of a line, in words of sed(1)."""
    return f"/^uplinks:/,/^[a-z]/s/^  {line}:$/&\\n    {key}/"


def _wished(key: str) -> str:
    """One more of the policy, likewise."""
    return f"s/^policy:$/&\\n  {key}/"


def _edit(gateway: Gateway, edits: Iterable[str]) -> None:
    gateway.succeed(
        f"sed '{'; '.join(edits)}' /etc/braid/gateway.yaml >/run/rate.yaml && braid config set /run/rate.yaml"
    )
