"""What was left out is not missed, and nothing in the image has more power than it was given: the built image, read."""

from __future__ import annotations

import pytest

from image import bootable, build, recipe
from image.account import manifest
from image.look import contents, difference
from image.work import sandbox
from tests.boot import inspection
from tests.boot.inspection import Findings
from tests.frozen import HOME


@pytest.fixture(scope="module")
def wanted() -> recipe.Image:
    return recipe.load(build.RECIPE, recipe.Image)


@pytest.fixture(scope="module")
def findings(wanted: recipe.Image) -> Findings:
    request = inspection.Request(HOME.image, bootable.looking(wanted, HOME.folder / "logs"))
    return sandbox.call(inspection.look, request)


def test_the_image_holds_what_its_manifest_says_and_is_no_different_from_itself(wanted: recipe.Image) -> None:
    read = contents.read(HOME.image, wanted, HOME.folder / "logs")
    told = manifest.read(HOME.folder / manifest.NAME)
    assert read.packages == told.packages
    assert read.slot["root.squashfs"] == told.artifacts["root.squashfs"].bytes
    assert read.config["CONFIG_MPTCP"] == "y"
    found = difference.between(read, read)
    assert not (found.packages or found.files or found.config or found.sizes)


@pytest.mark.parametrize(
    ("check", "spoilt"),
    [
        ("libraries", "/usr/sbin/dnsmasq: no libnftables.so.1"),
        ("interpreters", "/usr/bin/script: no /usr/bin/perl"),
        ("modules", "kernel/drivers/net/ppp/pppox.ko is listed only"),
        ("imports", "No module named 'msgspec._core'"),
        ("programs", "pppd: Could not load legacy provider"),
        ("units", "nftables.service: no /usr/sbin/nft"),
        ("links", "/usr/bin/dangling -> /usr/bin/nowhere"),
        ("writable", "/etc/motd"),
        ("unlicensed", "pirate"),
        ("exposed", "braid-open.service: 9."),
    ],
)
def test_nothing_is_missing_and_nothing_is_anybodys_and_a_fault_would_be_found(
    findings: Findings, check: str, spoilt: str
) -> None:
    assert findings.as_built[check] == []
    assert [line for line in findings.spoilt[check] if spoilt in line]


def test_only_what_the_recipe_lists_with_its_reason_is_privileged(findings: Findings, wanted: recipe.Image) -> None:
    assert set(findings.as_built["privileged"]) == set(wanted.privileged)
    assert set(findings.spoilt["privileged"]) == set(wanted.privileged) | {"/usr/bin/bash"}
