"""Builds as a user runs them: what is quick, what is the same, what is refused and why."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from gateway_init.base import process
from image.work import sandbox
from servers import keys
from tests.boot.clone import NOWHERE, Clone
from tests.frozen import HOME


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    keys.make_missing(HOME.load(), folder)
    return folder


@pytest.fixture
def clone(tmp_path: Path, secrets: Path) -> Clone:
    return Clone(tmp_path / "clone", secrets)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, secrets: Path) -> Clone:
    """A copy that was built once, and is only looked at."""
    clone = Clone(tmp_path_factory.mktemp("built") / "clone", secrets)
    done = clone.build()
    assert done.returncode == 0, done.stderr
    return clone


def digest(file: Path) -> str:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def refused(clone: Clone, *parts: str) -> None:
    """The build says all that, ends as with a person's mistake, and leaves no image, or the one of before."""
    before = digest(clone.image) if clone.image.exists() else None
    done = clone.build()
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr
    assert (digest(clone.image) if clone.image.exists() else None) == before


def test_a_change_in_the_overlay_needs_no_packages_and_no_change_needs_no_build(clone: Clone) -> None:
    first = clone.build()
    assert first.returncode == 0, first.stderr
    before = digest(clone.image)

    clone.write("overlay/etc/motd", "changed\n")
    second = clone.build()
    assert second.returncode == 0, second.stderr
    assert "Installing" not in second.stderr
    assert "Squashing" in second.stderr
    assert digest(clone.image) != before

    third = clone.build()
    assert third.returncode == 0
    assert "up to date" in third.stdout
    assert "Squashing" not in third.stderr


def test_the_manifest_tells_what_was_built(built: Clone) -> None:
    manifest = json.loads((built.folder / "build/manifest.json").read_text())
    assert manifest["artifacts"]["braid.img"]["sha256"] == digest(built.image)
    assert manifest["artifacts"]["braid.img"]["bytes"] == built.image.stat().st_size
    assert manifest["packages"]["openvpn"]
    assert f"linux-image-{manifest['kernel']}" in manifest["packages"]
    assert built.image.stat().st_mode & 0o077 == 0


def test_the_bill_of_materials_lists_what_the_manifest_does_and_fits_its_schema(built: Clone) -> None:
    text = (built.folder / "build/braid.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    manifest = json.loads((built.folder / "build/manifest.json").read_text())
    found = json.loads(text)["components"]
    assert {each["name"]: each["version"] for each in found if each["type"] == "library"} == manifest["packages"]
    assert [each["name"] for each in found if each["type"] == "library" and "hashes" not in each] == []
    licences = {each["name"]: each.get("licenses", []) for each in found}
    assert {"license": {"id": "LGPL-2.1-or-later"}} in licences["systemd"]
    # Debian's copyright file of busybox is for readers only.
    assert licences["busybox-static"] == []


def test_the_same_sources_in_two_places_give_the_same_bytes(built: Clone, tmp_path: Path, secrets: Path) -> None:
    other = Clone(tmp_path / "elsewhere" / "deeper", secrets)
    assert other.build().returncode == 0
    for name in ("braid.img", "braid.img.zst", "braid.cdx.json"):
        assert digest(built.image.with_name(name)) == digest(other.image.with_name(name))


def test_a_failing_hook_stops_the_build_and_its_output_is_shown(clone: Clone) -> None:
    assert clone.build().returncode == 0
    clone.write("rootfs-hooks/50-broken", "#!/bin/sh\necho about to fail\ntouch /nowhere/file\n", 0o755)
    refused(clone, "50-broken failed with exit code 1", "about to fail", "cannot touch '/nowhere/file'")


def test_a_hook_has_no_network(clone: Clone) -> None:
    clone.write(
        "rootfs-hooks/50-network",
        "#!/bin/sh\nip route get 192.0.2.1\n",
        0o755,
    )
    refused(clone, "50-network failed", "unreachable")


def test_an_undefined_variable_is_told_by_file_line_and_name(clone: Clone) -> None:
    clone.write("overlay/etc/new.conf.j2", "first\n{{ site.adress }}\n")
    refused(clone, "overlay/etc/new.conf.j2:2:", "adress")


def test_a_system_that_outgrows_its_slot_is_refused(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "slot: 122", "slot: 64")
    refused(clone, "braid-slot overflows", "do not fit into 64 MiB")


def test_a_system_that_exceeds_its_budget_is_refused(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "  slot: 120", "  slot: 20")
    refused(clone, "a slot has ", "the budget is 20 MB", "root.squashfs", "budget.slot in image/recipe.yaml")


def test_the_compressed_image_unpacks_to_the_image_with_zstd_alone(built: Clone, tmp_path: Path) -> None:
    packed = built.image.with_name("braid.img.zst")
    assert packed.stat().st_size < 80_000_000
    assert packed.stat().st_mode & 0o077 == 0
    process.run(["zstd", "-q", "-d", packed, "-o", tmp_path / "again.img"])
    assert digest(tmp_path / "again.img") == digest(built.image)


def test_a_kernel_without_a_module_that_the_recipe_names_is_refused(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "    - r8169\n", "    - r8169\n    - flux_capacitor\n")
    refused(clone, "no module flux_capacitor")


def test_a_kernel_without_what_else_the_recipe_names_is_refused(clone: Clone) -> None:
    clone.replace("image/recipe.yaml", "    - CONFIG_MPTCP=y\n", "    - CONFIG_MPTCP=y\n    - CONFIG_FLUX=y\n")
    clone.replace("image/recipe.yaml", "rtl8168e-2.fw", "rtl9999z-9.fw")
    refused(clone, "no CONFIG_FLUX=y", "no firmware rtl_nic/rtl9999z-9.fw")


def test_missing_secrets_are_refused_with_the_way_to_make_them(clone: Clone) -> None:
    (clone.folder / "secrets/uplink-adsl.password").unlink()
    refused(clone, "lacks uplink-adsl.password", "invoke keys")


def test_no_network_is_one_line(clone: Clone, tmp_path: Path) -> None:
    nowhere = {"XDG_CACHE_HOME": str(tmp_path / "cache"), **NOWHERE}
    done = clone.build(nowhere)
    assert done.returncode == 2, done.stderr
    assert "error: no network: the packages of trixie cannot be fetched" in done.stderr
    assert "Traceback" not in done.stderr
    left = [file for file in (tmp_path / "cache/braid").iterdir() if file.is_file()]
    assert left == []


def test_a_missing_mmdebstrap_is_one_line(clone: Clone, tmp_path: Path) -> None:
    done = clone.build({"XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": str(tmp_path)})
    assert done.returncode == 2, done.stderr
    assert "mmdebstrap is not installed" in done.stderr
    assert "./invoke" in done.stderr


def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(clone: Clone) -> None:
    (clone.folder / "build").mkdir()
    script = 'mount -t tmpfs -o size=50m small build && "$@"; code=$?; ls -A build; exit $code'
    done = clone.build(before=[*sandbox.namespaces(), "sh", "-c", script, "sh"])
    assert done.returncode == 2, done.stderr
    assert "no space left on the disk" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout.split() == [".lock", "logs"]
