"""Numbers go by name, and stay while the name does."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from gateway_init.config.allotted import Allotment, allot
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.render.rendered import Runnable
from gateway_init.store import numbers
from gateway_init.wellknown.number import MOST_ALLOTTED
from tests.unit.gateway.box import AS_DELIVERED, Box
from tests.unit.gateway.given import SITE

LINE = "uplinks:\n  above:\n    kind: pppoe\n    device: enp9s0\n    user: a\n"
LINE_ABOVE = AS_DELIVERED.replace("uplinks:\n", LINE, 1).replace("paths:\n", "paths:\n  above:\n    uplink: above\n", 1)

names = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=8)
anything = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-9, 99))


def site(uplinks: list[str], paths: list[str]) -> Site:
    """One with lines and paths of these names."""
    (line, *_), (path, *_) = SITE.uplinks.values(), SITE.paths.values()
    return Site(
        site=SITE.site,
        lan=SITE.lan,
        uplinks=dict.fromkeys(uplinks, line),
        servers=SITE.servers,
        paths=dict.fromkeys(paths, path),
        policy=SITE.policy,
    )


@given(names, names, names, names)
def test_whoever_stays_keeps_his_number(lines: list[str], then: list[str], paths: list[str], later: list[str]) -> None:
    before = allot(site(lines, paths))
    after = allot(site(then, later), before)
    assert {name: after.uplinks[name] for name in then if name in lines}.items() <= before.uplinks.items()
    assert {name: after.paths[name] for name in later if name in paths}.items() <= before.paths.items()


@given(names, anything)
def test_no_two_have_the_same_whatever_is_remembered(lines: list[str], remembered: dict[str, int]) -> None:
    given = allot(site(lines, []), Allotment(remembered, {})).uplinks
    assert list(given) == lines
    assert len(set(given.values())) == len(lines)
    assert set(given.values()) <= set(range(MOST_ALLOTTED))


def digests(runnable: Runnable) -> dict[str, str]:
    return {name: service.digest for name, service in runnable.services.items()}


def box_with_a_line_above(folder: Path) -> tuple[Box, Runnable, Runnable]:
    """A box whose config gets another line while it runs; what it went by before and goes by after."""
    box = Box(folder)
    before = box.boot()
    box.write(LINE_ABOVE)
    box.write("a password\n", "secrets/uplink-above.password")
    return box, before, box.restart()


def test_a_line_written_above_leaves_the_units_of_the_others_as_they_are(tmp_path: Path) -> None:
    _, before, after = box_with_a_line_above(tmp_path)
    assert digests(before).items() <= digests(after).items()
    assert after.services.keys() - before.services.keys() == {"braid-pppoe-above.service"}


def test_the_next_boot_counts_from_the_start(tmp_path: Path) -> None:
    box, _, after = box_with_a_line_above(tmp_path)
    assert after.numbers.uplinks["above"] == len(SITE.uplinks)
    assert box.boot().numbers == allot(parse(LINE_ABOVE))


def test_what_cannot_be_read_is_allotted_anew(tmp_path: Path) -> None:
    box = Box(tmp_path)
    box.boot()
    box.places.allotted.write_text("{")
    assert box.restart().numbers == allot(SITE)
    assert numbers.recall(box.places.allotted) == allot(SITE)
