"""The kernel's modules: where they are and which must be loaded before which (modules.dep(5))."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from gateway_init.mistake import Mistake


class Modules:
    """The modules of one kernel."""

    def __init__(self, dependencies: str, built_in: str) -> None:
        """From the texts of modules.dep and modules.builtin."""
        self._needs = {}
        self._file = {}
        for line in dependencies.splitlines():
            file, _, needs = line.partition(":")
            self._file[_name(file)] = file
            self._needs[file] = needs.split()
        self._built_in = {_name(line) for line in built_in.split()}

    def __contains__(self, name: str) -> bool:
        """Whether there is such a module, also as a part of the kernel itself. `-` and `_` are the same."""
        return _name(name) in self._file or _name(name) in self._built_in

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Files to load, under the kernel's directory, each after all those that it needs.

        Raises Mistake for a module that there is not.
        """
        order: dict[str, None] = {}
        for name in names:
            if name not in self:
                raise Mistake(f"the kernel has no module {name}", hint="the recipe asks for it under `initrd`")
            if _name(name) in self._file:
                self._visit(self._file[_name(name)], order)
        return list(order)

    def _visit(self, file: str, order: dict[str, None]) -> None:
        if file in order:
            return
        for needed in reversed(self._needs[file]):
            self._visit(needed, order)
        order[file] = None


def of(directory: Path) -> Modules:
    """The modules in a directory such as /usr/lib/modules/6.12.0-amd64."""
    return Modules((directory / "modules.dep").read_text(), (directory / "modules.builtin").read_text())


def _name(file: str) -> str:
    """
    >>> _name("kernel/drivers/usb/storage/usb-storage.ko.xz")
    'usb_storage'
    """
    return file.rpartition("/")[2].partition(".")[0].replace("-", "_")
