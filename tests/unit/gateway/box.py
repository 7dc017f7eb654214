"""A box whose config lies in a folder of this machine: it boots, its daemon starts again, its image is another one."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from gateway_init.config import secret
from gateway_init.render.rendered import Runnable
from gateway_init.store import state as config_state
from gateway_init.store.adopt import take_up
from gateway_init.store.copies import Places
from gateway_init.store.state import ConfigState
from tests.unit.gateway.given import EXAMPLE, SITE

AS_DELIVERED = EXAMPLE.read_text(encoding="utf-8")
KEY = base64.b64encode(bytes(32)).decode() + "\n"
"""Of a carrier."""
CERTIFICATE = (Path(__file__).parent / "certificate.pem").read_text()
PASSWORD = "secrets/uplink-adsl.password"


def lease(hours: int, config: str = AS_DELIVERED) -> str:
    """The example with another time for which the LAN's addresses are lent."""
    assert "lease: 12h" in config
    return config.replace("lease: 12h", f"lease: {hours}h")


class Box:
    def __init__(self, folder: Path, data: Path | None = None) -> None:
        self.places = Places(
            effective=folder / "etc",
            image=folder / "image",
            kept=(data or folder / "data") / "config",
            placed=folder / "run",
            allotted=folder / "numbers",
            prepared=folder / "prepared by an edit",
        )
        self.said: list[str] = []
        self.install(AS_DELIVERED)

    def install(self, config: str, adsl: str = "as built\n") -> None:
        """Another image, which the next boot is of."""
        shutil.rmtree(self.places.image, ignore_errors=True)
        (self.places.image / "secrets").mkdir(parents=True)
        (self.places.image / "gateway.yaml").write_text(config)
        for name in secret.on_the_box(SITE):
            text = CERTIFICATE if secret.is_certificate(name) else f"secret of {name}\n"
            text = KEY if name.startswith("carrier-") else text
            (self.places.image / "secrets" / name).write_text(text)
        (self.places.image / PASSWORD).write_text(adsl)

    def boot(self) -> Runnable:
        """/etc is as built, nothing is in memory, and the daemon starts."""
        shutil.rmtree(self.places.effective, ignore_errors=True)
        shutil.copytree(self.places.image, self.places.effective)
        self.places.placed.unlink(missing_ok=True)
        self.places.allotted.unlink(missing_ok=True)
        self.places.prepared.unlink(missing_ok=True)
        self.said.clear()
        return self.restart()

    def restart(self) -> Runnable:
        """`systemctl restart braid`"""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("gateway_init.store.adopt.say", self.said.append)
            return take_up(self.places)

    def write(self, text: str, name: str = "gateway.yaml") -> None:
        """With an editor, in /etc."""
        (self.places.effective / name).write_text(text)

    def in_force(self, name: str = "gateway.yaml") -> str:
        return (self.places.effective / name).read_text()

    @property
    def state(self) -> ConfigState:
        return config_state.read(self.places)
