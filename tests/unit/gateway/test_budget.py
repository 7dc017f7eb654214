"""What may be carried in a period: counted, kept over power cuts, told in time, and never exceeded."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config.budgets import charged, limited
from gateway_init.config.load import parse
from gateway_init.config.route import Route
from gateway_init.config.site import Site
from gateway_init.evidence.budget import accounts, told
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import Memory
from gateway_init.facts.facts import Asked, Counted, Facts, Link
from gateway_init.facts.item import Quota, Quotas, Unmerged
from gateway_init.host.quotas import Matches, text, used
from gateway_init.plan.actual import ours
from gateway_init.plan.difference import Add, Remove, difference
from gateway_init.plan.plan import plan
from gateway_init.wellknown.budget import LAST_START, Budget, begun, ends
from tests.unit.gateway.budgeted import DIGEST, LIMIT, NOON, PHONE, SITE, TEXT, account, entry_of, facts
from tests.unit.gateway.given import EXAMPLE, NUMBERS, RUNNING, line_up

SERVERS = parse(
    TEXT.replace("    address: 203.0.113.30\n", "    address: 203.0.113.30\n    budget: {bytes: 1 TB}\n").replace(
        "    address: 203.0.113.10\n", "    address: 203.0.113.10\n    budget: {bytes: 1 TB}\n"
    )
)


def test_a_period_begins_where_the_provider_begins_it() -> None:
    now = account(facts())
    assert (now.limit, now.used, now.period, now.until) == (LIMIT, 0, "2026-11-15", "2026-12-15")


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(["day", "week", "month"]), st.data())
def test_every_day_is_in_one_period_that_ends_where_the_next_begins(
    today: date, period: str, data: st.DataObject
) -> None:
    budget = Budget(bytes="1 GB", period=period, starts=data.draw(st.integers(1, LAST_START[period])))  # type: ignore[arg-type]
    first, following = begun(budget, today), ends(budget, today)
    assert first <= today < following
    assert begun(budget, first) == first
    assert begun(budget, following) == following
    assert begun(budget, following - timedelta(days=1)) == first


def test_at_four_fifths_and_at_the_end_it_is_told_once() -> None:
    def said(before: dict[str, str], counted: int) -> tuple[dict[str, str], tuple[str, ...]]:
        return told(before, accounts(SITE, facts(counted)))

    after, lines = said({}, LIMIT * 79 // 100)
    assert lines == ()
    after, lines = said(after, LIMIT * 4 // 5)
    assert lines == ("phone: 80 % of its budget is spent, 400.0 MB are left until 2026-12-15",)
    after, lines = said(after, LIMIT * 9 // 10)
    assert lines == ()
    after, lines = said(after, LIMIT)
    assert lines == ("phone: the budget of phone, 2.0 GB, is spent; it begins anew on 2026-12-15",)
    assert said(after, LIMIT)[1] == ()


def test_when_all_is_spent_it_is_as_if_the_line_were_not_there() -> None:
    asked = {"phone": Asked(taken=True, at=0.0)}
    evidence = assess(SITE, structs.replace(facts(LIMIT), asked=asked), Memory(), 100.0)
    assert evidence.uplinks["phone"].rests
    assert evidence.uplinks["phone"].reason == "the budget of phone, 2.0 GB, is spent; it begins anew on 2026-12-15"
    assert evidence.demand.taken == {}
    assert evidence.paths["adsl"].up


def test_a_server_s_budget_rests_the_paths_through_it() -> None:
    jumpbox = limited(SERVERS)["server-jumpbox-a"]
    spent = {"server-jumpbox-a": Counted(f"0 {jumpbox.digest}", 10**12, 10**12)}
    seen = structs.replace(line_up(tunnels=("adsl-near", "adsl-jumpbox-a")), quotas=spent, clock=NOON, clock_known=True)
    evidence = assess(SERVERS, seen, Memory(), 100.0)
    assert evidence.up == ("adsl", "adsl-near")
    assert evidence.paths["adsl-jumpbox-a"].rests
    items = plan(SERVERS, seen, evidence, NUMBERS, firewall="", services=dict.fromkeys(RUNNING, "d"))
    assert "adsl-jumpbox-a" not in {getattr(item, "name", "") for item in items}
    assert "braid-openvpn-adsl-jumpbox-a.service" not in {getattr(item, "name", "") for item in items}
    assert "braid-openvpn-adsl-near.service" in {getattr(item, "name", "") for item in items}


def test_a_jumpbox_s_bytes_count_there_and_at_the_destination() -> None:
    assert charged(SERVERS, "adsl-jumpbox-a") == ("uplink-adsl", "server-jumpbox-a", "server-near")
    assert charged(SERVERS, "adsl-near") == ("uplink-adsl", "server-near")
    near = limited(SERVERS)["server-near"]
    ways = '{ "adsl", "phone", "adsl-jumpbox-a", "adsl-jumpbox-b" }'
    assert near.arrive == f"iifname {ways} ip saddr 203.0.113.10", "nor its own tunnel's packets twice, nor the LAN's"
    assert limited(SERVERS)["server-jumpbox-a"].depart.startswith('oifname { "adsl", "phone", "adsl-near", ')


def planned(seen: Facts, site: Site = SITE) -> frozenset[object]:
    return frozenset(
        plan(
            site, seen, assess(site, seen, Memory(), 100.0), NUMBERS, firewall="", services=dict.fromkeys(RUNNING, "d")
        )
    )


def test_it_is_counted_from_the_start_on_and_anew_where_anything_of_it_changes() -> None:
    stamp = f"0 {DIGEST}"
    wanted = Quotas(frozenset({Quota(PHONE, stamp, LIMIT)}))
    bare = structs.replace(facts(), services=frozenset())
    assert Add(wanted) in difference(planned(bare), ours(SITE, bare))  # type: ignore[arg-type]
    standing = facts(5)
    assert wanted in ours(SITE, standing)
    assert wanted in planned(standing)
    corrected = facts(5, entry_of(900, 1), stamp=stamp)
    assert Quotas(frozenset({Quota(PHONE, f"1 {DIGEST}", LIMIT)})) in planned(corrected)


def test_without_a_budget_nothing_is_counted_any_more() -> None:
    plain = parse(EXAMPLE.read_text(encoding="utf-8"))
    left = facts(5)
    (gone,) = (item for item in ours(plain, left) if isinstance(item, Quotas))
    assert Remove(gone) in difference(planned(left, plain), ours(plain, left))  # type: ignore[arg-type]


def test_a_correction_counts_at_once_and_another_card_goes_on_counting() -> None:
    quota = Quota(PHONE, "1 new", LIMIT)
    assert used(quota, Counted("0 new", LIMIT, 70), entry_of(900, 1)) == 900
    assert used(quota, Counted("1 old", LIMIT, 70), entry_of(900, 1)) == 70
    assert used(quota, None, entry_of(900, 0)) == 0


def test_packets_of_what_has_a_budget_are_not_taken_as_one() -> None:
    seen = structs.replace(facts(), links=(*line_up().links, Link(40, "phone", driver="cdc_ncm")))
    assert Unmerged("phone") in planned(seen)
    assert Unmerged("adsl") not in planned(seen)
    # What the LAN's ports merge is forwarded as one packet, where a route gives it to that line.
    assert Unmerged("enp2s0") not in planned(seen)
    bank = structs.replace(SITE, routes=(Route(via="uplink phone", domains=("bank.example",)),))
    assert Unmerged("enp2s0") in planned(seen, bank)
    after = structs.replace(seen, links=(*line_up().links, Link(40, "phone", driver="cdc_ncm", merges=False)))
    plain = parse(EXAMPLE.read_text(encoding="utf-8"))
    assert Remove(Unmerged("phone")) in difference(planned(after, plain), ours(plain, after))  # type: ignore[arg-type]


def test_more_than_the_limit_is_never_told_to_the_kernel() -> None:
    made = text([Quota(PHONE, "s", 10)], {PHONE: 70}, {PHONE: Matches('iifname "a"', 'oifname "a"')})
    assert "over 10 bytes used 10 bytes" in made
    assert 'iifname "a" quota name "uplink-phone" drop' in made
    assert 'oifname "a" quota name "uplink-phone" drop' in made


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ("{bytes: 2 GiB}", "uplinks.phone.budget.bytes"),
        ("{bytes: 0 GB}", "uplinks.phone.budget.bytes"),
        ("{bytes: 2 GB, period: year}", "uplinks.phone.budget.period"),
        ("{bytes: 2 GB, starts: 29}", "uplinks.phone.budget.starts"),
        ("{bytes: 2 GB, period: week, starts: 8}", "uplinks.phone.budget.starts"),
        ("{bytes: 2 GB, period: day, starts: 2}", "uplinks.phone.budget.starts"),
        ("2 GB", "uplinks.phone.budget"),
    ],
)
def test_what_is_no_budget_is_refused(given: str, key: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        parse(TEXT.replace("{bytes: 2 GB, starts: 15}", given))
    assert [problem.key for problem in caught.value.problems] == [key]
