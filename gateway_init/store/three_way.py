"""Which of two texts of a file is in force: the image's own, or what somebody made of it on the box."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Choice(StrEnum):
    """What became of a file on the box and in the image."""

    AS_BUILT = "as built"
    EDITED = "edited"
    BOTH = "both changed"
    """Edited on the box, and the image's own is another one than when that was done."""


class ThreeWay(Struct, frozen=True):
    """One file, three times; None where there is no such file."""

    mine: bytes | None = None
    """As it was edited on the box."""
    base: bytes | None = None
    """The image's own when it was edited."""
    image: bytes | None = None
    """The image's own now: that of another image after an update, and of the old one after its rollback."""

    @property
    def choice(self) -> Choice:
        """Depends on these three texts alone, so going back to an image brings back its answer.

        >>> ThreeWay(b"mine", b"old", b"old").choice, ThreeWay(b"mine", b"old", b"new").choice
        (<Choice.EDITED: 'edited'>, <Choice.BOTH: 'both changed'>)
        """
        if self.mine is None or self.mine in (self.base, self.image):
            return Choice.AS_BUILT
        return Choice.EDITED if self.image == self.base else Choice.BOTH

    @property
    def in_force(self) -> bytes | None:
        """What the box goes by. An edit is never overridden by an update."""
        return self.image if self.choice is Choice.AS_BUILT else self.mine
