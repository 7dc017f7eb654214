"""What the daemon does with the config when it starts: put it in place after boot, keep what was edited since."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gateway_init.base.mistake import Mistake
from gateway_init.base.whole_file import write_all
from gateway_init.host.console import say
from gateway_init.render.rendered import Runnable
from gateway_init.store import numbers, prerendered
from gateway_init.store.copies import CONFIG, Places, Snapshot, keep, look, told
from gateway_init.store.in_force import Placed, recall, remember
from gateway_init.store.prerendered import checked
from gateway_init.store.three_way import Choice

log = logging.getLogger(__name__)


def take_up(places: Places) -> Runnable:
    """The site to work for. Raises Mistake where the box has no config that it can run with.

    After boot, a config from the box that is no good gives way to the image's own, so that the house has Internet;
    later, one that is no good is refused, and what was started before goes on.
    """
    _note(places.prepared.parent, lambda: places.prepared.parent.mkdir(parents=True, exist_ok=True))
    placed = recall(places.placed)
    runnable = _after_boot(places) if placed is None else _again(places, placed)
    _note(places.allotted, lambda: numbers.remember(places.allotted, runnable.numbers))
    return runnable


def candidates(snapshot: Snapshot) -> Iterator[dict[str, bytes]]:
    """What to try after boot, best first: all edits, the secrets' only, the config's only, none."""
    edited, built = snapshot.in_force(), snapshot.image()
    yield edited
    if CONFIG in built and CONFIG in edited:
        yield edited | {CONFIG: built[CONFIG]}
        yield built | {CONFIG: edited[CONFIG]}
    yield built


def _after_boot(places: Places) -> Runnable:
    # /etc is still as built: it serves where the initrd has put no copy aside.
    snapshot = look(places, image=None if places.image_is_there else places.effective)
    for line in snapshot.unreadable:
        _tell(f"{line}; the image's own is in force")
    chosen, runnable, reason = _first_runnable(places, snapshot)
    refused = tuple(
        name for name, file in snapshot.files.items() if file.in_force is not None and chosen.get(name) != file.in_force
    )
    if refused:
        _tell(f"{', '.join(refused)} as edited on the box cannot be used; the image's own is in force: {reason}")
    both = [name for name, file in snapshot.files.items() if file.choice is Choice.BOTH and name not in refused]
    if both:
        _tell(f"{', '.join(both)} was edited on the box, and the image's own changed too (`braid config diff`)")
    _put(places, {name: text for name, text in chosen.items() if snapshot.effective.get(name) != text})
    now = Placed(Placed().replacing(chosen).digests, refused, reason if refused else "")
    _note(places.placed, lambda: remember(places.placed, now))
    return runnable


def _first_runnable(places: Places, snapshot: Snapshot) -> tuple[dict[str, bytes], Runnable, str]:
    mistakes: list[Mistake] = []
    before = numbers.recall(places.allotted)
    for chosen in candidates(snapshot):
        try:
            runnable = checked(chosen, str(places.effective / CONFIG), before)
        except Mistake as mistake:
            mistakes.append(mistake)
            continue
        return chosen, runnable, mistakes[0].what if mistakes else ""
    raise mistakes[-1]


def _again(places: Places, placed: Placed) -> Runnable:
    snapshot = look(places)
    before, prepared = numbers.recall(places.allotted), (prerendered.FILE, places.prepared)
    runnable = checked(snapshot.effective, str(places.effective / CONFIG), before, prepared)
    kept: dict[str, bytes] = {}
    for name in placed.differing(snapshot.effective):
        content = snapshot.effective[name]
        file = snapshot.files.get(name)
        if file is None or file.in_force != content:
            try:
                _keep(places, name, content, snapshot)
            except OSError as error:
                _tell(f"{name} was edited and cannot be kept, so it goes with the next start of the box: {told(error)}")
                continue
            _tell(f"{name} was edited, and is kept")
        kept[name] = content
    if kept:
        _note(places.placed, lambda: remember(places.placed, placed.replacing(kept)))
    return runnable


def _keep(places: Places, name: str, content: bytes, snapshot: Snapshot) -> None:
    if not places.image_is_there:
        raise FileNotFoundError(2, "the image's own config is not there", str(places.image))
    keep(places, {name: content}, snapshot.image())


def _put(places: Places, contents: Mapping[str, bytes]) -> None:
    try:
        write_all({places.effective / name: content for name, content in contents.items()}, mode=0o600)
    except OSError as error:
        # What was chosen is in our own memory, too: better to go on than to leave the house without Internet.
        _tell(f"the config cannot be put in place: {told(error)}")


def _note(file: Path, write: Callable[[], None]) -> None:
    """Remember something for the daemon's next start; one that cannot goes on without."""
    try:
        write()
    except OSError as error:
        _tell(f"{file} cannot be written ({error.strerror}); going on without")


def _tell(line: str) -> None:
    log.warning("%s", line)
    say(f"braid: {line.splitlines()[0]}")
