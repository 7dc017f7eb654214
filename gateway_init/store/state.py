"""What has become of the config on this box, for `braid config` and `braid status`."""

from __future__ import annotations

from msgspec import Struct

from gateway_init.store.copies import Places, Snapshot, look
from gateway_init.store.in_force import Placed, recall
from gateway_init.store.three_way import Choice

DIFF = "`braid config diff` shows both"


class ConfigState(Struct, frozen=True, kw_only=True):
    """What `braid config --json` prints."""

    state: Choice = Choice.AS_BUILT
    """Of all files together."""
    edited: tuple[str, ...] = ()
    """Files that were edited on the box."""
    both: tuple[str, ...] = ()
    """Those of them whose image's own is another one than when that was done."""
    refused: tuple[str, ...] = ()
    """Those of them that are not in force, because the gateway could not run with them."""
    reason: str = ""
    """Why not."""
    until_reboot: tuple[str, ...] = ()
    """Files whose change is not kept, so that it goes with the next start of the box."""
    unreadable: tuple[str, ...] = ()
    """What could not be read, and why."""


def read(places: Places) -> ConfigState:
    """The state now."""
    return compose(look(places), recall(places.placed) or Placed())


def compose(snapshot: Snapshot, placed: Placed) -> ConfigState:
    """The state from what was read: a pure function."""
    choices = {name: file.choice for name, file in snapshot.files.items()}
    both = tuple(name for name, choice in choices.items() if choice is Choice.BOTH)
    edited = tuple(name for name, choice in choices.items() if choice is not Choice.AS_BUILT)
    in_force = snapshot.in_force()
    return ConfigState(
        state=Choice.BOTH if both else Choice.EDITED if edited else Choice.AS_BUILT,
        edited=edited,
        both=both,
        refused=tuple(name for name in placed.refused if name in edited),
        reason=placed.reason,
        until_reboot=tuple(
            name
            for name, content in snapshot.effective.items()
            if content != in_force.get(name) and name not in placed.refused
        ),
        unreadable=snapshot.unreadable,
    )


def sentence(state: ConfigState) -> str:
    """
    >>> sentence(ConfigState())
    'as built'
    >>> sentence(ConfigState(state=Choice.EDITED, edited=("gateway.yaml",)))
    'edited on the box (gateway.yaml)'
    """
    says = [f"edited on the box ({', '.join(state.edited)})" if state.edited else "as built"]
    if state.both:
        which = "" if state.both == state.edited else f" of {', '.join(state.both)}"
        says.append(f"and the image's own{which} changed too: {DIFF}")
    if state.refused:
        says.append(f"but {', '.join(state.refused)} cannot be used, so the image's own is in force: {state.reason}")
    if state.until_reboot:
        says.append(f"changed until the next start only: {', '.join(state.until_reboot)}")
    says += [f"cannot be read: {line}" for line in state.unreadable]
    return ", ".join(says)
