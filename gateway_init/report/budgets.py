"""What is spent of each budget, as a table and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from gateway_init.base.table import size, table
from gateway_init.evidence.budget import Account


class BudgetLine(Struct, frozen=True, kw_only=True):
    """One budget in the period that runs."""

    name: str
    """Such as uplink-phone or server-near."""
    used: int
    """Bytes."""
    limit: int
    """Bytes."""
    since: str
    """The day on which the period began (UTC), such as 2026-11-01."""
    until: str
    """The day on which it begins anew."""


def budgets(accounts: Mapping[str, Account]) -> tuple[BudgetLine, ...]:
    return tuple(
        BudgetLine(name=name, used=each.used, limit=each.limit, since=each.period, until=each.until)
        for name, each in accounts.items()
    )


def text(lines: Sequence[BudgetLine]) -> str:
    """For a person; a word where there are none."""
    if not lines:
        return "nothing has a budget"
    return table(
        ["BUDGET", "SPENT", "OF", "LEFT", "BEGINS ANEW"],
        [
            [
                line.name.replace("-", " ", 1),
                f"{size(line.used)} ({line.used * 100 // line.limit} %)",
                size(line.limit),
                size(line.limit - line.used),
                line.until or "-",
            ]
            for line in lines
        ],
    )
