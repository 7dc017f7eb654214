"""Files laid over a root, path for path; those that end in .j2 are rendered."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError
from msgspec import Struct

from gateway_init.base.mistake import Mistake
from image.work import files

SUFFIX = ".j2"


class Addition(Struct, frozen=True):
    """A file or a tree that goes into a root."""

    source: Path
    at: str
    """Where it goes, such as / or /usr/lib/python3/dist-packages/gateway_init."""


def lay(addition: Addition, root: Path, variables: Mapping[str, object] | None = None) -> None:
    """Lay a file or tree over a root. All becomes root's: 0755 for folders and what is executable, else 0644.

    With `variables`, files that end in .j2 are rendered and lose that ending; without, they are as any other.
    Raises Mistake for a template that fails, naming file, line and variable, and for a path through a link of the root
    (which could lead out of it).
    """
    for file in files.walk(addition.source):
        inner = file.relative_to(addition.source)
        at = PurePosixPath(addition.at.lstrip("/")) / inner
        rendered = variables is not None and file.name.endswith(SUFFIX)
        target = root / (at.with_name(at.name.removesuffix(SUFFIX)) if rendered else at)
        _refuse_links(root, target, file)
        if file.is_dir() and not file.is_symlink():
            if not target.is_dir():
                target.mkdir(parents=True)
                target.chmod(0o755)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        if file.is_symlink():
            target.symlink_to(file.readlink())
        elif rendered:
            target.write_text(render(file, variables or {}))
        else:
            shutil.copyfile(file, target)
        if not file.is_symlink():
            target.chmod(0o755 if os.access(file, os.X_OK) else 0o644)


def render(file: Path, variables: Mapping[str, object]) -> str:
    """The text of a template. Raises Mistake with file and line for what is undefined in it, or is not Jinja2."""
    environment = Environment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - what is rendered is not HTML
    )
    try:
        template = environment.from_string(file.read_text(encoding="utf-8"))
        template.filename = str(file)
        return template.render(variables)
    except TemplateSyntaxError as error:
        raise Mistake(f"{file}:{error.lineno}: {error.message}") from None
    except UndefinedError as error:
        raise Mistake(
            f"{file}:{_line(error, file)}: {error.message}", hint=f"there are {', '.join(sorted(variables))}"
        ) from None
    except TemplateError as error:
        raise Mistake(f"{file}:{_line(error, file)}: {error}") from None


def _line(error: Exception, file: Path) -> int:
    """The template's line in a traceback; jinja2 has put it there."""
    lines = [0]
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == str(file):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return lines[-1]


def _refuse_links(root: Path, target: Path, file: Path) -> None:
    for parent in target.relative_to(root).parents:
        if (root / parent).is_symlink():
            raise Mistake(
                f"{file}: /{parent} is a link in the root",
                hint=f"it leads to {(root / parent).readlink()}: lay the file there",
            )
