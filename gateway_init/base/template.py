"""Templates to text. An undefined variable is an error, never an empty string.

To make byte code of a template takes a slow machine as long as all else that is done with it, so the image comes with
that of all (`python3 -m gateway_init.base.template`). It counts only for the very text that it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket

ROOT = Path(__file__).parents[1]
"""Of all names of templates: gateway_init, where each room has its own."""
COMPILED = Path("/usr/lib/braid/templates")
"""Where the box has the byte code."""


class _Prepared(FileSystemBytecodeCache):
    """Only read: it is part of the image."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        pass


def _environment(compiled: BytecodeCache) -> Environment:
    return Environment(  # noqa: S701 - what is rendered is never HTML
        loader=FileSystemLoader(ROOT),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        bytecode_cache=compiled,
    )


@cache
def on_the_box() -> Environment:
    """What renders there."""
    return _environment(_Prepared(str(COMPILED)))


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Render a template by its path below ROOT. Raises jinja2.UndefinedError for a variable that is not given."""
    return on_the_box().get_template(template).render(**variables)


def prepare(into: Path) -> None:
    """Make the byte code of all templates."""
    into.mkdir(parents=True, exist_ok=True)
    environment = _environment(FileSystemBytecodeCache(str(into)))
    for name in environment.list_templates(extensions=["j2"]):
        environment.get_template(name)


if __name__ == "__main__":
    prepare(COMPILED)
