"""The status as tables for a person."""

from __future__ import annotations

from gateway_init.base.table import size, span, table
from gateway_init.facts.probed import Probed
from gateway_init.report.budgets import text as budgets_text
from gateway_init.report.status import Elsewhere, Line, Status, UplinkLine
from gateway_init.store.state import sentence
from gateway_init.update.record import tell
from gateway_init.wellknown import number


def text(status: Status) -> str:
    """What `braid status` prints."""
    head = "ready" if status.ready else f"waiting ({'; '.join(status.waits)})"
    uplinks = table(
        ["UPLINK", "STATE", "SINCE", "ADDRESS", "RECEIVED", "SENT", ""],
        [[line.name, *_common(line), _notes(line)] for line in status.uplinks],
    )
    paths = table(
        ["PATH", "THROUGH", "STATE", "SINCE", "ADDRESS", "RECEIVED", "SENT", "ID", "SUBFLOWS", "RTT", "PROBES", ""],
        [
            [
                line.name,
                line.through or "-",
                *_common(line),
                str(line.endpoint or "-"),
                str(line.subflows),
                f"{line.rtt:.0f} ms" if line.rtt is not None else "-",
                _probes(line.probed),
                line.reason,
            ]
            for line in status.paths
        ],
    )
    spent = f"\n\n{budgets_text(status.budgets)}" if status.budgets else ""
    lan = "".join(f"\nlan: there is no {port}" for port in status.lan_lacks)
    lan += "".join(
        f"\nlan: {mac} sends IPv6 router advertisements: devices may go around this box" for mac in status.lan_routers
    )
    lan += "".join(
        f"\nlan: {address} had connections refused lately: {number.DEVICE_CONNECTIONS} are what it may have at a time"
        for address in status.lan_crowded
    )
    if status.lan_full:
        most = number.REDIRECTED_CONNECTIONS
        lan += f"\nlan: connections were refused lately: {most} are what this box carries at a time"
    elsewhere = "".join(
        f"destination {each.name} ({each.address}), by routes: {each.connections} connections{_apart(status, each)}\n"
        for each in status.elsewhere
    )
    if status.serving != status.destination:
        elsewhere += f"{status.destination} does not answer: new connections go to {status.serving}\n"
    ways = f"connections open by {status.opens}" if status.opens else ""
    ways += f", UDP goes by {status.calls}" if status.calls else ""
    flows = sum(line.subflows for line in status.paths)
    return (
        f"{status.site}: {head}\n{system(status)}{lan}\n\n{uplinks}\n\n{paths}{spent}\n\n"
        f"destination {status.destination} ({status.destination_address}): "
        f"{status.connections} connections over {flows} subflows\n{elsewhere}"
        + (f"{ways}\n" if ways else "")
        + f"config: {sentence(status.config)}"
    )


def system(status: Status) -> str:
    """Which system runs, and how the last update went."""
    slot = f"slot {status.slot}, " if status.slot else ""
    line = f"{slot}version {status.version}{', on trial' if status.on_trial else ''}"
    if status.data:
        line += f"; the data partition: {status.data}"
    return f"{line}; last {tell(status.update)}" if status.update else line


def _apart(status: Status, there: Elsewhere) -> str:
    """What differs from how the main destination is reached."""
    told = f", which open by {there.opens}" if there.opens != status.opens else ""
    told += f", its UDP goes by {there.calls}" if there.calls != status.calls else ""
    return told + (f"; it does not answer over {', '.join(there.silent)}" if there.silent else "")


def _probes(seen: Probed | None) -> str:
    """How long their answers take, how steadily, and how many there are none to."""
    if seen is None:
        return "-"
    if seen.rtt is None:
        return "no answer"
    lost, stripped = (f", {seen.lost:.0%} lost" if seen.lost else ""), (", no MPTCP" if seen.stripped else "")
    return f"{seen.rtt:.0f} +/-{seen.jitter:.0f} ms{lost}{stripped}"


def _notes(line: UplinkLine) -> str:
    ways = [
        f"{rate / 1000:.1f} {way}" for way, rate in (("down", line.found_out.down), ("up", line.found_out.up)) if rate
    ]
    return ", ".join(filter(None, [line.reason, f"found out: {', '.join(ways)} (Mbit/s)" if ways and line.up else ""]))


def _common(line: Line) -> list[str]:
    return [
        "up" if line.up else "rests" if line.rests else "down",
        span(line.seconds) if line.seconds is not None else "-",
        line.address or "-",
        size(line.received),
        size(line.sent),
    ]
