"""What was changed on the box, and what in the image, line by line. Of secrets only the names are told."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff

from msgspec import Struct

from gateway_init.store.copies import CONFIG, Snapshot
from gateway_init.store.three_way import Choice

WORDS = {
    Choice.AS_BUILT: "as built",
    Choice.EDITED: "edited on the box",
    Choice.BOTH: "edited on the box, and the image's own changed too; the box's is in force",
}


class Difference(Struct, frozen=True):
    """One file that is not as the image has it."""

    name: str
    state: Choice
    box: str = ""
    """Unified diff from the image's own, when it was edited, to what it was edited to; empty for a secret."""
    image: str = ""
    """Unified diff from the image's own, when it was edited, to the image's own now; empty where it is the same."""
    until_reboot: str = ""
    """Unified diff to what is in force without being kept; empty where what is kept is in force."""


def differences(snapshot: Snapshot, refused: tuple[str, ...]) -> Iterator[Difference]:
    """Every file that is not as the image has it. `refused`: names of edited files that are not in force."""
    for name in sorted({*snapshot.files, *snapshot.effective}):
        file = snapshot.files.get(name)
        choice = file.choice if file else Choice.AS_BUILT
        in_force = file.in_force if file else None
        effective = snapshot.effective.get(name)
        unkept = effective is not None and effective != in_force and name not in refused
        if choice is Choice.AS_BUILT and not unkept:
            continue
        if name != CONFIG or file is None:
            yield Difference(name, choice)
            continue
        edited = choice is not Choice.AS_BUILT
        yield Difference(
            name,
            choice,
            box=_diff(file.base, file.mine, "the image's", "on the box") if edited else "",
            image=_diff(file.base, file.image, "the image's", "the image's now") if choice is Choice.BOTH else "",
            until_reboot=_diff(in_force, effective, "kept", "until the next start") if unkept else "",
        )


def text(found: Difference) -> str:
    """For a person."""
    says = WORDS[found.state] if found.state is not Choice.AS_BUILT else "changed until the next start only"
    return "\n".join([f"{found.name}: {says}", *filter(None, (found.box, found.image, found.until_reboot))])


def _diff(old: bytes | None, new: bytes | None, said_old: str, said_new: str) -> str:
    return "\n".join(
        unified_diff(_lines(old), _lines(new), f"{CONFIG} ({said_old})", f"{CONFIG} ({said_new})", lineterm="")
    )


def _lines(content: bytes | None) -> list[str]:
    return (content or b"").decode(errors="replace").splitlines()
