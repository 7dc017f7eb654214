"""Templates to text. An undefined variable is an error, never an empty string."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parents[1] / "render/templates"


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701 - what is rendered is never HTML
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["pppd_word"] = pppd_word
    return environment


def pppd_word(text: str) -> str:
    r"""Quote a word of a pppd options file, whatever a provider put into a password.

    >>> print(pppd_word('a "b" \\ c'))
    "a \"b\" \\ c"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Render one of the files in templates/. Raises jinja2.UndefinedError for a variable that is not given."""
    return _environment().get_template(template).render(**variables)
