"""The example site whose telephone has a budget, and what is known of that."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec import structs

from gateway_init.config.budgets import limited
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.evidence.budget import Account, accounts
from gateway_init.facts.facts import Counted, Entry, Facts
from tests.unit.gateway.given import EXAMPLE, line_up

TEXT = EXAMPLE.read_text(encoding="utf-8").replace(
    "    use: on-demand\n", "    use: on-demand\n    budget: {bytes: 2 GB, starts: 15}\n"
)
SITE = parse(TEXT)
PHONE = "uplink-phone"
LIMIT = 2_000_000_000
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
DIGEST = limited(SITE)[PHONE].digest


DAY = 86400.0


def entry_of(used: int, begun: int = 0, period: str = "2026-11-15", until: str = "2026-12-15") -> Entry:
    return Entry(period, until, used, begun)


def facts(
    counted: int | None = None,
    entry: Entry | None = None,
    *,
    at: float = NOON,
    known: bool = True,
    kept_at: float = 0.0,
    stamp: str = "",
) -> Facts:
    stamp = stamp or f"{entry.begun if entry else 0} {DIGEST}"
    return structs.replace(
        line_up(),
        quotas={} if counted is None else {PHONE: Counted(stamp, LIMIT, counted)},
        ledger={PHONE: entry} if entry else {},
        clock=at,
        clock_known=known,
        clock_kept=kept_at,
    )


def account(seen: Facts, site: Site = SITE) -> Account:
    return accounts(site, seen)[PHONE]
