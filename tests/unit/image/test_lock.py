"""The lock of packages: what it says, what it refuses, and how a set of packages differs from it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway_init.base.mistake import Mistake
from image import build, recipe
from image.account import summary
from image.packages import choice, lock, package
from image.packages.package import Package, Selection

SMALL = "abcdefghijklmnopqrstuvwxyz0123456789"


def word(first: str, more: str, least: int, most: int) -> st.SearchStrategy[str]:
    """Hypothesis makes these many times faster than those of a regular expression."""
    return st.builds(str.__add__, st.sampled_from(first), st.text(more, min_size=least, max_size=most))


names = word(SMALL, SMALL + "+.-", 1, 12)
upstream = word("0123456789", SMALL + SMALL.upper() + "+.~", 0, 8)
versions = st.builds(
    "{}{}{}".format,
    st.just("") | st.sampled_from("0123456789").map("{}:".format),
    upstream,
    st.just("") | word("0123456789", SMALL + SMALL.upper() + "+.~", 0, 4).map("-{}".format),
)
digests = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
packages = st.builds(Package, names, versions, st.sampled_from(["all", "amd64"]), digests, st.just(False))
sets = st.lists(packages, max_size=8, unique_by=lambda one: one.name).map(lambda each: tuple(sorted(each)))


def one(name: str, version: str = "1", digest: str = "a", *, security: bool = False) -> Package:
    return Package(name, version, "amd64", digest * 64, security)


ROOT, TOOLS = Selection("trixie", ("main",), ("ppp",)), Selection("trixie", ("main",), ("zstd",))
HELD = lock.of({"root": (ROOT, (one("libc6"), one("ppp"))), "tools": (TOOLS, (one("libc6"), one("zstd")))})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / lock.NAME).write_text(lock.render(HELD), encoding="utf-8")
    return tmp_path / lock.NAME


def test_a_package_is_one_line_with_its_digest_and_what_it_is_for() -> None:
    assert lock.render(HELD).splitlines()[-4:] == [
        "suite trixie",
        f"libc6 1 amd64 {'a' * 64} root:needed tools:needed",
        f"ppp 1 amd64 {'a' * 64} root:asked",
        f"zstd 1 amd64 {'a' * 64} tools:asked",
    ]


@given(root=sets, tools=sets)
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, root, tools) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path_factory.getbasetemp() / "any.lock"
    held = lock.of({"root": (ROOT, root), "tools": (TOOLS, tools)})
    file.write_text(lock.render(held), encoding="utf-8")
    assert lock.read(file) == held
    assert held.packages("root") == root
    assert held.packages("tools") == tools


def test_the_lock_in_the_sources_is_for_the_recipe_in_the_sources() -> None:
    held = lock.read(build.LOCK)
    lock.check(held, choice.selections(recipe.load(build.RECIPE, recipe.Image)), build.LOCK)
    for use in ("root", "tools"):
        assert len(held.packages(use)) == len(package.by_name(held.packages(use))) > 50


def test_a_lock_made_for_another_recipe_is_refused_with_all_that_is_wrong(file: Path) -> None:
    wanted = {"root": Selection("trixie", ("main",), ("openvpn", "tcpdump")), "tools": TOOLS}
    with pytest.raises(
        Mistake, match=r"it lacks openvpn \(root\); it lacks tcpdump \(root\); ppp \(root\) is no"
    ) as no:
        lock.check(lock.read(file), wanted, file)
    assert "invoke lock" in no.value.hint


def test_a_package_that_is_only_needed_is_no_substitute_for_one_that_is_asked_for(file: Path) -> None:
    with pytest.raises(Mistake, match=r"it lacks libc6 \(root\)"):
        lock.check(lock.read(file), {"root": Selection("trixie", ("main",), ("libc6", "ppp"))}, file)


def test_a_lock_of_another_suite_is_refused(file: Path) -> None:
    with pytest.raises(Mistake, match="it is for trixie, the recipe for forky"):
        lock.check(lock.read(file), {"root": Selection("forky", ("main",), ("ppp",))}, file)


def test_a_damaged_line_is_told_by_its_number(file: Path) -> None:
    file.write_text(file.read_text().replace("ppp 1 amd64 a", "ppp 1 amd64 "), encoding="utf-8")
    with pytest.raises(Mistake, match=r"packages\.lock:5: not a line of a lock: ppp 1 amd64"):
        lock.read(file)


def test_a_missing_lock_is_told_with_the_way_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is none") as no:
        lock.read(tmp_path / "none.lock")
    assert "invoke lock" in no.value.hint


def test_differences_are_told_by_kind_and_security_updates_are_marked() -> None:
    old = (one("bash", "5.2.37-2"), one("curl", "8.14"), one("openssl", "3.5.1-1"), one("tzdata", "2026a"))
    new = (
        one("bash", "5.2.37-2", "b"),
        one("less", "668-1", security=True),
        one("openssl", "3.5.1-1+deb13u1", "b", security=True),
        one("tzdata", "2025b", "b"),
    )
    assert lock.table(lock.changes(old, new)).splitlines() == [
        "  rebuilt     bash     5.2.37-2 -> 5.2.37-2",
        "  removed     curl     8.14",
        "  added       less     668-1",
        "  upgraded    openssl  3.5.1-1 -> 3.5.1-1+deb13u1  security",
        "  downgraded  tzdata   2026a -> 2025b",
    ]


@given(old=sets)
def test_nothing_differs_from_itself(old: tuple[Package, ...]) -> None:
    assert lock.changes(old, old) == []


def test_a_build_tells_how_it_differs_from_the_lock_and_not_at_length(file: Path) -> None:
    chosen = choice.Choice(root=(one("libc6"), one("ppp")), tools=(one("libc6"), one("zstd")))
    assert summary.beside_lock(choice.differences(chosen, file)) == "Packages: as locked"

    newer = choice.Choice(root=(one("libc6", "2", "b"), one("ppp")), tools=(one("libc6", "2", "b"), one("zstd")))
    assert [change.name for change in choice.differences(newer, file)] == ["libc6"]

    other = choice.Choice(root=tuple(one(f"lib{number}") for number in range(30)), tools=())
    text = summary.beside_lock(choice.differences(other, file))
    assert len(text.splitlines()) < 16
    assert "more" in text.splitlines()[-1]


SIMULATION = """\
NOTE: This is only a simulation!
Inst zlib1g (1:1.3-1+deb13u1 Debian:13.7/stable, Debian-Security:13/stable-security [amd64])
Inst libc6 (2.41-12 Debian:13.7/stable [amd64]) []
Inst adduser (3.152 Debian:13.7/stable [all])
Conf zlib1g (1:1.3-1+deb13u1 Debian:13.7/stable [amd64])
"""


def test_what_apt_would_install_is_read_from_its_simulation() -> None:
    assert package.planned(SIMULATION) == {
        "zlib1g": ("1:1.3-1+deb13u1", True),
        "libc6": ("2.41-12", False),
        "adduser": ("3.152", False),
    }
