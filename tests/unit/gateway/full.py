"""What happens on a data partition that is full or read-only; run in a sandbox, where one can be mounted."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from gateway_init.store.change import change, prove
from gateway_init.store.copies import look
from gateway_init.store.state import ConfigState
from tests.unit.gateway.box import Box, lease


class Given(Struct, frozen=True):
    options: str
    """How the data partition is mounted anew, once an edit is on it."""
    fill: bool


class Seen(Struct, frozen=True):
    refusal: str
    after_refusal: str
    by_hand: list[str]
    state: ConfigState
    after_boot: str


def edit(given: Given, scratch: Path) -> Seen:
    """Edit, spoil the data partition, and edit again by the command, by the command without keeping, and by hand."""
    data = scratch / "data"
    data.mkdir()
    process.run(["mount", "-t", "tmpfs", "-o", "size=64k", "braid-test", data])
    box = Box(scratch, data)
    box.boot()
    box.write(lease(3))
    box.restart()
    if given.fill:
        with (data / "filler").open("wb", buffering=0) as filler:
            while True:
                try:
                    filler.write(bytes(4096))
                except OSError:
                    break
    process.run(["mount", "-o", f"remount,{given.options}", data])

    snapshot, wanted = look(box.places), {"gateway.yaml": lease(5).encode()}
    prove(snapshot, wanted, "new.yaml")
    refusal = ""
    try:
        change(box.places, snapshot, wanted, until_reboot=False)
    except Mistake as mistake:
        refusal = mistake.render()
    after_refusal = box.restart().site.lan.dhcp.lease

    change(box.places, snapshot, wanted, until_reboot=True)
    box.said.clear()
    assert box.restart().site.lan.dhcp.lease == "5h"
    assert box.said == []
    box.write(lease(7))
    assert box.restart().site.lan.dhcp.lease == "7h"
    return Seen(refusal, after_refusal, list(box.said), box.state, box.boot().site.lan.dhcp.lease)
