"""The sites that the project is proven on, whatever a user has written into overlay/etc/braid/gateway.yaml.

HOME is the one that is shipped there; SECOND shares no name, network or port with it; THIRD has every kind of line.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from gateway_init.config.load import load
from gateway_init.config.site import Site

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / "build/logs"
MADE = ROOT / "build/proof"
"""What is made of the sites."""


class Frozen(NamedTuple):
    """A site that no user edits, and where that which is made of it is put (tests/proof.py makes it)."""

    name: str

    @property
    def config(self) -> Path:
        return ROOT / "tests/sites" / f"{self.name}.yaml"

    @property
    def text(self) -> str:
        """The config as it stands in the file."""
        return self.config.read_text(encoding="utf-8")

    @property
    def folder(self) -> Path:
        """The image, the manifest and all that a build puts beside them."""
        return MADE / self.name

    @property
    def image(self) -> Path:
        return self.folder / "braid.img"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def load(self) -> Site:
        return load(self.config)


HOME = Frozen("home")
SECOND = Frozen("second")
THIRD = Frozen("third")
SITES = (HOME, SECOND, THIRD)
STAND = (HOME, THIRD)
"""Those whose rigs are saved ahead of all stories; that of the other is for stories that take long."""
