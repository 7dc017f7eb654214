"""A kit's `install`, which runs as root on somebody's server, is what shellcheck(1) calls sound."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.config.site import Site
from servers import kit

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def test_shellcheck_objects_to_no_kit_s_install(site: Site, made: Path, tmp_path: Path) -> None:
    scripts = [kit.render(site, name, made, tmp_path) / "install" for name in site.servers]
    run([SHELLCHECK, *scripts])


def test_it_would_object(tmp_path: Path) -> None:
    script = tmp_path / "install"
    script.write_text("#!/bin/sh\nrm -rf $1\n")
    assert "SC2086" in run([SHELLCHECK, script], check=False).stdout
