"""What is wrong with a config, said so that a person can mend it."""

from __future__ import annotations

from typing import NamedTuple

from gateway_init.base.mistake import Mistake


class Problem(NamedTuple):
    """One mistake: which key, what is wrong with it, and what would be right."""

    key: str
    """Dotted, as in `uplinks.adsl.device`; empty for the file as a whole."""
    wrong: str
    right: str
    line: int = 0
    """Line in the file, from 1; 0 where none is known."""

    def render(self, file: str) -> str:
        """
        >>> Problem("lan.adress", "unknown key", "did you mean 'address'?", 7).render("gateway.yaml")
        "gateway.yaml:7: lan.adress: unknown key; did you mean 'address'?"
        """
        where = f"{file}:{self.line}" if self.line else file
        # A name may be any text, and a message is one line.
        key = "".join(each if each.isprintable() else repr(each)[1:-1] for each in self.key)
        return ": ".join(part for part in (where, key, f"{self.wrong}; {self.right}") if part)


class ConfigInvalid(Mistake):
    """The config has problems: all of them, in the order of the file."""

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = sorted(problems, key=lambda problem: (problem.line, problem.key))
        super().__init__("\n".join(problem.render(file) for problem in self.problems))

    def render(self) -> str:
        return self.what
