"""The licences of an image: what Debian's copyright files tell, of which packages, and what SPDX calls it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from gateway_init.wellknown.licences import Package
from image.account import bill, licence
from image.root import licences
from tests.unit.image import test_bill

FILES = """\
Format: copyright-format/1.0
Source: somewhere
License: all of it

Files: *
Copyright: 2016-2022 Somebody
License: LGPL-2.1+

Files:
 src/a.c
 src/b.c
Copyright:
 2012 Somebody else
License:  Expat
Comment: License: no field of its own

{more}
License: LGPL-2.1+
 This library is free software.
 .
 License: not a field, but a line of it.
"""


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("License: GPL-3+ with Bison exception\n text", ("GPL-3+ with Bison exception",)),
        ("License: BSD-3-clause and ISC, MIT", ("BSD-3-clause", "ISC", "MIT")),
        ("License: GPL-2+ or AFL-2.1, and X11", ("GPL-2+ or AFL-2.1", "X11")),
        ("License: LGPL-2.1+", ()),
        ("License: Permission to use, copy and modify this\n is granted", ()),
        ("License:\n Permission is granted", ()),
    ],
)
def test_each_licence_of_the_files_is_named_once_and_a_text_in_its_place_is_no_name(
    told: str, names: tuple[str, ...]
) -> None:
    assert licence.names(FILES.replace("{more}", f"Files: c\n{told}\n")) == ("LGPL-2.1+", "Expat", *names)


def test_a_file_for_readers_only_names_none() -> None:
    assert licence.names("This package was debianized by somebody.\n\nLicense: GPL-2\n") == ()


def test_every_id_that_we_know_is_one_of_spdxs() -> None:
    gnu = [f"{family}-{version}{end}" for family, version in licence.GNU_VERSIONS for end in ("", "+")]
    known = [*licence.SPDX, *gnu]
    assert [name for name in known if not licence.spdx(name)] == []
    text = bill.render(
        test_bill.MADE, test_bill.STATUS, {}, {"redsocks": known}, date(2025, 8, 9), "braid.img"
    )  # fmt: skip
    assert test_bill.objections(text) is None
    assert test_bill.objections(text.replace('"GPL-2.0-or-later"', '"GPL-2.0-or-so"'))


@pytest.mark.parametrize("name", ["GPL", "LGPL-4", "GPL-2.1+", "BSD", "permissive", "GPL-2 with OpenSSL exception"])
def test_what_spdx_has_no_id_for_gets_none(name: str) -> None:
    assert licence.spdx(name) == ""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with the copyright files of gcc-14-base and rauc, and links to them and out of it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "copyright").write_text("this machine's own\n")
    documents = tmp_path / "root" / licences.DOCUMENTS
    for name in ("gcc-14-base", "rauc"):
        (documents / name).mkdir(parents=True)
        (documents / name / "copyright").write_text(f"of {name}\n")
    (documents / "libgcc-s1").symlink_to("gcc-14-base")
    (documents / "stray").symlink_to(outside)
    (documents / "bare").mkdir()
    return tmp_path / "root"


def test_a_folder_that_is_a_link_leads_to_the_text_but_not_out_of_the_root(root: Path) -> None:
    found = licences.texts(root, ["bare", "gcc-14-base", "libgcc-s1", "nowhere", "rauc", "stray"])
    assert found == {"gcc-14-base": "of gcc-14-base\n", "libgcc-s1": "of gcc-14-base\n", "rauc": "of rauc\n"}


def test_a_package_that_left_counts_as_long_as_something_of_it_is_there(root: Path) -> None:
    lists = {"rauc": ["usr/bin/rauc"], "perl-base": ["usr", "usr/bin/perl"], "ucf": ["usr", "usr/bin/ucf"]}
    (root / "usr/bin").mkdir()
    (root / "usr/bin/ucf").symlink_to("elsewhere")
    assert licences.staying(root, lists, ["perl-base", "ucf"]) == ["rauc", "ucf"]


def test_the_same_texts_are_packed_alike_in_whichever_order_they_come() -> None:
    one = licences.together({"b": "text of b", "a": FILES}, {"GPL-3": "3", "GPL-2": "2"})
    assert list(one.packages) == ["a", "b"]
    assert list(one.common) == ["GPL-2", "GPL-3"]
    assert one.packages["a"].licences == licence.names(FILES)
    assert one.packages["b"] == Package((), "text of b")
