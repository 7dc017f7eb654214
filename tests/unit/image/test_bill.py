"""The bill of materials: what CycloneDX's own schema accepts, with all that is in the image, the same every time."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from image.account import bill, manifest

STATUS = """\
Package: libc6
Status: install ok installed
Maintainer: GNU Libc Maintainers
Architecture: amd64
Source: glibc
Version: 2.41-12+deb13u1
Depends: libgcc-s1
Homepage: https://www.gnu.org/software/libc/libc.html

Package: redsocks
Status: install ok installed
Architecture: amd64
Version: 0.5-2+b5
Depends: libc6 (>= 2.38), adduser | passwd
Description: Redirect any TCP connection
 Depends: is no field here
"""

MADE = manifest.Manifest(
    site="home",
    version="0f1e2d3c4b5a",
    compatible="braid-apu",
    suite="trixie",
    kernel="6.12.0-amd64",
    commit=manifest.Commit("0123456789abcdef", False),
    artifacts={
        name: manifest.Artifact(1, digest * 64)
        for name, digest in (("braid.img", "a"), ("vmlinuz", "b"), ("initrd.img", "c"), ("root.squashfs", "d"))
    },
    unpacked_bytes=1,
    packages=manifest.packages(STATUS),
)


LICENCES = {"libc6": ("LGPL-2.1+", "BSD-3-clause", "BSD-3-Clause", "Inner-Net"), "grub-pc-bin": ("GPL-3+",)}
"""GRUB is in the image, and no package of the root."""


@pytest.fixture
def text() -> str:
    return render()


def render(image: str = "braid.img") -> str:
    return bill.render(MADE, STATUS, {"redsocks": "e" * 64}, LICENCES, date(2025, 8, 9), image)


def objections(text: str) -> object:
    return JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)


def test_the_schema_accepts_it(text: str) -> None:
    assert objections(text) is None


def test_the_schema_is_not_content_with_anything(text: str) -> None:
    assert objections(text.replace('"firmware"', '"fireware"'))
    assert objections(text.replace("e" * 64, "not a digest"))


def test_it_names_each_package_with_its_origin_and_what_it_needs(text: str) -> None:
    found = json.loads(text)
    libc, redsocks = (f"pkg:deb/debian/{name}?arch=amd64&distro=trixie" for name in
                      ("libc6@2.41-12%2Bdeb13u1", "redsocks@0.5-2%2Bb5"))  # fmt: skip
    by_ref = {each["bom-ref"]: each for each in found["components"]}
    assert list(by_ref) == [libc, redsocks, "gateway_init", "vmlinuz", "initrd.img", "root.squashfs"]
    assert by_ref[redsocks]["hashes"] == [{"alg": "SHA-256", "content": "e" * 64}]
    assert by_ref[libc]["properties"] == [{"name": "debian:source", "value": "glibc"}]
    needs = {each["ref"]: each["dependsOn"] for each in found["dependencies"]}
    assert needs[redsocks] == [libc]
    assert needs[libc] == []
    assert needs["braid"] == sorted(by_ref)


def test_it_names_licences_by_their_spdx_ids_where_they_have_one(text: str) -> None:
    licences = {each["name"]: each.get("licenses") for each in json.loads(text)["components"]}
    assert licences["libc6"] == [
        {"license": {"id": "LGPL-2.1-or-later"}},
        {"license": {"id": "BSD-3-Clause"}},
        {"license": {"name": "Inner-Net"}},
    ]
    assert licences["redsocks"] is None
    assert licences["gateway_init"] == [{"license": {"id": pyproject()["license"]}}]


def pyproject() -> dict[str, str]:
    text = (Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8")
    return cast("dict[str, str]", tomllib.loads(text)["project"])


def test_it_is_the_same_every_time_and_another_for_another_image(text: str) -> None:
    assert render() == text
    assert json.loads(text)["serialNumber"] != json.loads(render("vmlinuz"))["serialNumber"]
