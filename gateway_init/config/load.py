"""From the file to the typed site, or to all that is wrong with it."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import msgspec

from gateway_init.base.problem import ConfigInvalid, Problem
from gateway_init.config.site import Site


@cache
def _site_type() -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(Site)


def from_text(kind: type, value: Any) -> Any:
    """An address or network from its text, as msgspec asks for it (dec_hook)."""
    if kind in (IPv4Address, IPv4Interface, IPv4Network):
        return kind(value)
    raise NotImplementedError(kind)


def load(file: Path) -> Site:
    """Read gateway.yaml.

    Raises ConfigInvalid with every problem; a file that cannot be read is one of them.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigInvalid(str(file), [Problem("", "no such file", "name a gateway.yaml")]) from None
    except IsADirectoryError:
        raise ConfigInvalid(str(file), [Problem("", "is a directory", "name the gateway.yaml in it")]) from None
    except UnicodeDecodeError:
        raise ConfigInvalid(str(file), [Problem("", "is not text", "name a YAML file in UTF-8")]) from None
    except OSError as error:
        raise ConfigInvalid(str(file), [Problem("", error.strerror or str(error), "make it readable")]) from None
    return parse(text, str(file))


def parse(text: str, file: str = "gateway.yaml") -> Site:
    """Read the text of a gateway.yaml; `file` is its name in messages. Raises ConfigInvalid."""
    # What the daemon does not need where the image comes with its config prepared (gateway_init/store/prerendered.py).
    from gateway_init.config import document, rule, structure

    doc = document.read(text)
    problems = doc.problems or list(structure.fit(doc.value, _site_type()))
    if not problems:
        site = msgspec.convert(doc.value, Site, dec_hook=from_text)
        problems = list(rule.broken(site))
        if not problems:
            return site
    raise ConfigInvalid(file, [p if p.line else p._replace(line=doc.line(p.key)) for p in problems])
