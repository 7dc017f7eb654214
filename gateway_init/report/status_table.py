"""The status as tables for a person."""

from __future__ import annotations

from gateway_init.base.table import size, span, table
from gateway_init.report.status import Line, Status
from gateway_init.store.state import sentence
from gateway_init.update.record import tell


def text(status: Status) -> str:
    """What `braid status` prints."""
    head = "ready" if status.ready else f"waiting ({'; '.join(status.waits)})"
    uplinks = table(
        ["UPLINK", "STATE", "SINCE", "ADDRESS", "RECEIVED", "SENT", ""],
        [[line.name, *_common(line), line.reason] for line in status.uplinks],
    )
    paths = table(
        ["PATH", "THROUGH", "STATE", "SINCE", "ADDRESS", "RECEIVED", "SENT", "ID", "SUBFLOWS", "RTT", ""],
        [
            [
                line.name,
                line.through or "-",
                *_common(line),
                str(line.endpoint or "-"),
                str(line.subflows),
                f"{line.rtt:.0f} ms" if line.rtt is not None else "-",
                line.reason,
            ]
            for line in status.paths
        ],
    )
    lan = "".join(f"\nlan: there is no {port}" for port in status.lan_lacks)
    flows = sum(line.subflows for line in status.paths)
    return (
        f"{status.site}: {head}\n{system(status)}{lan}\n\n{uplinks}\n\n{paths}\n\n"
        f"destination {status.destination} ({status.destination_address}): "
        f"{status.connections} connections over {flows} subflows\n"
        f"config: {sentence(status.config)}"
    )


def system(status: Status) -> str:
    """Which system runs, and how the last update went."""
    slot = f"slot {status.slot}, " if status.slot else ""
    line = f"{slot}version {status.version}{', on trial' if status.on_trial else ''}"
    if status.data:
        line += f"; the data partition: {status.data}"
    return f"{line}; last {tell(status.update)}" if status.update else line


def _common(line: Line) -> list[str]:
    return [
        "up" if line.up else "down",
        span(line.seconds) if line.seconds is not None else "-",
        line.address or "-",
        size(line.received),
        size(line.sent),
    ]
