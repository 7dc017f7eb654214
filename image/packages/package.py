"""Debian packages, named so exactly that each name stands for one content; and sets of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from gateway_init.base import process

ARCHITECTURE = "amd64"
"""Of every machine that the images are for."""

ESSENTIAL = "?essential"
"""What every Debian system has: those that no other package names as a dependency (apt-patterns(7))."""

INSTALL = re.compile(r"^Inst (?P<name>\S+) \((?P<version>\S+) (?P<origins>[^\[]*)\[(?P<architecture>\w+)\]\)", re.M)
"""A line of `apt-get --simulate install`."""

SECURITY = "Debian-Security:"
"""How those lines tell that a version came as a security update."""


class Package(Struct, frozen=True, order=True):
    """One package in one version."""

    name: str
    version: str
    architecture: str
    sha256: str
    security: bool = False
    """Whether the archive had it as a security update."""

    @property
    def exactly(self) -> str:
        """As apt-get names it."""
        return f"{self.name}={self.version}"


class Selection(Struct, frozen=True):
    """What is asked of an archive."""

    suite: str
    """Debian's name of the release."""
    components: tuple[str, ...]
    packages: tuple[str, ...]
    """With what they depend on, and all that is essential; nothing that they only recommend."""


def planned(simulation: str) -> dict[str, tuple[str, bool]]:
    """Name, version and whether it is a security update, of each package that apt-get would install.

    >>> planned("Inst zlib1g (1:1.3-1 Debian-Security:13/stable-security [amd64])\\nConf zlib1g (1:1.3-1)\\n")
    {'zlib1g': ('1:1.3-1', True)}
    """
    return {found["name"]: (found["version"], SECURITY in found["origins"]) for found in INSTALL.finditer(simulation)}


def stanzas(text: str) -> list[dict[str, str]]:
    """The fields of each package that dpkg's status file or `apt-cache show` tells of; of long ones the first line."""
    found = []
    for paragraph in text.split("\n\n"):
        lines = (line for line in paragraph.splitlines() if ": " in line and not line[0].isspace())
        found.append(dict(line.split(": ", 1) for line in lines))
    return [fields for fields in found if "Package" in fields]


def described(text: str) -> Iterator[Package]:
    """The packages that `apt-cache show` tells of."""
    for fields in stanzas(text):
        if "SHA256" in fields:
            yield Package(fields["Package"], fields["Version"], fields["Architecture"], fields["SHA256"])


def by_name(packages: Iterable[Package]) -> dict[str, Package]:
    return {package.name: package for package in sorted(packages)}


def is_newer(version: str, other: str) -> bool:
    """Whether a version comes after another one (deb-version(7))."""
    return not process.run(["dpkg", "--compare-versions", version, "gt", other], check=False).returncode


def direction(old: str, new: str) -> str:
    """`upgraded` or `downgraded`."""
    return "upgraded" if is_newer(new, old) else "downgraded"
