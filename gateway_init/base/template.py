"""Templates to text. An undefined variable is an error, never an empty string."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).parents[1]
"""Of all names of templates: gateway_init, where each room has its own."""


@cache
def _environment() -> Environment:
    return Environment(  # noqa: S701 - what is rendered is never HTML
        loader=FileSystemLoader(ROOT),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Render a template by its path below ROOT. Raises jinja2.UndefinedError for a variable that is not given."""
    return _environment().get_template(template).render(**variables)
