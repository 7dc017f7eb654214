"""USB devices that are made of software, in front of a host controller that is, too (dummy_hcd): Linux's gadgets, as
Documentation/usb/gadget_configfs.rst of its sources tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway_init.base.process import run

CONFIGFS = Path("/sys/kernel/config")
FOLDER = CONFIGFS / "usb_gadget"
ENGLISH = "0x409"
CONFIGURATION = "c.1"


@dataclass(frozen=True)
class Gadget:
    """What a device says of itself, and the one thing that it does."""

    name: str
    """Of its folder."""
    number: str
    """VENDOR:PRODUCT, in hexadecimal digits."""
    function: str
    """Such as `ecm.usb0`: a kind of the kernel's and a name."""
    settings: Mapping[str, str]
    """Of the function: files below its folder."""
    serial: str = ""
    """Its number; empty for none."""

    @property
    def folder(self) -> Path:
        return FOLDER / self.name

    @property
    def does(self) -> Path:
        return self.folder / "functions" / self.function

    def make(self) -> None:
        """Make it; nobody sees it until `plug`."""
        vendor, product = self.number.split(":")
        # The kernel makes what is in these folders.
        for folder in (self.folder, self.folder / "strings" / ENGLISH, self.folder / "configs" / CONFIGURATION):
            folder.mkdir(parents=True)
        self.does.mkdir()
        said = {"idVendor": f"0x{vendor}", "idProduct": f"0x{product}", "bcdUSB": "0x0200"}
        said |= {f"strings/{ENGLISH}/manufacturer": "Braid", f"strings/{ENGLISH}/product": self.name}
        if self.serial:
            said[f"strings/{ENGLISH}/serialnumber"] = self.serial
        for file, text in said.items():
            (self.folder / file).write_text(text)
        for file, text in self.settings.items():
            (self.does / file).write_text(text)
        (self.folder / "configs" / CONFIGURATION / self.function).symlink_to(self.does)

    def plug(self, controller: str) -> None:
        """Plug it into a controller, such as dummy_udc.0, which has one socket."""
        (self.folder / "UDC").write_text(controller)

    def pull(self) -> None:
        """Pull it out, if it is plugged in."""
        if (self.folder / "UDC").read_text().strip():
            (self.folder / "UDC").write_text("\n")


def ready() -> None:
    """Have the kernel take gadgets."""
    run(["modprobe", "libcomposite"])
    if not FOLDER.is_dir():
        run(["mount", "-t", "configfs", "none", CONFIGFS])
