"""What is spent of each budget, what is kept of that for the next start, and what a person is told. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime

from msgspec import Struct

from gateway_init.base.table import size
from gateway_init.config.budgets import limited, of_server, of_uplink
from gateway_init.config.site import Site
from gateway_init.facts.facts import Entry, Facts
from gateway_init.wellknown.budget import Budget, amount, begun, ends

AHEAD = 200
"""One part in so many of a budget is written down before it is used: a power cut can only count too much."""
SECONDS_AHEAD = 24
"""What a line at its best carries in that time is, too, where its speed is known. Half of it is to last until the next
look (6 s), with a count that is up to 3 s old."""
AHEAD_AT_REST = 2000
"""One part in so many, of what does not carry: or each packet that strays there would be written down."""
PLAUSIBLE = 400 * 86400.0
"""Seconds that a clock may be ahead of the last time that was right and still be believed as to the day: a battery that
claims another century gives no new period, and a month without power does."""
LEVELS = (80, 100)
"""Per cent at which it is told."""


class Account(Struct, frozen=True):
    """A budget in the period that runs."""

    limit: int
    """Bytes."""
    used: int
    """Bytes; at the limit, all is spent."""
    period: str
    """The day on which it began, such as 2026-11-01 (UTC); empty where nobody knows what day it is."""
    until: str
    """The day on which the next one begins; empty likewise."""
    begun: int
    """How often counting began anew."""
    stamp: str
    """That, and which packets are counted: with another one, the kernel's count is another's."""
    ahead: int
    """Bytes that are written down before they are used."""

    @property
    def spent(self) -> bool:
        return self.used >= self.limit

    @property
    def share(self) -> int:
        """Per cent."""
        return self.used * 100 // self.limit


def accounts(site: Site, facts: Facts) -> dict[str, Account]:
    """Of all that has a budget, by its name (gateway_init.config.budgets)."""
    today = datetime.fromtimestamp(facts.clock, UTC).date()
    sure = facts.clock_known or (facts.clock_kept > 0 and facts.clock - facts.clock_kept <= PLAUSIBLE)
    found: dict[str, Account] = {}
    for name, each in limited(site).items():
        kept = facts.ledger.get(name)
        now = _entry(each.budget, today, kept, sure=sure)
        stamp = f"{now.begun} {each.digest}"
        counted, limit = facts.quotas.get(name), amount(each.budget.bytes)
        used = counted.used if counted and counted.stamp == stamp else max(now.used, 0)
        found[name] = Account(
            limit=limit,
            used=min(used, limit),
            period=now.period,
            until=now.until,
            begun=now.begun,
            stamp=stamp,
            ahead=max(limit // AHEAD, SECONDS_AHEAD * _fastest(site, name)),
        )
    return found


def ledger(found: Mapping[str, Account], before: Mapping[str, Entry], carrying: Collection[str]) -> dict[str, Entry]:
    """What is to be kept: a piece ahead of what is used, a larger one where it is `carrying`; as before, where that is
    enough and not too much. What has no budget any more may get it back."""
    kept = {name: _kept(account, before.get(name), carries=name in carrying) for name, account in found.items()}
    return {**before, **kept}


def told(before: Mapping[str, str], found: Mapping[str, Account]) -> tuple[dict[str, str], tuple[str, ...]]:
    """From what was said of each to what was said now, and the lines."""
    after, lines = {}, []
    for name, account in found.items():
        level = max((level for level in LEVELS if account.share >= level), default=0)
        after[name] = f"{account.begun} {level}"
        last = before.get(name, "").split()
        if level > (int(last[1]) if last and last[0] == str(account.begun) else 0):
            lines.append(_line(name, account))
    return after, tuple(lines)


def plain(name: str) -> str:
    """A budget's name, as a person says it.

    >>> plain("uplink-phone")
    'phone'
    """
    return name.partition("-")[2]


def spent(name: str, account: Account) -> str:
    """Why what has that budget rests."""
    anew = f"on {account.until}" if account.until else "on a day that is not known yet"
    return f"the budget of {plain(name)}, {size(account.limit)}, is spent; it begins anew {anew}"


def _line(name: str, account: Account) -> str:
    if account.spent:
        return f"{plain(name)}: {spent(name, account)}"
    left = size(account.limit - account.used)
    until = f" until {account.until}" if account.until else ""
    return f"{plain(name)}: {account.share} % of its budget is spent, {left} are left{until}"


def _entry(budget: Budget, today: date, kept: Entry | None, *, sure: bool) -> Entry:
    """The period that runs, and what was kept of it. Another one begins when the last one has ended, by a clock that is
    to be believed; whatever the config says of it meanwhile, what was used of it stays used.

    What is used before anybody knows the day is of the period that turns out to run: its days are empty until then.
    """
    if not sure:
        return kept or Entry("", "", 0)
    first, following = begun(budget, today).isoformat(), ends(budget, today).isoformat()
    if kept is None:
        return Entry(first, following, 0)
    if kept.until and today.isoformat() >= kept.until:
        return Entry(first, following, 0, kept.begun + 1)
    return Entry(min(kept.period or first, today.isoformat()), following, kept.used, kept.begun)


def _fastest(site: Site, budget: str) -> int:
    """Bytes a second, both ways, of the line that has a budget, or of all for a server's, as far as that is known."""
    speeds = [line.speed for name, line in site.uplinks.items() if budget in (of_uplink(name), *_servers(site))]
    return sum((speed.down + speed.up) * 1000 // 8 for speed in speeds if speed)


def _servers(site: Site) -> list[str]:
    return [of_server(name) for name in site.servers]


def _kept(account: Account, before: Entry | None, *, carries: bool) -> Entry:
    piece = account.ahead if carries else account.limit // AHEAD_AT_REST if account.used else 0
    wanted = min(account.limit, account.used + piece)
    enough = min(account.limit, account.used + (account.ahead // 2 if carries else 0))
    same = before is not None and (before.begun, before.until) == (account.begun, account.until)
    if before and same and enough <= before.used and (carries or before.used <= wanted):
        return before
    return Entry(account.period, account.until, wanted, account.begun)
