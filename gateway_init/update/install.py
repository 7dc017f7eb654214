"""`braid update`: a new system into the slot that does not run, and a start that tries it."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from gateway_init.base.clock import uptime
from gateway_init.base.mistake import Mistake
from gateway_init.base.process import CommandFailed, follow, run
from gateway_init.config.budgets import limited
from gateway_init.config.load import load
from gateway_init.evidence.evidence import assess
from gateway_init.evidence.memory import recall
from gateway_init.host.console import say
from gateway_init.host.observer import look_once
from gateway_init.update import boot_memory, record, release, source
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.slots import AS_DELIVERED

PROGRESS = re.compile(r"^\s*(\d+)% (.+)$")
REASONS = (
    (r"exceeds bundle size|bundle format", "it is not a whole bundle"),
    (r"signature|CMS|verify|certificate", "it is not signed by this site's key, or was damaged on its way"),
    (r"[Cc]ompatible", "it is made for another board or another site"),
    (r"too small|too large|too big|bigger", "the system in it is larger than a slot"),
    (r"checksum|verity|read error|Input/output|squashfs|mount", "it is damaged"),
)
"""Words in what RAUC says, and what they mean to a person; the first that is found counts."""
UNHARMED = "nothing was changed: the system that runs is the one that starts next"


def update(given: str, *, reboot: bool, allow_older: bool = False) -> None:
    """Install a bundle, from a file, a URL or - for standard input, and start into it.

    One that is older than the system that runs has its mistakes again: it is taken with `allow_older` only.
    Raises Mistake where the bundle is not taken; then nothing has changed.
    """
    with _alone():
        own = boot_memory.own_slot()
        if not own:
            raise Mistake("this system did not start from a slot", hint="updates are for a box that runs from its disk")
        memory = boot_memory.read() or AS_DELIVERED
        if not memory[own].proven:
            raise Mistake(
                f"the system in slot {own} is itself still on trial", hint="`braid status` tells when that is over"
            )
        with source.local(given, boot_memory.size(slots.other(own))) as bundle:
            begun = _record(version_of(bundle, allow_older=allow_older), slots.other(own))
            # Before anything is changed, so that a power cut at any point is told of rightly.
            if failure := record.note(begun):
                print(f"the update goes on, but what becomes of it cannot be noted: {failure}", flush=True)
            _install(bundle, begun)
    print(f"installed {begun.new} in slot {begun.slot}", flush=True)
    if reboot:
        line = f"restarting into slot {begun.slot}; if it does not carry traffic as this one does, slot {own} is back"
        print(line, flush=True)
        say(f"braid: {line}")
        os.sync()
        run(["systemctl", "--no-block", "reboot"])


@contextmanager
def _alone() -> Iterator[None]:
    place.UPDATE_LOCK.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with place.UPDATE_LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Mistake("another update is under way", hint="wait for its end: journalctl -fu rauc") from None
        yield


def version_of(bundle: Path, *, allow_older: bool) -> str:
    """The version in a bundle that is for this box, and not older than it."""
    try:
        told = msgspec.json.decode(run(["rauc", "info", "--output-format=json", bundle]).stdout)
    except CommandFailed as failure:
        raise _refused(failure.output) from None
    own = release.read()
    if told["compatible"] != (ours := own.get("compatible")):
        raise Mistake(f"the bundle is for {told['compatible']}, this box is {ours}", hint=UNHARMED)
    if not allow_older and (why := release.older(release.seconds(told.get("build")), release.seconds(own.get("made")))):
        raise Mistake(f"the bundle is older: {why}", hint=f"{UNHARMED}; --allow-older takes it all the same")
    return str(told["version"])


def _record(version: str, slot: str) -> record.Update:
    site = load(place.CONFIG)
    evidence = assess(site, look_once(counting=bool(limited(site))), recall(place.STATE), uptime())
    return record.Update(
        old=release.version(),
        new=version,
        slot=slot,
        paths=evidence.up,
        served=evidence.view.ready,
    )


def _install(bundle: Path, begun: record.Update) -> None:
    try:
        follow(["rauc", "install", bundle], _teller())
    except CommandFailed as failure:
        refused = _refused(failure.output)
        record.note(msgspec.structs.replace(begun, state="refused", reason=refused.what))
        raise refused from None


def _teller() -> Callable[[str], None]:
    """Prints RAUC's progress, a line for each tenth of the way."""
    told = -1

    def tell(line: str) -> None:
        nonlocal told
        found = PROGRESS.match(line)
        if found and int(found.group(1)) // 10 > told:
            told = int(found.group(1)) // 10
            print(f"{found.group(1):>3}% {found.group(2)}", flush=True)

    return tell


def _refused(output: str) -> Mistake:
    """What RAUC said, in a person's words."""
    errors = [line for line in output.splitlines() if not PROGRESS.match(line) and line.strip()]
    said = next((line for line in reversed(errors) if "rror" in line), errors[-1] if errors else "no reason given")
    meaning = next((meaning for words, meaning in REASONS if re.search(words, said)), "RAUC refuses it")
    return Mistake(f"the bundle is not installed: {meaning} ({said.strip()})", hint=UNHARMED)
