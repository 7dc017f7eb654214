"""What the lines carry, from the counters of their interfaces, and whether those in use are busy with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from gateway_init.config.site import Site
from gateway_init.uplink.kind import Settings, State
from gateway_init.wellknown.framing import FRAMINGS, UNKNOWN, Framing

LEAST = 2.0
"""Seconds between two samples, at the least: over a shorter time a page that is loaded looks like a busy line."""


class Counter(Struct, frozen=True):
    """Of an interface."""

    link: int
    """Its index: with another one, the counter began anew."""
    received: int
    """Bytes."""
    sent: int
    """Bytes."""
    sent_packets: int = 0
    received_packets: int = 0


class Rate(Struct, frozen=True):
    """Bit/s, and packets a second."""

    down: float
    up: float
    packets_up: float = 0.0
    packets_down: float = 0.0


class Load(Struct, frozen=True, omit_defaults=True):
    """One sample."""

    at: float = float("-inf")
    """Seconds since boot."""
    counters: dict[str, Counter] = {}
    """Of the lines that were up, by name."""
    rates: dict[str, Rate] = {}
    """Since the sample before; only of lines that were in it, too."""
    opened: int = 0
    """Connections that have begun to open, since boot."""
    openings: float = 0.0
    """A second, since the sample before."""


def sample(before: Load, uplinks: Mapping[str, State], now: float, opened: int) -> Load:
    """The next sample, or the last one where that is not older than LEAST. `opened`: connections that have begun to
    open, since boot."""
    seconds = now - before.at
    if seconds < LEAST:
        return before
    counters = {
        name: Counter(
            state.link.index,
            state.link.received,
            state.link.sent,
            state.link.sent_packets,
            state.link.received_packets,
        )
        for name, state in uplinks.items()
        if state.up and state.link
    }
    rates = {
        name: Rate(
            down=(count.received - last.received) * 8 / seconds,
            up=(count.sent - last.sent) * 8 / seconds,
            packets_up=(count.sent_packets - last.sent_packets) / seconds,
            packets_down=(count.received_packets - last.received_packets) / seconds,
        )
        for name, count in counters.items()
        if (last := before.counters.get(name)) and _goes_on(last, count)
    }
    return Load(now, counters, rates, opened, max(0, opened - before.opened) / seconds)


def share(site: Site, uplinks: Mapping[str, State], load: Load) -> float | None:
    """The part of what the lines carry, all together, that those which are always in use could; None where the speed of
    one of them is not known, or none is up.

    So it does not fall because a line on demand takes its part, and another may be let go when it is not needed.
    """
    up = [site.uplinks[name] for name, state in uplinks.items() if state.up and site.uplinks[name].use == "always"]
    speeds = [line.speed for line in up if line.speed]
    if not up or len(speeds) < len(up):
        return None
    rates = load.rates.values()
    return max(
        _part((rate.down for rate in rates), (speed.down for speed in speeds)),
        _part((rate.up for rate in rates), (speed.up for speed in speeds)),
    )


def share_up(line: Settings, rate: Rate) -> float | None:
    """The part of what a line carries towards the Internet that is used, with what it adds to each packet; None where
    its speed is not known."""
    if line.rate:
        framing, kbit = FRAMINGS[line.rate.over], line.rate.up
    elif line.speed:
        framing, kbit = UNKNOWN, line.speed.up
    else:
        return None
    return _used(framing, rate.up, rate.packets_up, kbit)


def share_down(line: Settings, rate: Rate, found_out: float) -> float | None:
    """The same of what it carries towards the home. `found_out`: how much that is, in kbit/s, where nobody has told; 0
    for nobody knows."""
    if line.rate and line.rate.down:
        framing, kbit = FRAMINGS[line.rate.over], float(line.rate.down)
    else:
        known = [kbit for kbit in (found_out, line.speed.down if line.speed else 0.0) if kbit]
        framing, kbit = UNKNOWN, min(known, default=0.0)
    return _used(framing, rate.down, rate.packets_down, kbit) if kbit else None


def _used(framing: Framing, bits: float, packets: float, kbit: float) -> float:
    return framing.taken(bits / 8, packets) * 8 / (kbit * 1000)


def _part(rates: Iterable[float], kbits: Iterable[int]) -> float:
    return sum(rates) / (sum(kbits) * 1000)


def _goes_on(last: Counter, now: Counter) -> bool:
    return last.link == now.link and last.received <= now.received and last.sent <= now.sent
