"""Figures as a person reads them: a table, beside the limits that they are to keep."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Figure(Struct, frozen=True):
    """One thing that was measured."""

    name: str
    value: float
    unit: str
    limit: float | None = None
    """What it is to stay at or below."""

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def render(title: str, figures: Sequence[Figure], notes: Sequence[str] = ()) -> str:
    """A table.

    >>> print(render("Builds", [Figure("nothing changed", 0.51, "s", 3)]))
    Builds
      nothing changed      0.5 s   (at most 3)
    """
    width = max((len(figure.name) for figure in figures), default=0) + 2
    lines = [title]
    for figure in figures:
        limit = "" if figure.limit is None else f"   (at most {figure.limit:g}{'' if figure.kept else ': MISSED'})"
        lines.append(
            f"  {figure.name:<{width}}{figure.value:7.{2 if figure.unit == 'times' else 1}f} {figure.unit}{limit}"
        )
    return "\n".join([*lines, *(f"  {note}" for note in notes)])
