"""The image's bill of materials, in CycloneDX 1.6: Debian's packages, gateway_init, and the files of a slot."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time
from urllib.parse import quote
from uuid import UUID, uuid5

import msgspec

from image.account import licence
from image.account.manifest import Manifest
from image.packages import package

NAME = "braid.cdx.json"
SCHEMA = "http://cyclonedx.org/schema/bom-1.6.schema.json"
NAMESPACE = UUID("0b6ee27d-0a52-5cf5-93a5-627261696462")
"""Of our own making: the serial number is derived from it and the image's digest."""

Json = dict[str, object]

FILES = ("vmlinuz", "initrd.img", "root.squashfs")

OURS = ("Apache-2.0",)
"""The project's own licence, as LICENSE has it."""


def render(
    made: Manifest,
    status: str,
    digests: Mapping[str, str],
    licences: Mapping[str, Sequence[str]],
    epoch: date,
    image: str,
) -> str:
    """The bill as JSON, the same for the same image.

    `status` is the text of dpkg's status file, `digests` has the SHA-256 of each package's archive, `licences` the
    names of each package's licences as far as they can be told, `image` is the name of the image among the artifacts.
    The time is the recipe's epoch, as on all files.
    """
    whole = made.artifacts[image].sha256
    packages = {stanza["Package"]: stanza for stanza in package.stanzas(status)}
    refs = {name: purl(stanza, made.suite) for name, stanza in packages.items()}
    bill: Json = {
        "$schema": SCHEMA,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE, whole)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.combine(epoch, time(), UTC).isoformat(),
            "component": {
                "type": "firmware", "bom-ref": "braid", "name": "braid", "version": made.version,
                "hashes": _hashes(whole),
            },
        },
        "components": [
            *(_package(packages[name], refs[name], digests.get(name, ""), licences.get(name, ()))
              for name in sorted(packages)),
            {"type": "application", "bom-ref": "gateway_init", "name": "gateway_init",
             "version": made.commit.id or "unknown", "licenses": licensed(OURS)},
            *({"type": "file", "bom-ref": name, "name": name, "hashes": _hashes(made.artifacts[name].sha256)}
              for name in FILES),
        ],
        "dependencies": [
            {"ref": "braid", "dependsOn": sorted([*refs.values(), "gateway_init", *FILES])},
            *({"ref": refs[name], "dependsOn": sorted({refs[each] for each in needs(packages[name], packages)})}
              for name in sorted(packages)),
        ],
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(bill), indent=2).decode() + "\n"


def purl(stanza: Mapping[str, str], suite: str) -> str:
    """The package's URL (ECMA-427), by which scanners look up what is known against it.

    >>> purl({"Package": "libc6", "Version": "2.41-12+deb13u1", "Architecture": "amd64"}, "trixie")
    'pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=trixie'
    """
    version = quote(stanza["Version"], safe=":~")
    return f"pkg:deb/debian/{quote(stanza['Package'])}@{version}?arch={stanza['Architecture']}&distro={suite}"


def needs(stanza: Mapping[str, str], there: Collection[str]) -> set[str]:
    """The packages that one depends on, as far as they are there (deb-control(5)).

    >>> sorted(needs({"Depends": "libc6 (>= 2.38), debconf | cdebconf", "Pre-Depends": "dpkg"}, {"libc6", "dpkg"}))
    ['dpkg', 'libc6']
    """
    words = re.split(r"[,|]", f"{stanza.get('Depends', '')},{stanza.get('Pre-Depends', '')}")
    return {re.split(r"[\s:(]", word.strip())[0] for word in words} & set(there)


def licensed(names: Sequence[str]) -> list[Json]:
    """Licences by their ids of SPDX, or by Debian's names where there is none, each once.

    >>> licensed(["GPL-2+", "public-domain"])
    [{'license': {'id': 'GPL-2.0-or-later'}}, {'license': {'name': 'public-domain'}}]
    """
    named = ({"id": licence.spdx(name)} if licence.spdx(name) else {"name": name} for name in names)
    once = {tuple(each.items()): each for each in named}
    return [{"license": each} for each in once.values()]


def _package(stanza: Mapping[str, str], ref: str, digest: str, licences: Sequence[str]) -> Json:
    source = stanza.get("Source", stanza["Package"])
    component: Json = {
        "type": "library", "bom-ref": ref, "name": stanza["Package"], "version": stanza["Version"], "purl": ref,
        "supplier": {"name": stanza.get("Maintainer", "unknown")},
        "properties": [{"name": "debian:source", "value": source}],
    }  # fmt: skip
    if licences:
        component["licenses"] = licensed(licences)
    if digest:
        component["hashes"] = _hashes(digest)
    if "Homepage" in stanza:
        component["externalReferences"] = [{"type": "website", "url": stanza["Homepage"]}]
    return component


def _hashes(sha256: str) -> list[Json]:
    return [{"alg": "SHA-256", "content": sha256}]
