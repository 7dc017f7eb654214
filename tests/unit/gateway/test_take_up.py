"""An edit on the box lasts, whatever comes after it; and one that is no good costs nobody the Internet."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.base.problem import ConfigInvalid
from gateway_init.config import secret
from gateway_init.store.three_way import Choice
from tests.unit.gateway.box import AS_DELIVERED, CERTIFICATE, KEY, PASSWORD, Box, lease

OUTDATED = AS_DELIVERED.replace("lease:", "lend:")
"""A config as another version of the image might know it."""


@pytest.fixture
def box(tmp_path: Path) -> Box:
    box = Box(tmp_path)
    box.boot()
    return box


def test_an_edit_in_etc_lasts_once_the_daemon_has_taken_it_up(box: Box) -> None:
    box.write(lease(3))
    assert box.restart().site.lan.dhcp.lease == "3h"
    assert box.said == ["braid: gateway.yaml was edited, and is kept"]
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert (box.state.state, box.state.edited) == (Choice.EDITED, ("gateway.yaml",))


def test_a_password_lasts_as_well_and_only_root_can_read_it(box: Box) -> None:
    box.write("another\n", PASSWORD)
    assert '"another"' in box.restart().services["braid-pppoe-adsl.service"].config
    box.boot()
    assert box.in_force(PASSWORD) == "another\n"
    for file in [box.places.kept, *box.places.kept.rglob("*"), box.places.effective / PASSWORD]:
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file


def test_nothing_is_written_where_nothing_was_edited(box: Box) -> None:
    before = box.places.placed.stat()
    box.restart()
    assert not box.places.kept.exists()
    after = box.places.placed.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert box.said == []


def test_an_edit_with_a_mistake_is_refused_and_the_next_boot_has_the_last_good_one(box: Box) -> None:
    box.write(lease(3))
    box.restart()
    box.write(OUTDATED)
    with pytest.raises(ConfigInvalid, match=r"lan\.dhcp\.lend: unknown key"):
        box.restart()
    assert box.boot().site.lan.dhcp.lease == "3h"


def test_after_an_update_that_changed_the_config_too_the_edit_is_in_force_and_both_are_told(box: Box) -> None:
    box.write(lease(3))
    box.restart()
    box.install(lease(6))
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert box.state.both == ("gateway.yaml",)
    assert box.said == [
        "braid: gateway.yaml was edited on the box, and the image's own changed too (`braid config diff`)"
    ]


def test_a_new_password_in_the_image_is_no_reason_to_forget_an_edited_config(box: Box) -> None:
    box.write(lease(3))
    box.restart()
    box.install(AS_DELIVERED, adsl="new\n")
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert (box.state.state, box.in_force(PASSWORD)) == (Choice.EDITED, "new\n")


def test_an_edited_config_that_an_update_can_no_longer_read_gives_way_and_comes_back(box: Box) -> None:
    mine = box.places.mine / "gateway.yaml"
    box.write(lease(3))
    box.write("another\n", PASSWORD)
    box.restart()
    mine.write_text(OUTDATED)

    assert box.boot().site.lan.dhcp.lease == "12h"
    assert box.in_force(PASSWORD) == "another\n"

    assert (box.state.refused, "lan.dhcp.lend" in box.state.reason) == (("gateway.yaml",), True)
    assert not box.state.until_reboot
    assert any("gateway.yaml as edited on the box cannot be used" in line for line in box.said)
    assert mine.read_text() == OUTDATED
    box.restart()
    assert box.state.refused == ("gateway.yaml",)
    mine.write_text(lease(3))
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert not box.state.refused


def test_an_edited_config_whose_secrets_are_gone_gives_way(box: Box) -> None:
    more = AS_DELIVERED.replace("  abroad:\n", "  far:\n").replace("to: abroad", "to: far")
    box.write(more.replace("destination: near", "destination: far"))
    with pytest.raises(Mistake, match=r"shadowsocks-far\.key"):
        box.restart()
    box.write("key\n", "secrets/shadowsocks-far.key")
    box.write("key\n", "secrets/reflector-far.key")
    for name in secret.carrier_at_home("far"):
        box.write(KEY, f"secrets/{name}")
    box.write(CERTIFICATE, "secrets/openvpn-server-far.crt")
    box.restart()
    (box.places.mine / "secrets/shadowsocks-far.key").unlink()
    assert box.boot().site.main == "near"
    assert "shadowsocks-far.key" in box.state.reason


def test_a_certificate_that_is_none_gives_way_alone(box: Box) -> None:
    box.write(lease(3))
    box.write(CERTIFICATE + "\n", "secrets/openvpn-server-near.crt")
    box.restart()
    (box.places.mine / "secrets/openvpn-server-near.crt").write_text("garbage")
    assert box.boot().site.lan.dhcp.lease == "3h"
    assert box.state.refused == ("secrets/openvpn-server-near.crt",)


def test_edits_of_which_none_can_be_used_give_way_together(box: Box) -> None:
    box.write(lease(3))
    box.write(CERTIFICATE + "\n", "secrets/openvpn-server-near.crt")
    box.restart()
    (box.places.mine / "gateway.yaml").write_text(OUTDATED)
    (box.places.mine / "secrets/openvpn-server-near.crt").write_text("garbage")
    assert box.boot().site.lan.dhcp.lease == "12h"
    assert box.state.refused == ("gateway.yaml", "secrets/openvpn-server-near.crt")


def test_a_tunnel_with_another_key_is_started_anew(box: Box) -> None:
    name = "braid-openvpn-adsl-near.service"
    before = box.restart().services
    box.write("another\n", "secrets/openvpn-path-adsl-near.key")
    after = box.restart().services
    assert [each for each in after if after[each].digest != before[each].digest] == [name]
    assert "another" not in after[name].config


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        ("folder", "unreadable"),
        ("file", "unreadable"),
        ("device", "unreadable"),
        ("huge", "unreadable"),
        ("binary", "refused"),
        ("empty", "refused"),
    ],
)
def test_a_damaged_data_partition_does_not_stop_the_boot(box: Box, damage: str, found: str) -> None:
    box.write(lease(3))
    box.restart()
    mine = box.places.mine / "gateway.yaml"
    mine.unlink()
    match damage:
        case "folder":
            mine.mkdir()
        case "file":
            (box.places.mine).rename(box.places.kept / "elsewhere")
            box.places.mine.write_text("")
        case "device":
            mine.symlink_to("/dev/zero")
        case "binary":
            mine.write_bytes(bytes(range(256)))
        case "huge":
            with mine.open("wb") as file:
                file.truncate(1 << 30)
        case "empty":
            mine.write_text("")
    assert box.boot().site.lan.dhcp.lease == "12h"
    assert any("the image's own is in force" in line for line in box.said)
    assert getattr(box.state, found)


def test_no_copy_of_the_image_s_own_does_not_stop_the_boot_either(box: Box) -> None:
    box.write(lease(3))
    box.restart()
    aside = box.places.image.with_name("aside")
    box.places.image.rename(aside)
    box.places.image.mkdir()
    box.places.placed.unlink()
    assert box.restart().site.lan.dhcp.lease == "3h"
    box.write(lease(5))
    assert box.restart().site.lan.dhcp.lease == "5h"
    assert "cannot be kept" in box.said[-1]
    box.places.image.rmdir()
    aside.rename(box.places.image)
    assert box.boot().site.lan.dhcp.lease == "3h"


def test_the_state_carries_no_secret(box: Box) -> None:
    box.write("hunter2\n", PASSWORD)
    box.restart()
    assert b"hunter2" not in msgspec.json.encode(box.state) + box.places.placed.read_bytes()
    assert box.state.edited == (PASSWORD,)
