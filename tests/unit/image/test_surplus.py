"""What a root goes without: packages and files by rule, and no privilege without a reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image import recipe
from image.account import budget
from image.root import left_out

STATUS = "Package: bash\nVersion: 5.2\n\nPackage: perl-base\nEssential: yes\nVersion: 5.40\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with a merged /usr, bash and perl-base."""
    info = tmp_path / "var/lib/dpkg/info"
    info.mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/status").write_text(STATUS)
    (info / "bash.list").write_text("/.\n/bin\n/bin/bash\n/usr\n/usr/share\n/usr/share/both\n")
    (info / "perl-base.list").write_text(
        "/.\n/usr\n/usr/bin\n/usr/bin/perl\n/usr/share\n/usr/share/both\n/usr/share/perl\n"
    )
    (info / "perl-base.prerm").touch()
    (tmp_path / "usr/share/perl").mkdir(parents=True)
    (tmp_path / "usr/bin").mkdir()
    (tmp_path / "bin").symlink_to("usr/bin")
    for name in ("usr/bin/bash", "usr/bin/perl", "usr/share/both"):
        (tmp_path / name).touch(mode=0o755)
    return tmp_path


def test_a_package_goes_with_its_files_but_not_with_those_of_others(root: Path) -> None:
    left_out.remove(root, recipe.Remove(packages=("perl-base",)))
    assert not (root / "usr/bin/perl").exists()
    assert not (root / "usr/share/perl").exists()
    assert (root / "usr/bin/bash").exists()
    assert (root / "usr/share/both").exists()
    assert sorted(file.name for file in (root / "var/lib/dpkg/info").iterdir()) == ["bash.list"]
    assert (root / "var/lib/dpkg/status").read_text() == "Package: bash\nVersion: 5.2\n"


def test_what_was_made_in_a_packages_folder_stays(root: Path) -> None:
    (root / "usr/share/perl/made").touch()
    left_out.remove(root, recipe.Remove(packages=("perl-base",)))
    assert (root / "usr/share/perl/made").exists()


def test_files_go_by_pattern_and_folders_with_all_that_is_in_them(root: Path) -> None:
    left_out.remove(root, recipe.Remove(files=("/usr/share", "/usr/bin/p*")))
    assert sorted(path.name for path in (root / "usr").rglob("*")) == ["bash", "bin"]


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        (recipe.Remove(packages=("pearl",)), "not installed: pearl"),
        (recipe.Remove(files=("/usr/games", "/usr/bin/bash")), "not there: /usr/games"),
    ],
)
def test_a_rule_that_fits_nothing_is_told(root: Path, rule: recipe.Remove, named: str) -> None:
    with pytest.raises(Mistake, match=named):
        left_out.remove(root, rule)


def test_only_programs_with_a_reason_stay_privileged(root: Path) -> None:
    (root / "usr/bin/bash").chmod(0o4755)
    (root / "usr/bin/perl").chmod(0o2755)
    left_out.strip_privileges(root, {"/usr/bin/bash": "for the test"})
    assert (root / "usr/bin/bash").stat().st_mode & 0o7777 == 0o4755
    assert (root / "usr/bin/perl").stat().st_mode & 0o7777 == 0o755
    with pytest.raises(Mistake, match="/usr/bin/perl"):
        left_out.strip_privileges(root, {"/usr/bin/perl": "for the test"})


def test_a_budget_is_in_millions_of_bytes_and_its_excess_is_told_by_part() -> None:
    sizes = {"vmlinuz": 12_000_000, "root.squashfs": 50_000_000}
    budget.check("a slot", sizes, 62, "budget.slot")
    with pytest.raises(Mistake, match=r"62\.0 MB, the budget is 61 MB \(vmlinuz 12\.0, root\.squashfs 50\.0\)"):
        budget.check("a slot", sizes, 61, "budget.slot")
