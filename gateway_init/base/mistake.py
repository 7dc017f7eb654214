"""A person's mistake, as opposed to ours: said in one line, with what to do about it, and no traceback."""

from __future__ import annotations

EXIT_CODE = 2
"""What a command that met a person's mistake exits with."""


class Mistake(Exception):
    """Something that the user can mend: what is wrong, and what to do next.

    >>> Mistake("/dev/sdz: no such device", hint="`lsblk` lists the disks").render()
    'error: /dev/sdz: no such device\\n  `lsblk` lists the disks'
    """

    def __init__(self, what: str, *, hint: str = "") -> None:
        self.what = what
        self.hint = hint
        super().__init__(what)

    def render(self) -> str:
        return "\n".join([f"error: {self.what}", *(f"  {line}" for line in self.hint.splitlines())])
