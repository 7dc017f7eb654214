"""What the image's build works out for the daemon, and when the daemon takes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gateway_init.base.problem import ConfigInvalid
from gateway_init.base.process import run
from gateway_init.config.allotted import Allotment
from gateway_init.render.rendered import check
from gateway_init.store import prerendered
from gateway_init.store.change import change, prove
from gateway_init.store.copies import Places, look
from tests.unit.gateway.box import Box, lease

ROOT = Path(__file__).parents[3]

START = """
import sys
from pathlib import Path
from gateway_init.config.allotted import NOTHING
from gateway_init.daemon import loop
from gateway_init.store import adopt, prerendered
from gateway_init.store.copies import Places, look
folder = Path(sys.argv[1])
prerendered.checked(look(Places(effective=folder / "image")).effective, "gateway.yaml", NOTHING, [folder / "prepared"])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.fixture
def built(tmp_path: Path) -> dict[str, bytes]:
    """The contents of an image's config, which was prepared as tmp_path/prepared."""
    image = Box(tmp_path).places.image
    prerendered.prepare(Places(effective=image), tmp_path / "prepared")
    return look(Places(effective=image)).effective


def test_what_was_prepared_is_what_the_daemon_would_work_out(built: dict[str, bytes], tmp_path: Path) -> None:
    assert prerendered.checked(built, "gateway.yaml", prepared=[tmp_path / "prepared"]) == check(built, "gateway.yaml")


def test_it_counts_only_as_long_as_nothing_is_edited(built: dict[str, bytes], tmp_path: Path) -> None:
    edited = built | {"gateway.yaml": lease(3).encode()}
    assert prerendered.checked(edited, "gateway.yaml", prepared=[tmp_path / "prepared"]).site.lan.dhcp.lease == "3h"
    with pytest.raises(ConfigInvalid):
        prerendered.checked(built | {"gateway.yaml": b"site: ["}, "gateway.yaml", prepared=[tmp_path / "prepared"])


def test_it_counts_only_for_the_numbers_that_it_was_prepared_with(built: dict[str, bytes], tmp_path: Path) -> None:
    prepared = tmp_path / "prepared"
    after_boot = prerendered.checked(built, "gateway.yaml", prepared=[prepared])
    again = prerendered.checked(built, "gateway.yaml", after_boot.numbers, [prepared])
    assert again == after_boot
    after_an_edit = Allotment({"adsl": 7}, after_boot.numbers.paths)
    assert prerendered.checked(built, "gateway.yaml", after_an_edit, [prepared]) == check(
        built, "gateway.yaml", after_an_edit
    )


@pytest.mark.parametrize("content", [None, b"", b"\x81\xa8contents\x80"])
def test_without_it_the_daemon_starts_as_well(built: dict[str, bytes], tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "prepared"
    file.unlink()
    if content is not None:
        file.write_bytes(content)
    assert prerendered.checked(built, "gateway.yaml", prepared=[file]) == check(built, "gateway.yaml")


def test_only_root_may_read_it(built: dict[str, bytes], tmp_path: Path) -> None:
    assert built
    assert (tmp_path / "prepared").stat().st_mode & 0o077 == 0


def test_the_daemon_starts_without_what_only_preparing_needs(built: dict[str, bytes], tmp_path: Path) -> None:
    assert built
    loaded = run([sys.executable, "-c", START, str(tmp_path)], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}).stdout.split()
    assert "pyroute2" in loaded
    assert not {"jinja2", "yaml", "ssl", "asyncio", "sqlite3", "http", "unittest"} & set(loaded)


def test_after_an_edit_by_command_the_daemon_works_out_nothing_that_was_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box(tmp_path)
    box.boot()
    snapshot, wanted = look(box.places), {"gateway.yaml": lease(5).encode()}
    proven = prove(box.places, snapshot, wanted, "gateway.yaml")
    change(box.places, snapshot, wanted, proven, until_reboot=False)
    assert box.places.prepared.stat().st_mode & 0o077 == 0
    with monkeypatch.context() as patch:
        patch.delattr(prerendered, "check")
        assert box.restart() == proven.runnable
    box.write(lease(7))
    assert box.restart().site.lan.dhcp.lease == "7h", "what was edited by hand since is what counts"
