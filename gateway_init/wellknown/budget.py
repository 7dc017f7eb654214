"""What a line or a server may carry in a period, as gateway.yaml says it, and when a period begins."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

Amount: TypeAlias = Annotated[
    str, Meta(pattern=r"^[1-9][0-9]{0,5}(\.[0-9]{1,3})? ?[MGT]B$", description="such as 500 MB, 2 GB or 1.5 TB")
]
UNITS = {"M": 10**6, "G": 10**9, "T": 10**12}
"""Decimal, as providers count."""
LAST_START = {"day": 1, "week": 7, "month": 28}
"""The latest `starts` of each period."""


class Budget(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be carried in a period, both ways together, counted in bytes of IP packets; afterwards it is as if the
    line were not there until the next one begins."""

    bytes: Amount
    """How much."""
    period: Literal["day", "week", "month"] = "month"
    """How long."""
    starts: Annotated[int, Meta(ge=1, le=28, description="1 to 28")] = 1
    """Which day it begins: of the month, or of the week (1 is Monday)."""


def amount(text: str) -> int:
    """Bytes. Raises ValueError.

    >>> amount("1.5 GB"), amount("500MB")
    (1500000000, 500000000)
    """
    found = re.fullmatch(r"([0-9.]+) ?([MGT])B", text)
    if not found:
        raise ValueError(text)
    return round(float(found[1]) * UNITS[found[2]])


def begun(budget: Budget, today: date) -> date:
    """The day on which the period began that `today` is in.

    >>> begun(Budget(bytes="1 GB", starts=15), date(2026, 3, 14))
    datetime.date(2026, 2, 15)
    """
    match budget.period:
        case "day":
            return today
        case "week":
            return today - timedelta(days=(today.isoweekday() - budget.starts) % 7)
        case "month":
            last = today if today.day >= budget.starts else today.replace(day=1) - timedelta(days=1)
            return last.replace(day=budget.starts)


def ends(budget: Budget, today: date) -> date:
    """The day on which the next period begins.

    >>> ends(Budget(bytes="1 GB", starts=15), date(2026, 12, 20))
    datetime.date(2027, 1, 15)
    """
    first = begun(budget, today)
    match budget.period:
        case "day":
            return first + timedelta(days=1)
        case "week":
            return first + timedelta(days=7)
        case "month":
            return (first.replace(day=1) + timedelta(days=32)).replace(day=budget.starts)
