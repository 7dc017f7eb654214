"""Names of licences: as Debian's copyright files have them, and as SPDX does.

The files that are machine-readable (copyright-format 1.0, once DEP-5) name licences; of the others only a reader can
tell which they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

FORMAT = re.compile(r"\s*Format(-Specification)?:", re.IGNORECASE)
"""How a machine-readable copyright file begins."""

NAME = re.compile(r"[A-Za-z0-9][\w.+/~-]*( with .+ exception)?", re.IGNORECASE)
ALL = re.compile(r",\s+and\s+", re.IGNORECASE)
"""Between licences that all hold, each of which may be a choice."""
CHOICE = re.compile(r",?\s+or\s+", re.IGNORECASE)
BOTH = re.compile(r",\s*|\s+and\s+", re.IGNORECASE)
"""The same where there is no choice; inside of one it binds closer, and stays."""

GNU = re.compile(
    r"(?P<family>A?GPL|LGPL)-?v?(?P<version>[123](?:\.[01])?)(?P<later>\+|-or-later|-only)?", re.IGNORECASE
)

OTHERS = (
    "0BSD", "AFL-2.0", "AFL-2.1", "APSL-2.0", "Apache-2.0", "BSD-1-Clause", "BSD-2-Clause", "BSD-3-Clause",
    "BSD-3-Clause-Attribution", "BSD-4-Clause", "BSD-4-Clause-UC", "BSL-1.0", "Beerware", "CC-BY-3.0", "CC-BY-4.0",
    "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC0-1.0", "FSFAP", "FSFUL", "FSFULLR", "ISC", "Latex2e", "MIT", "MIT-CMU",
    "MPL-1.1", "MPL-2.0", "MS-PL", "OLDAP-2.8", "OpenSSL", "Sleepycat", "Unicode-DFS-2016", "X11", "Zlib",
    "bzip2-1.0.6", "curl",
)  # fmt: skip
"""Names that mean the same in both, in SPDX's spelling."""

SPDX: Mapping[str, str] = {
    **{name.lower(): name for name in OTHERS},
    "apache-2": "Apache-2.0",
    "cc0": "CC0-1.0",
    "expat": "MIT",
    "gfdl-1.1+": "GFDL-1.1-or-later",
    "gfdl-1.2+": "GFDL-1.2-or-later",
    "gfdl-1.3+": "GFDL-1.3-or-later",
    "gfdl-niv-1.3": "GFDL-1.3-no-invariants-only",
    "gfdl-niv-1.3+": "GFDL-1.3-no-invariants-or-later",
    "openldap-2.8": "OLDAP-2.8",
}
"""SPDX's ids by Debian's names in lower case, but for those of the GNU licences."""


def names(copyright_file: str) -> tuple[str, ...]:
    r"""The licences of a copyright file's Files paragraphs, each once, in its order; none where no name is told.

    A choice is one entry, such as `GPL-1+ or Artistic`. A first line that is the licence's own text names nothing.

    >>> names("Format: 1.0\n\nFiles: *\nLicense: GPL-2+\n some text\n\nFiles: a\nLicense: ISC or MIT, and X11\n")
    ('GPL-2+', 'ISC or MIT', 'X11')
    """
    if not FORMAT.match(copyright_file):
        return ()
    told = (fields["license"] for fields in _paragraphs(copyright_file) if "files" in fields and "license" in fields)
    named = (parts for parts in map(_parts, told) if all(map(_is_named, parts)))
    return tuple(dict.fromkeys(part for parts in named for part in parts))


def spdx(name: str) -> str:
    """The id in SPDX's list of licences for a single name of Debian's; empty where there is none.

    >>> spdx("GPL-2+"), spdx("LGPLv2.1"), spdx("Expat"), spdx("BSD-3-clause"), spdx("public-domain")
    ('GPL-2.0-or-later', 'LGPL-2.1-only', 'MIT', 'BSD-3-Clause', '')
    """
    if found := GNU.fullmatch(name):
        version = found["version"] if "." in found["version"] else f"{found['version']}.0"
        later = "or-later" if found["later"] in ("+", "-or-later") else "only"
        family = found["family"].upper()
        return f"{family}-{version}-{later}" if (family, version) in GNU_VERSIONS else ""
    return SPDX.get(name.lower(), "")


GNU_VERSIONS = {
    *(("GPL", version) for version in ("1.0", "2.0", "3.0")),
    *(("LGPL", version) for version in ("2.0", "2.1", "3.0")),
    *(("AGPL", version) for version in ("1.0", "3.0")),
}


def _parts(line: str) -> list[str]:
    return [each for part in ALL.split(line) for each in ([part] if CHOICE.search(part) else BOTH.split(part))]


def _is_named(part: str) -> bool:
    return all(NAME.fullmatch(name) for choice in CHOICE.split(part) for name in BOTH.split(choice))


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The fields of each paragraph by their names in lower case, of long ones the first line."""
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text):
        lines = (line for line in paragraph.splitlines() if ":" in line and not line[:1].isspace())
        pairs = (line.split(":", 1) for line in lines)
        yield {name.lower(): " ".join(value.split()) for name, value in pairs}
