"""What whoever takes over one of the box's programs finds: as little as the program can work with."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.render.services import services
from image.root.overlay import Addition, lay
from tests import exposure
from tests.frozen import ROOT, THIRD
from tests.unit.gateway.given import NUMBERS, SITE
from tests.unit.gateway.test_services import read_secret

PPPD = "braid-pppoe-adsl.service"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with every unit of ours, those of the image and those that the daemon writes."""
    units = Addition(ROOT / "overlay" / exposure.UNITS, f"/{exposure.UNITS}")
    lay(units, tmp_path, {"site": SITE, "trial_argument": "braid.trial"})
    dialled = THIRD.text.replace("kind: dongle", "kind: dongle\n    apn: internet")
    for site in (SITE, THIRD.load(), parse(dialled)):
        for name, service in services(site, read_secret, allot(site)).items():
            (tmp_path / exposure.UNITS / name).write_text(service.unit)
    return tmp_path


def words(unit: str, key: str) -> set[str]:
    return {word for line in re.findall(rf"^{key}=(.*)$", unit, re.MULTILINE) for word in line.split()}


@pytest.fixture
def analyze(root: Path) -> list[str]:
    if not shutil.which("systemd-analyze"):
        pytest.skip("NOT TESTED how exposed the units are: systemd-analyze is not installed (./invoke names it)")
    return ["systemd-analyze", f"--root={root}"]


def test_no_unit_is_more_exposed_than_it_must_be(root: Path, analyze: list[str]) -> None:
    assert exposure.exposed(root, analyze) == []


def test_a_unit_without_a_sandbox_would_be_found(root: Path, analyze: list[str]) -> None:
    (root / exposure.UNITS / "braid-open.service").write_text("[Service]\nExecStart=/usr/bin/true\n")
    assert [line.split(":")[0] for line in exposure.exposed(root, analyze)] == ["braid-open.service"]


def test_every_unit_of_ours_says_which_calls_it_may_make(root: Path) -> None:
    silent = [
        file.name
        for file in sorted((root / exposure.UNITS).glob("braid*.service"))
        if not words(file.read_text(), "SystemCallFilter")
        or words(file.read_text(), "SystemCallArchitectures") != {"native"}
    ]
    assert silent == []


def test_whoever_takes_over_pppd_finds_no_secret_no_socket_and_nothing_that_lasts(root: Path) -> None:
    unit = (root / exposure.UNITS / PPPD).read_text()
    # Systemd's and D-Bus's sockets, what is rendered with secrets in it, and the scripts that root runs at each dial.
    assert words(unit, "TemporaryFileSystem") == {"/run", "/etc/ppp"}
    assert {"-/etc/braid", "-/data", "-/run/braid/ended"} <= words(unit, "InaccessiblePaths")
    assert "AF_UNIX" not in words(unit, "RestrictAddressFamilies")
    assert words(unit, "NoExecPaths") == {"/"}
    assert words(unit, "CapabilityBoundingSet") == {"CAP_NET_ADMIN", "CAP_NET_RAW"}


@pytest.mark.parametrize("program", ["braid-clock.service", "braid-mbim-stick.service"])
def test_whoever_takes_over_what_runs_as_root_finds_not_the_secrets_of_all(root: Path, program: str) -> None:
    hidden = words((root / exposure.UNITS / program).read_text(), "InaccessiblePaths")
    assert {"-/run/braid/prepared", "-/run/image/braid"} <= hidden
    assert hidden & {"-/etc/braid", "-/etc/braid/secrets"}


def test_pppd_speaks_no_eap_with_a_provider() -> None:
    config = services(SITE, read_secret, NUMBERS)[PPPD].config.splitlines()
    assert "refuse-eap" in config
    assert not {"refuse-pap", "refuse-chap"} & set(config)
