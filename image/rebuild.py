"""A build in a copy of the sources, begun by a process of ours: `python -m image.rebuild CONFIG SECRETS OUT`."""

from __future__ import annotations

import sys
from pathlib import Path

from gateway_init.base.mistake import EXIT_CODE, Mistake
from gateway_init.config.load import load
from image import build

LOCKED = "--locked"
IMAGE_ONLY = "--image-only"
"""Without the update bundle."""


def main(config: str, secrets: str, out: str, *options: str) -> int:
    try:
        site = load(Path(config))
        locked = LOCKED in options
        build.build(site, Path(config), Path(secrets), Path(out), locked=locked)
        if IMAGE_ONLY not in options:
            build.build_bundle(Path(secrets), Path(out), locked=locked)
    except Mistake as mistake:
        print(mistake.render(), file=sys.stderr)
        return EXIT_CODE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
