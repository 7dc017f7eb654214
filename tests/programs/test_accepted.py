"""Whatever a site is like that a check accepts: the programs that read what is made of it take it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from gateway_init.base.process import run
from gateway_init.config import secret
from gateway_init.config.allotted import allot
from gateway_init.config.load import parse
from gateway_init.render.ruleset import ruleset
from gateway_init.render.services import services
from gateway_init.wellknown import unit
from gateway_init.wellknown.unit import ServiceFiles
from servers import certificate
from tests.any_site import texts
from tests.frozen import HOME, SECOND, THIRD
from tests.programs.programs import Programs

DIALS = "UDPv4 link remote"
"""What OpenVPN says once it has taken its whole config, key and certificate, and begins."""
SCANS = "CTRL-EVENT-SCAN-FAILED"
"""What wpa_supplicant says once it has taken its whole config, and begins, where there is no radio."""
KEY = certificate.new_key()
CERTIFICATE = certificate.new_certificate(KEY, "path", "client")

Command: TypeAlias = list[str | Path]


class Made(NamedTuple):
    """What a site comes to, written into a folder."""

    folder: Path
    ruleset: str
    services: Mapping[str, ServiceFiles]

    def config(self, name: str) -> Path:
        return self.folder / self.services[name].config_path.name


def make(text: str, folder: Path) -> Made:
    site = parse(text)
    rendered = services(site, lambda name: CERTIFICATE if secret.is_certificate(name) else "a secret\n", allot(site))
    for name, each in rendered.items():
        (folder / name).write_text(each.unit)
        (folder / each.config_path.name).write_text(each.config)
    (folder / "key").write_text(KEY)
    (folder / "certificate").write_text(CERTIFICATE)
    return Made(folder, ruleset(site, allot(site)).text, rendered)


def _nft(nft: Command, made: Made) -> str:
    return _objection([*nft, "--check", "--file", "-"], made.ruleset)


def _dnsmasq(dnsmasq: Command, made: Made) -> str:
    return _objection([*dnsmasq, "--test", f"--conf-file={made.config(unit.DNSMASQ)}"])


def _unbound(checkconf: Command, made: Made) -> str:
    return _objection([*checkconf, made.config(unit.RESOLVER)])


def _redsocks(redsocks: Command, made: Made) -> str:
    found = [_objection([*redsocks, "-t", "-c", made.config(name)]) for name in made.services if "redsocks" in name]
    return "\n".join(filter(None, found))


def _systemd(analyze: Command, made: Made) -> str:
    said = run([*analyze, "verify", "--man=no", *(made.folder / name for name in made.services)], check=False).stderr
    # The programs are there on the box only.
    return "\n".join(line for line in said.splitlines() if "is not executable" not in line)


def _openvpn(openvpn: Command, made: Made) -> str:
    names = [name for name in made.services if name.startswith("braid-openvpn-")]
    identity: Command = ["--key", made.folder / "key", "--cert", made.folder / "certificate"]
    return "".join(_until([*openvpn, "--config", made.config(name), *identity], DIALS) for name in names)


def _wpa_supplicant(wpa_supplicant: Command, made: Made) -> str:
    names = [name for name in made.services if name.startswith("braid-wifi-")]
    nowhere: Command = ["-D", "none", "-i", "lo"]
    return "".join(_until([*wpa_supplicant, *nowhere, "-c", made.config(name)], SCANS) for name in names)


def _until(command: Command, begins: str) -> str:
    """What a program says that ends, instead of saying that it begins."""
    told: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as program:
        for line in program.stdout or ():
            if begins in line:
                program.kill()
                return ""
            told.append(line)
    return "".join(told)


def _objection(command: Command, stdin: str = "") -> str:
    done = run(command, stdin=stdin, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    ("program", "objection", "examples"),
    [
        ("nft", _nft, 20),
        ("dnsmasq", _dnsmasq, 30),
        ("unbound-checkconf", _unbound, 20),
        ("redsocks", _redsocks, 2),
        ("systemd-analyze", _systemd, 2),
        ("openvpn", _openvpn, 3),
        ("wpa_supplicant", _wpa_supplicant, 10),
    ],
)
def test_it_takes_what_is_made_of_any_site(
    programs: Programs, tmp_path: Path, program: str, objection: Callable[[Command, Made], str], examples: int
) -> None:
    command = programs.command(program)
    if command is None:
        pytest.skip(f"NOT TESTED with {program}: neither this machine nor an image in the cache has it")
    folders = (tmp_path / str(number) for number in range(1000))

    @given(texts())
    @example(HOME.text)
    @example(SECOND.text)
    @example(THIRD.text)
    # What a program objects to is told as it is: to look for a smaller site would take minutes.
    @settings(
        max_examples=examples,
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    def taken(text: str) -> None:
        folder = next(folders)
        folder.mkdir()
        assert objection(command, make(text, folder)) == ""

    taken()
