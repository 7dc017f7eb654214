"""A person edits a text until it is right, or gives up."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gateway_init.base.mistake import Mistake
from gateway_init.base.process import converse

DEFAULT = "nano"
Proven = TypeVar("Proven")


def edit(content: bytes, name: str, folder: Path, prove: Callable[[bytes, str], Proven]) -> Proven | None:
    """Let $EDITOR change a copy of the text below `folder`; what `prove` made of it, or None where nothing was changed.

    `prove` gets each try and the copy's name, and raises Mistake for a text that is not right. Whoever gives up finds
    the copy where the Mistake says that it is.
    """
    editor = shlex.split(os.environ.get("EDITOR", "")) or [DEFAULT]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    copy = Path(tempfile.mkdtemp(prefix="edit-", dir=folder)) / name
    copy.write_bytes(content)
    while True:
        try:
            code = converse([*editor, copy])
        except FileNotFoundError:
            code = 127
        if code:
            shutil.rmtree(copy.parent)
            raise Mistake(
                f"{shlex.join(editor)} ended with exit code {code}; nothing was changed",
                hint="$EDITOR names the editor; `braid config set FILE` takes a text that is there",
            )
        edited = copy.read_bytes()
        if edited == content:
            shutil.rmtree(copy.parent)
            return None
        try:
            proven = prove(edited, str(copy))
        except Mistake as mistake:
            if not _again(mistake):
                raise Mistake("nothing was changed", hint=f"your text is in {copy} until the next start") from None
            continue
        shutil.rmtree(copy.parent)
        return proven


def _again(mistake: Mistake) -> bool:
    print(mistake.render(), file=sys.stderr)
    print("Edit it again? [Y/n] ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    return answer.strip().lower() in ("", "y", "yes") if answer else False
