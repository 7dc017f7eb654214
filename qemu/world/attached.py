"""The rig of `invoke qemu --world`, lent to a program for a while: its machines go on afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base.mistake import Mistake
from gateway_init.config.load import load
from qemu.drive.gateway import LENT, Gateway
from qemu.drive.ready import READY_LIMIT, wait_until_all_up
from qemu.machine.log import Log
from qemu.wire.console import Console
from qemu.wire.monitor import Monitor
from qemu.world import terminal
from qemu.world.description import from_json
from qemu.world.rehearsal import Rehearsal
from qemu.world.vm import MONITOR, World

NOTE = "rig.json"
"""In the run's folder: what a visitor must know."""
SAID = "/run/world/said"
"""In the world: what it has said of itself."""


class Note(Struct, frozen=True):
    config: Path
    """Of the site that the image was built from."""
    description: str
    """The world, as its own JSON."""
    ssh: str


def invite(rig: Rehearsal, config: Path) -> None:
    """Leave a note for visitors of a rig."""
    note = Note(config.resolve(), rig.world.description.to_json(), rig.world.ssh)
    file = rig.folder / NOTE
    file.touch(mode=0o600)
    file.write_bytes(msgspec.json.encode(note, enc_hook=str))


@contextmanager
def gateway(logs: Path, name: str) -> Iterator[Gateway]:
    """The gateway of the rig that was started last and runs. Raises Mistake where there is none."""
    folder = terminal.running()
    if not (folder / LENT).exists():
        raise Mistake("the rig that runs lends nothing", hint="start one by `invoke qemu --world`")
    lent = Gateway(folder, None, logs / f"{name}-gateway.log")
    try:
        lent.visit()
        yield lent
    finally:
        lent.close()


@contextmanager
def rig(logs: Path, name: str) -> Iterator[Rehearsal]:
    """Both machines, ready and with every path up. The logs are logs/NAME.log and NAME-gateway.log. Raises Mistake."""
    folder = terminal.running()
    with ExitStack() as stack:
        console_path = stack.enter_context(terminal.free(folder))
        box = stack.enter_context(gateway(logs, name))
        note = msgspec.json.decode((folder / NOTE).read_bytes(), type=Note, dec_hook=lambda to, value: to(value))
        log = Log(logs / f"{name}.log")
        world = World(
            from_json(note.description), Console(console_path, log), Monitor(folder / MONITOR), log, ssh=note.ssh
        )
        stack.callback(world.leave)
        world.console.login(READY_LIMIT)
        host = world.host("lan")
        host.wait_until_succeeds(f"grep -q 'world: ready' {SAID}", READY_LIMIT)
        wait_until_all_up(box, READY_LIMIT)
        if host.execute("ip -4 address show eth0 | grep -q inet").code:
            host.succeed("udhcpc -i eth0 -n -q -t 10")
        yield Rehearsal(box, world, load(note.config), folder)
