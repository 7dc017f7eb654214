"""What happens where the data partition or memory is full or read-only; run in a sandbox, where one can be mounted."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from gateway_init.daemon.notebook import Notebook
from gateway_init.evidence.memory import recall
from gateway_init.store.change import change, prove
from gateway_init.store.copies import look
from gateway_init.store.state import ConfigState
from gateway_init.update import record
from tests.unit.gateway.box import Box, lease

FILLER = "filler"


class Given(Struct, frozen=True):
    options: str
    """How the file system is mounted anew, once something is on it."""
    fill: bool


class Seen(Struct, frozen=True):
    refusal: str
    after_refusal: str
    by_hand: list[str]
    state: ConfigState
    after_boot: str


class Remembered(Struct, frozen=True):
    said: list[str]
    """By the daemon while it runs, then by its successor when it starts."""
    memory: int
    """The last id that it knows itself."""
    on_disk: int
    """And once there is room again."""


def spoil(folder: Path, given: Given) -> None:
    """Fill a file system, or make it read-only."""
    if given.fill:
        with (folder / FILLER).open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
    process.run(["mount", "-o", f"remount,{given.options}", folder])


def remember(given: Given, scratch: Path) -> Remembered:
    """A daemon takes notes in memory that is spoilt, another one starts there, and then the memory is well again."""
    run = scratch / "memory"
    run.mkdir()
    process.run(["mount", "-t", "tmpfs", "-o", "size=64k", "braid-test", run])
    box = Box(scratch)
    box.boot()
    box.places = msgspec.structs.replace(box.places, placed=run / "config.json", allotted=run / "allotted.json")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gateway_init.daemon.notebook.say", said.append)
        notebook = Notebook(run / "state.json")
        notebook.keep(last_id=1)
        spoil(run, given)
        notebook.keep(last_id=2)
        notebook.keep(last_id=3)
        assert box.restart().site.site == "home"
        process.run(["mount", "-o", "remount,rw", run])
        (run / FILLER).unlink(missing_ok=True)
        known = notebook.memory.last_id
        notebook.keep()
    return Remembered([*said, *box.said], known, recall(run / "state.json").last_id)


class Noted(Struct, frozen=True):
    failures: tuple[str, str]
    """What was said of the first note, and of the one that does not fit."""
    version: str
    """Of the update that is noted then."""


def note(given: Given, scratch: Path) -> Noted:
    """An update is noted, the data partition is spoilt, and the next update is noted."""
    data = scratch / "data"
    data.mkdir()
    process.run(["mount", "-t", "tmpfs", "-o", "size=64k", "braid-test", data])
    update = record.Update(old="1", new="2", slot="B", paths=("adsl",), served=True)
    first = record.note(update, data / "update.json")
    spoil(data, given)
    then = record.note(msgspec.structs.replace(update, new="3"), data / "update.json")
    left = record.recall(data / "update.json")
    return Noted((first, then), left.new if left else "")


def edit(given: Given, scratch: Path) -> Seen:
    """Edit, spoil the data partition, and edit again by the command, by the command without keeping, and by hand."""
    data = scratch / "data"
    data.mkdir()
    process.run(["mount", "-t", "tmpfs", "-o", "size=64k", "braid-test", data])
    box = Box(scratch, data)
    box.boot()
    box.write(lease(3))
    box.restart()
    spoil(data, given)

    snapshot, wanted = look(box.places), {"gateway.yaml": lease(5).encode()}
    proven = prove(box.places, snapshot, wanted, "new.yaml")
    refusal = ""
    try:
        change(box.places, snapshot, wanted, proven, until_reboot=False)
    except Mistake as mistake:
        refusal = mistake.render()
    after_refusal = box.restart().site.lan.dhcp.lease

    change(box.places, snapshot, wanted, proven, until_reboot=True)
    box.said.clear()
    assert box.restart().site.lan.dhcp.lease == "5h"
    assert box.said == []
    box.write(lease(7))
    assert box.restart().site.lan.dhcp.lease == "7h"
    return Seen(refusal, after_refusal, list(box.said), box.state, box.boot().site.lan.dhcp.lease)
