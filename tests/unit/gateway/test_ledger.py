"""What is kept of a budget: it outlives power cuts, wrong clocks and other configs, and gives nothing back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.config.load import parse
from gateway_init.evidence.budget import accounts, ledger
from gateway_init.facts.facts import Entry
from tests.unit.gateway.budgeted import DAY, LIMIT, NOON, PHONE, SITE, TEXT, account, entry_of, facts


def test_what_the_kernel_has_counted_counts_and_after_a_start_what_was_kept() -> None:
    assert account(facts(500, entry_of(9000))).used == 500
    assert account(facts(None, entry_of(9000))).used == 9000
    assert account(facts(500, entry_of(9000), stamp="7 x")).used == 9000


OLD = entry_of(1_900_000_000, 2, "2026-10-15", "2026-11-15")


def test_with_a_new_period_it_begins_anew() -> None:
    now = account(facts(None, OLD))
    assert (now.used, now.period, now.until, now.begun) == (0, "2026-11-15", "2026-12-15", 3)


def test_while_nobody_knows_what_day_it_is_no_period_begins() -> None:
    unknown = account(facts(None, OLD, known=False))
    assert (unknown.used, unknown.period, unknown.until) == (1_900_000_000, "2026-10-15", "2026-11-15")
    claims_2099 = account(facts(None, OLD, known=False, at=NOON + 73 * 365 * DAY, kept_at=NOON - DAY))
    assert claims_2099.used == 1_900_000_000


def test_a_house_that_is_offline_since_all_is_spent_comes_back_with_the_next_period() -> None:
    """The time comes from servers, and those are out of reach: so the clock on the board is believed, if it can be."""
    spent = entry_of(LIMIT, 2, "2026-10-15", "2026-11-15")
    assert account(facts(None, spent, known=False, kept_at=NOON - 30 * DAY)).used == 0


def test_what_was_counted_before_the_day_was_known_is_of_the_right_period() -> None:
    early = facts(700, at=NOON + 73 * 365 * DAY, known=False)
    kept = ledger(accounts(SITE, early), early.ledger, [PHONE])[PHONE]
    assert (kept.period, kept.until, kept.begun) == ("", "", 0), "nothing is bound to the year 2099"
    assert kept.used >= 700, "nor is it forgotten where the power goes now"
    assert account(facts(None, kept, known=False)).used == kept.used
    late = account(facts(900, kept))
    assert (late.used, late.period, late.until, late.begun) == (900, "2026-11-15", "2026-12-15", 0)


@given(st.floats(0, NOON), st.booleans())
def test_a_clock_that_jumps_back_gives_no_second_budget(at: float, known: bool) -> None:
    assert account(facts(None, entry_of(77), at=at, known=known)).used == 77


@pytest.mark.parametrize(
    ("other", "until"), [("starts: 1", "2026-12-01"), ("starts: 20", "2026-12-20"), ("period: day", "2026-11-29")]
)
def test_another_day_of_the_month_in_the_config_gives_nothing_back(other: str, until: str) -> None:
    site = parse(TEXT.replace("starts: 15", other))
    now = account(facts(None, entry_of(77)), site)
    assert (now.used, now.until, now.begun) == (77, until, 0)


def test_what_has_no_budget_for_a_while_keeps_its_count() -> None:
    others = {"uplink-adsl": entry_of(5)}
    seen = structs.replace(facts(), ledger=others)
    assert ledger(accounts(SITE, seen), others, [])["uplink-adsl"] == entry_of(5)


@pytest.mark.parametrize("entry", [Entry("", "", 5), Entry("2026-19-01", "nonsense", -5), Entry("9999-12-31", "x", 5)])
def test_a_ledger_of_nonsense_ends_nothing_and_mends_itself(entry: Entry) -> None:
    now = account(facts(None, entry))
    assert 0 <= now.used <= 5
    assert ledger({PHONE: now}, {PHONE: entry}, [])[PHONE].until == "2026-12-15"
    assert account(facts(None, entry, known=False)).used >= 0


@given(st.lists(st.tuples(st.integers(0, 30_000_000), st.booleans()), max_size=200))
def test_after_power_cuts_it_has_counted_no_less_than_was_used(steps: list[tuple[int, bool]]) -> None:
    """Between two looks, six seconds at the most, a line carries up to what it can; then the daemon looks, at a count
    of three seconds ago, or the power goes: the kernel forgets, and the ledger counts."""
    fast = parse(TEXT.replace("    budget:", "    speed: {down: 20000, up: 5000}\n    budget:"))
    a_second = (20000 + 5000) * 1000 // 8
    entry: Entry | None = None
    counted: int | None = None
    real = stale = 0
    for moved, cut in steps:
        seen = facts(None if counted is None else max(counted - stale, 0), entry)
        now = account(seen, fast)
        entry = ledger({PHONE: now}, seen.ledger, [PHONE])[PHONE]
        counted = now.used if counted is None else counted
        step = min(moved, a_second * 6, LIMIT - counted)
        real += step
        stale = min(step, a_second * 3)
        assert real <= (entry.used if cut else counted + step)
        counted = None if cut else counted + step
    assert real <= LIMIT


def test_what_rests_is_written_nearly_as_it_is_so_a_restart_costs_next_to_nothing() -> None:
    assert ledger(accounts(SITE, facts(0)), {}, []) == {PHONE: entry_of(0)}
    after = facts(1_000_000, entry_of(40_000_000))
    assert ledger(accounts(SITE, after), after.ledger, []) == {PHONE: entry_of(2_000_000)}
    again = facts(None, entry_of(2_000_000))
    assert account(again).used == 2_000_000


def test_packets_that_stray_to_what_rests_are_not_written_down_one_by_one() -> None:
    kept, written = {PHONE: entry_of(0)}, 0
    for counted in range(0, 500_000, 1000):
        seen = facts(counted, kept[PHONE])
        after = ledger(accounts(SITE, seen), kept, [])
        written += after != kept
        kept = after
        assert kept[PHONE].used >= counted
    assert written == 1


def test_a_small_part_is_written_ahead_and_not_each_time() -> None:
    seen = facts(1_000_000, entry_of(0))
    (entry,) = ledger(accounts(SITE, seen), seen.ledger, [PHONE]).values()
    assert 1_000_000 < entry.used <= 1_000_000 + LIMIT // 100
    later = facts(3_000_000, entry)
    assert ledger(accounts(SITE, later), later.ledger, [PHONE]) == {PHONE: entry}
