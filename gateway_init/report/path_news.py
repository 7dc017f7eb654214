"""What the journal tells of a path that is left, or taken back."""

from __future__ import annotations

from gateway_init.evidence.health import Action

OF_THE_MAIN = {
    Action.LEAVE: "the destination does not answer over it, it is left",
    Action.RETURN: "the destination answers over it again",
    Action.REJOIN: "the destination answers over it after a silence, connections join anew",
}
OF_ANOTHER = {
    Action.LEAVE: "{} does not answer over it, its connections open by others",
    Action.RETURN: "{} answers over it again",
    Action.REJOIN: "{} answers over it after a silence",
}


def line(path: str, action: Action, another: str) -> str:
    """`another`: the destination that it is about, where it is not the main one.

    >>> line("adsl", Action.RETURN, "abroad")
    'path adsl: abroad answers over it again'
    """
    return f"path {path}: {(OF_ANOTHER if another else OF_THE_MAIN)[action].format(another)}"
