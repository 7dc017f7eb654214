"""The tasks of `invoke` that look into a finished image. Nothing is imported before it is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from command_line import command
from task.place import IMAGE, LOGS

if TYPE_CHECKING:
    from invoke.context import Context


@command(help={"image": "What to look into.", "json": "Print everything as JSON."})
def info(_: Context, image: str = str(IMAGE), json: bool = False) -> None:
    """Tell what takes the space in an image or a bundle.

    That is the files of a slot beside their budget, then the root by package and by folder. What a package takes of
    the compressed root is estimated: in proportion to what its files take when each is compressed by itself.

    Example: invoke info
    """
    from image import build, recipe
    from image.look import contents, space

    wanted = recipe.load(build.RECIPE, recipe.Image)
    found = space.of(contents.read(Path(image), wanted, LOGS, pack=True), wanted.budget)
    sys.stdout.write(space.as_json(found) if json else space.as_text(found))


@command(
    help={"old": "An image or a bundle.", "new": "Another.", "json": "Print everything as JSON."},
    positional=["old", "new"],
)
def diff(_: Context, old: str, new: str, json: bool = False) -> None:
    """Tell what is different between two images or bundles.

    That is packages, settings of the kernel, sizes, and files, those that weigh most first.

    Example: invoke diff ~/braid-may.img build/braid.img
    """
    from image import build, recipe
    from image.look import contents, difference

    wanted = recipe.load(build.RECIPE, recipe.Image)
    found = difference.between(*(contents.read(Path(image), wanted, LOGS) for image in (old, new)))
    sys.stdout.write(difference.as_json(found) if json else difference.as_text(found))


@command(help={})
def rooms(_: Context) -> None:
    """Tell how the project's code is laid out.

    That is each room with its files and lines, and the other rooms that it knows, with the number of imports there.

    Example: invoke rooms
    """
    from docs import rooms

    print(rooms.text(rooms.rooms()))
