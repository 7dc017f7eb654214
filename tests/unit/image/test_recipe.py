"""Recipes are read strictly, and what they ask of the kernel is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway_init.base.mistake import Mistake
from image import recipe
from image.root import kernel, module
from image.work import sandbox

OURS = sandbox.PROJECT / "image/recipe.yaml"

MODULES = module.Modules(
    """\
kernel/drivers/usb/storage/uas.ko.xz: kernel/drivers/usb/storage/usb-storage.ko.xz kernel/drivers/scsi/scsi_mod.ko.xz
kernel/drivers/usb/storage/usb-storage.ko.xz: kernel/drivers/scsi/scsi_mod.ko.xz kernel/drivers/scsi/scsi_common.ko.xz
kernel/drivers/scsi/scsi_mod.ko.xz: kernel/drivers/scsi/scsi_common.ko.xz
kernel/drivers/scsi/scsi_common.ko.xz:
""",
    "kernel/drivers/tty/serial/8250/8250.ko\n",
)


def test_our_own_recipe_can_be_read() -> None:
    ours = recipe.load(OURS, recipe.Image)
    assert "CONFIG_MPTCP=y" in ours.kernel.config
    assert "r8169" in ours.kernel.modules


def test_a_misspelt_key_is_named_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(OURS.read_text().replace("packages:", "pakages:", 1))
    with pytest.raises(Mistake, match=r"recipe\.yaml: .*pakages"):
        recipe.load(file, recipe.Image)


@pytest.mark.parametrize("text", ["a: [", "", "- 1", "\udcff"])
def test_garbage_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "recipe.yaml"
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(Mistake, match=r"recipe\.yaml"):
        recipe.load(file, recipe.Image)


def test_a_module_is_loaded_after_all_that_it_needs() -> None:
    order = [Path(file).name for file in MODULES.in_order(["uas", "usb_storage", "8250"])]
    assert order == ["scsi_common.ko.xz", "scsi_mod.ko.xz", "usb-storage.ko.xz", "uas.ko.xz"]


def test_an_initrd_module_that_the_kernel_lacks_is_named() -> None:
    with pytest.raises(Mistake, match="no module nosuch"):
        MODULES.in_order(["uas", "nosuch"])


def test_all_that_the_kernel_lacks_is_told_at_once() -> None:
    wanted = recipe.Kernel(
        config=("CONFIG_MPTCP=y", "CONFIG_TUN=m"),
        modules=("usb-storage", "8250", "r8169"),
        firmware=("rtl_nic/rtl8168e-2.fw", "rtl_nic/rtl8168e-3.fw"),
    )
    lacking = kernel.missing(
        wanted,
        config="# CONFIG_MPTCP is not set\nCONFIG_TUN=m\n",
        modules=MODULES,
        firmware={"rtl_nic/rtl8168e-2.fw.zst"},
    )
    assert lacking == ["CONFIG_MPTCP=y", "module r8169", "firmware rtl_nic/rtl8168e-3.fw"]


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        (["usb_storage"], {"usb-storage", "scsi_mod", "scsi_common"}),
        (["drivers/scsi/*"], {"scsi_mod", "scsi_common"}),
        (["8250"], set()),
    ],
)
def test_a_module_stays_with_all_that_it_needs_and_no_other(named: list[str], kept: set[str]) -> None:
    assert {Path(file).name.removesuffix(".ko.xz") for file in MODULES.selected(named)} == kept


def test_a_module_stays_also_for_one_that_only_wishes_for_it() -> None:
    modules = module.Modules(
        "kernel/fs/ext4/ext4.ko:\nkernel/crypto/crc32c_generic.ko:\nkernel/crypto/xor.ko:\n",
        "",
        "softdep ext4 pre: crypto-crc32c\n",
        "alias crypto-crc32c crc32c_generic\nalias crypto-xor xor\n",
    )
    assert modules.selected(["ext4"]) == {"kernel/fs/ext4/ext4.ko", "kernel/crypto/crc32c_generic.ko"}


def test_a_name_or_pattern_of_modules_that_fits_none_is_told() -> None:
    with pytest.raises(Mistake, match=r"no module nosuch, drivers/tape/\*"):
        MODULES.selected(["uas", "nosuch", "drivers/tape/*"])
