"""Whatever is in the file: it loads, or its mistakes are told; it never ends in a traceback."""

from __future__ import annotations

import copy
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.problem import ConfigInvalid
from gateway_init.config import summary
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from tests.frozen import HOME

EXAMPLE = HOME.text

WORDS = ["adsl", "near", "10.0.0.0/8", "192.168.77.1/24", "203.0.113.10", "lan", "pppoe", "tether", "jumpbox"]

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.sampled_from(WORDS)

values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=5,
)


def spots(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document: keys of mappings, positions in lists."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [spot for key, child in inner for spot in [(*at, key), *spots(child, (*at, key))]]


SPOTS = spots(yaml.safe_load(EXAMPLE))


def loads_or_is_told(text: str) -> Site | None:
    try:
        site = parse(text)
    except ConfigInvalid as invalid:
        last = (
            text.count("\n") + text.count("\r") + text.count("\x85") + text.count("\u2028") + text.count("\u2029") + 1
        )
        for problem in invalid.problems:
            assert problem.wrong and problem.right, "each mistake says what would be right"
            assert 0 <= problem.line <= last
        assert invalid.problems == sorted(invalid.problems, key=lambda problem: (problem.line, problem.key))
        return None
    summary.as_text(site)
    return site


@given(st.text())
def test_any_text(text: str) -> None:
    loads_or_is_told(text)


@given(st.text(alphabet="ab:-[]{}&*!|>%@?#,'\"\\\n\t 0", max_size=60))
def test_any_text_that_nearly_is_yaml(text: str) -> None:
    loads_or_is_told(text)


@given(st.sampled_from(SPOTS), values)
def test_the_example_with_any_value_in_any_place(spot: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(yaml.safe_load(EXAMPLE))
    place = document
    for key in spot[:-1]:
        place = place[key]
    place[spot[-1]] = value
    loads_or_is_told(yaml.safe_dump(document, allow_unicode=True))


@given(st.sampled_from(SPOTS))
def test_the_example_without_any_one_key(spot: tuple[Any, ...]) -> None:
    document = copy.deepcopy(yaml.safe_load(EXAMPLE))
    place = document
    for key in spot[:-1]:
        place = place[key]
    del place[spot[-1]]
    site = loads_or_is_told(yaml.safe_dump(document))
    if spot[0] in ("site", "policy") or spot == ("lan", "address"):
        assert site is None, "a required key was missing"


@given(st.integers(0, len(EXAMPLE)), st.integers(0, 40), st.text(max_size=5))
def test_the_example_with_a_slip_of_the_fingers_anywhere(start: int, length: int, typed: str) -> None:
    loads_or_is_told(EXAMPLE[:start] + typed + EXAMPLE[start + length :])
