"""`braid licences`, as it is typed on the box."""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from gateway_init.base.process import run
from gateway_init.command import main
from gateway_init.wellknown.licences import Licences, Package

Typed = Callable[..., tuple[int, str, str]]

PACKED = Licences(
    packages={
        "busybox-static": Package((), "version 2 dated June, 1991\n"),
        "firmware-realtek": Package(("GPL-2", "MIT", "ISC", "X11", "Zlib", "permissive"), "many\n"),
        "rauc": Package(("LGPL-2.1+", "GPL-3+"), "Format: 1.0\nSource: rauc\n"),
    },
    common={"GPL-2": "GNU GENERAL PUBLIC LICENSE\n"},
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "licences.json.xz"
    file.write_bytes(lzma.compress(msgspec.json.encode(PACKED)))
    return file


@pytest.fixture
def typed(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    monkeypatch.setattr("gateway_init.command.licences.FILE", file)

    def typed(*words: str) -> tuple[int, str, str]:
        code = main.main(["licences", *words])
        return code, *capsys.readouterr()

    return typed


def test_the_table_has_every_package_and_names_the_texts_that_they_refer_to(typed: Typed) -> None:
    code, out, _ = typed()
    assert code == 0
    assert out.splitlines() == [
        "package           licences",
        "busybox-static    see its text",
        "firmware-realtek  GPL-2, MIT, ISC, X11 and 2 more",
        "rauc              LGPL-2.1+, GPL-3+",
        "",
        "Texts, for `braid licences NAME`: GPL-2",
    ]


def test_programs_get_all_of_it(typed: Typed) -> None:
    listed = json.loads(typed("--json")[1])
    assert {each["package"]: len(each["licences"]) for each in listed} == {
        "busybox-static": 0,
        "firmware-realtek": 6,
        "rauc": 2,
    }
    assert json.loads(typed("rauc", "--json")[1])["text"] == PACKED.packages["rauc"].text


def test_a_package_and_what_it_refers_to_are_printed_as_they_are(typed: Typed) -> None:
    assert typed("rauc") == (0, "Format: 1.0\nSource: rauc\n", "")
    assert typed("GPL-2") == (0, "GNU GENERAL PUBLIC LICENSE\n", "")


@pytest.mark.parametrize(("name", "hint"), [("rauk", "did you mean 'rauc'? "), ("zzz", "")])
def test_an_unknown_name_is_a_mistake_with_the_nearest_one(typed: Typed, name: str, hint: str) -> None:
    code, out, err = typed(name)
    assert (code, out) == (2, "")
    assert err == f"error: {name}: no package or licence of that name\n  {hint}`braid licences` lists them\n"


def test_where_no_image_was_built_it_says_so(typed: Typed, file: Path) -> None:
    file.unlink()
    code, _, err = typed("rauc")
    assert code == 2
    assert err.startswith(f"error: {file}: no such file")


def test_a_pager_may_be_left_before_the_end(file: Path) -> None:
    long = msgspec.structs.replace(PACKED, common={"GPL-2": 200_000 * "word\n"})
    file.write_bytes(lzma.compress(msgspec.json.encode(long)))
    program = (
        "import sys; from pathlib import Path; from gateway_init.command import licences, main;"
        "licences.FILE = Path(sys.argv[1]); sys.exit(main.main(['licences', 'GPL-2']))"
    )
    piped = '"$@" | head -n 1; echo "${PIPESTATUS[0]}"'
    done = run(["bash", "-c", piped, "bash", sys.executable, "-c", program, file], cwd=Path(__file__).parents[3])
    assert (done.stdout, done.stderr) == ("word\n0\n", "")
