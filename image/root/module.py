"""The kernel's modules: where they are and which need which others (modules.dep(5), modprobe.d(5) on softdep)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from fnmatch import translate
from pathlib import Path

from gateway_init.base.mistake import Mistake


class Modules:
    """The modules of one kernel."""

    def __init__(self, dependencies: str, built_in: str, soft: str = "", aliases: str = "") -> None:
        """From the texts of modules.dep, modules.builtin, modules.softdep and modules.alias."""
        self._needs: dict[str, list[str]] = {}
        self._file: dict[str, str] = {}
        for line in dependencies.splitlines():
            file, _, needs = line.partition(":")
            self._file[name_of(file)] = file
            self._needs[file] = needs.split()
        self._built_in = {name_of(line) for line in built_in.split()}
        self._soft: dict[str, set[str]] = defaultdict(set)
        for _, module, *wishes in _lines(soft, "softdep"):
            self._soft[_plain(module)].update(wishes)
        self._meant: dict[str, set[str]] = defaultdict(set)
        for _, alias, module in _lines(aliases, "alias"):
            self._meant[_plain(alias)].add(module)

    def __contains__(self, name: str) -> bool:
        """Whether there is such a module, also as a part of the kernel itself. `-` and `_` are the same."""
        return name_of(name) in self._file or name_of(name) in self._built_in

    def files(self) -> set[str]:
        """All of them, under the kernel's directory."""
        return set(self._needs)

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Files to load, under the kernel's directory, each after all those that it needs.

        Raises Mistake for a module that there is not.
        """
        order: dict[str, None] = {}
        for name in names:
            if name not in self:
                raise Mistake(f"the kernel has no module {name}", hint="the recipe asks for it under `initrd`")
            if name_of(name) in self._file:
                self._visit(self._file[name_of(name)], order)
        return list(order)

    def selected(self, names: Iterable[str]) -> set[str]:
        """Files of the modules that are named, with all that those need, also where they only wish for it.

        What has a slash is a pattern for paths such as net/netfilter/nft_* (* is any text), all else is a name.
        Raises Mistake with the names and patterns that fit none.
        """
        order: dict[str, None] = {}
        wanted = list(names)
        if unknown := [name for name in wanted if not self._fitting(name) and name not in self]:
            raise Mistake(f"the kernel has no module {', '.join(unknown)}", hint="the recipe names it under `kernel`")
        ahead = [file for name in wanted for file in self._fitting(name)]
        while ahead:
            before = set(order)
            for file in ahead:
                self._visit(file, order)
            ahead = [wish for file in order.keys() - before for wish in self._wishes(name_of(file))]
        return set(order)

    def _fitting(self, name: str) -> list[str]:
        if "/" in name:
            fits = re.compile(translate(name)).match
            return [file for file in self._needs if fits(_path(file))]
        return [self._file[name_of(name)]] if name_of(name) in self._file else []

    def _wishes(self, name: str) -> list[str]:
        asked = self._soft.get(_plain(name), set()) - {"pre:", "post:"}
        meant = asked.union(*(self._meant.get(_plain(wish), ()) for wish in asked))
        return [self._file[name_of(each)] for each in sorted(meant) if name_of(each) in self._file]

    def _visit(self, file: str, order: dict[str, None]) -> None:
        if file in order:
            return
        for needed in reversed(self._needs[file]):
            self._visit(needed, order)
        order[file] = None


def of(directory: Path) -> Modules:
    """The modules in a directory such as /usr/lib/modules/6.12.0-amd64."""
    lists = ("modules.dep", "modules.builtin", "modules.softdep", "modules.alias")
    return Modules(*((directory / name).read_text() for name in lists))


def name_of(file: str) -> str:
    """A module's name, from its file's or as a person writes it.

    >>> name_of("kernel/drivers/usb/storage/usb-storage.ko.xz")
    'usb_storage'
    """
    return _plain(file.rpartition("/")[2].partition(".")[0])


def _lines(text: str, kind: str) -> Iterator[list[str]]:
    return (line.split() for line in text.splitlines() if line.startswith(f"{kind} "))


def _plain(name: str) -> str:
    """Of a name or an alias, without a difference between `-` and `_`."""
    return name.replace("-", "_")


def _path(file: str) -> str:
    """
    >>> _path("kernel/drivers/usb/storage/usb-storage.ko.xz")
    'drivers/usb/storage/usb-storage'
    """
    return file.removeprefix("kernel/").removesuffix(".xz").removesuffix(".ko")
