"""Stories of keys after a theft: the old ones open nothing, the rest stays, and what is to be brought anew is told."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from gateway_init.config.site import Site
from servers import keys, renewal


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir() if each.is_file()}


def changed(before: dict[str, bytes], folder: Path) -> set[str]:
    after = contents(folder)
    assert after.keys() == before.keys()
    return {name for name, content in after.items() if content != before[name]}


@pytest.mark.parametrize(
    ("name", "files", "kits", "on_the_box"),
    [
        ("adsl-near", {"openvpn-path-adsl-near.key", "openvpn-path-adsl-near.crt"}, ("near",), True),
        ("jumpbox-a", {"openvpn-server-jumpbox-a.key", "openvpn-server-jumpbox-a.crt"}, ("jumpbox-a",), True),
        ("near", {"openvpn-server-near.key", "openvpn-server-near.crt", "shadowsocks-near.key"}, ("near",), True),
        ("update", {"update.key", "update.crt"}, (), True),
        ("update-ssh", {"update-ssh.key", "update-ssh.pub"}, (), True),
        ("ssh-host", {"ssh-host.key", "ssh-host.known"}, (), True),
    ],
)
def test_all_keys_of_one_owner_are_new_and_sound_and_nobody_elses(
    site: Site, secrets: Path, name: str, files: set[str], kits: tuple[str, ...], on_the_box: bool
) -> None:
    before = contents(secrets)
    renewed = renewal.renew(site, name, secrets)
    # More may belong to one who is renewed, but never less.
    assert files <= set(renewed.files)
    assert changed(before, secrets) == set(renewed.files)
    assert (renewed.kits, renewed.on_the_box) == (kits, on_the_box)
    keys.check(site, secrets)


def test_the_old_ones_are_kept_for_their_owners_eyes_only(site: Site, secrets: Path) -> None:
    before = contents(secrets)
    renewed = renewal.renew(site, "near", secrets)
    old = secrets / "old"
    assert contents(old) == {name: before[name] for name in renewed.files}
    assert stat.S_IMODE(old.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in old.iterdir()} == {0o600}
    assert {stat.S_IMODE((secrets / name).stat().st_mode) for name in renewed.files} == {0o600}
    assert [each.name for each in secrets.iterdir() if each.is_dir()] == ["old"]


def test_a_second_renewal_is_another_key(site: Site, secrets: Path) -> None:
    renewal.renew(site, "near", secrets)
    first = contents(secrets)
    renewal.renew(site, "near", secrets)
    assert secret.server_key("near") in changed(first, secrets)
    assert (secrets / "old" / secret.server_key("near")).read_bytes() == first[secret.server_key("near")]


@pytest.mark.parametrize("name", ["naer", "adsl", "uplink-adsl.password", "", "../near"])
def test_who_has_no_key_of_ours_is_told_who_has_and_nothing_changes(site: Site, secrets: Path, name: str) -> None:
    before = contents(secrets)
    with pytest.raises(Mistake) as refused:
        renewal.renew(site, name, secrets)
    for known in ("adsl-near", "adsl-jumpbox-a", "near", "jumpbox-b", "update", "update-ssh"):
        assert known in refused.value.hint.removeprefix("known are: ").split(", ")
    assert "adsl" not in refused.value.hint.removeprefix("known are: ").split(", ")
    assert changed(before, secrets) == set()


def test_where_a_key_cannot_be_made_nothing_is_replaced(
    site: Site, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = contents(secrets)

    def full(path: Path, text: str) -> None:
        if path.suffix == ".crt":
            raise Mistake(f"{path}: No space left on device")
        path.write_text(text)

    monkeypatch.setattr(keys, "put", full)
    with pytest.raises(Mistake, match="No space"):
        renewal.renew(site, "near", secrets)
    assert contents(secrets) == before
    assert [each for each in secrets.iterdir() if each.is_dir()] == []


def test_one_that_was_interrupted_is_refused_by_the_check_and_mended_by_a_second_one(
    site: Site, secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = os.replace
    files = iter((True, False))

    def interrupted(self: Path, target: Path) -> Path:
        if target.parent == secrets and not next(files):
            raise KeyboardInterrupt
        moved(self, target)
        return target

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", interrupted)
        with pytest.raises(KeyboardInterrupt):
            renewal.renew(site, "adsl-near", secrets)
    with pytest.raises(Mistake, match="does not belong to"):
        keys.check(site, secrets)
    renewal.renew(site, "adsl-near", secrets)
    keys.check(site, secrets)


def test_what_is_to_be_brought_anew_is_told_in_order(site: Site, secrets: Path) -> None:
    def told(name: str) -> list[str]:
        return list(renewal.to_do(site, renewal.renew(site, name, secrets)))

    kit, image = told("near")
    assert "invoke kit near" in kit
    assert "invoke update 192.168.77.1" in image
    # None of these can come by `invoke update`: the box knows and has only what was stolen.
    assert [line.partition(":")[0] for line in told("update")] == ["invoke flash DEVICE"]
    assert "ssh root@192.168.77.1 braid update - <build/braid.raucb" in told("update-ssh")[-1]
    assert "ssh root@192.168.77.1 braid update - <build/braid.raucb" in told("ssh-host")[-1]
