"""An update brought to a box by SSH: handed over, and watched until the box has said what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from gateway_init.config import secret
from image.update import bundle
from image.work import step

LIMIT = 1800.0
"""Seconds from the restart until the verdict must be there: the longest trial is an hour, the usual one minutes."""
PAUSE = 3.0
"""Seconds between two questions."""
HOST_KEY = "ssh-ed25519"
"""The algorithm of the box's host key (RFC 8709)."""
ERROR = "error: "
"""How the box begins to say what is wrong."""
STRANGER = ("Host key verification failed", "no matching host key type found")
"""What ssh says where another host key answers than the one that is asked for."""
PORT = 22


class Record(Struct, frozen=True):
    """The last update, as the box tells it (gateway_init/update/record.py)."""

    new: str
    slot: str
    state: str
    reason: str = ""
    missing: tuple[str, ...] = ()


class Status(Struct, frozen=True):
    """What we want to know of `braid status --json`."""

    version: str
    slot: str
    ready: bool
    update: Record | None = None


PATIENCE = 30
"""Seconds that ssh(1) waits for a connection and the first answers over it: the box may be busy at that moment."""


class Box:
    """A gateway that is reached by SSH with the key that can bring updates and nothing else."""

    def __init__(self, host: str, secrets: Path) -> None:
        """`host` is a name or an address, with :PORT where it is not 22. Raises Mistake."""
        self.name, _, port = host.partition(":")
        if port and not port.isdecimal():
            raise Mistake(f"{host}: no such port", hint="HOST or HOST:PORT, such as 192.168.77.1")
        key, known = secrets / secret.UPDATE_SSH_KEY, secrets / secret.SSH_KNOWN_HOST
        for file in (key, known):
            if not file.is_file():
                raise Mistake(f"{file}: missing", hint="the box has the keys that it was built with: put it back")
        self._ssh = [
            "ssh", "-i", str(key), "-p", port or str(PORT), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            # The bundle holds every secret of the site: only the box with our host key is shown it.
            "-o", "StrictHostKeyChecking=yes", "-o", f'UserKnownHostsFile="{known.resolve()}"',
            "-o", "GlobalKnownHostsFile=/dev/null", "-o", f"HostKeyAlgorithms={HOST_KEY}", "-o", "UpdateHostKeys=no",
            "-o", f"ConnectTimeout={PATIENCE}", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=6",
            "-o", "LogLevel=ERROR", "-F", "none", f"root@{self.name}",
        ]  # fmt: skip

    def install(self, file: Path, each: Callable[[str], None], *, allow_older: bool = False) -> None:
        """Hand the bundle over and let it be installed; the box restarts then. Raises Mistake where it refuses."""
        try:
            process.follow([*self._ssh, "update --allow-older" if allow_older else "update"], each, stdin=file)
        except process.CommandFailed as failure:
            self._refuse_stranger(failure)
            said = failure.output.strip().splitlines() or ["no answer"]
            if not any(line.startswith("restarting") for line in said):
                wrong = next((line.removeprefix(ERROR) for line in reversed(said) if line.startswith(ERROR)), said[-1])
                raise Mistake(f"{self.name}: {wrong}", hint="nothing has changed on the box") from None

    def status(self) -> Status | None:
        """How it does; None while it does not answer. Raises Mistake where somebody else answers."""
        try:
            return msgspec.json.decode(process.run([*self._ssh, "status"]).stdout, type=Status)
        except process.CommandFailed as failure:
            self._refuse_stranger(failure)
            return None
        except msgspec.DecodeError:
            return None

    def _refuse_stranger(self, failure: process.CommandFailed) -> None:
        if any(words in failure.output for words in STRANGER):
            raise Mistake(
                f"{self.name}: what answers there does not have the host key of secrets/{secret.SSH_HOST_KEY}; "
                "nothing was sent",
                hint="is it the gateway's address, and was the box built with these secrets? Else somebody stands "
                "between.\nA box whose system is older than that key has one of its own: see docs/updates.md",
            )


def deliver(file: Path, host: str, secrets: Path, *, allow_older: bool = False) -> Status:
    """Bring the bundle to the box and wait for the verdict; how the box is then.

    Raises Mistake where the box does not take the bundle, goes back to the old system, or is not heard of any more.
    """
    if not file.is_file():
        raise Mistake(f"{file}: no such bundle", hint="`invoke bundle` makes it")
    version = bundle.version(file)
    box = Box(host, secrets)
    before = box.status()
    if before is None:
        raise Mistake(
            f"{host}: no answer by SSH, or it does not know our key",
            hint="is it the gateway's address, and was the box built with these secrets?",
        )
    step.say(f"{host} runs version {before.version} in slot {before.slot}")
    with step.step(f"Bringing {file.name} ({file.stat().st_size / 1e6:.0f} MB), version {version}, to {host}"):
        box.install(file, step.say, allow_older=allow_older)
    with step.step("Waiting for the box to start anew and to judge the new system"):
        return _verdict(box, version, before)


def _verdict(box: Box, version: str, before: Status) -> Status:
    until = time.monotonic() + LIMIT
    seen = ""
    while time.monotonic() < until:
        now = box.status()
        told = "no answer yet" if now is None else f"slot {now.slot}, version {now.version}"
        if told != seen:
            step.say(told)
            seen = told
        # The note of an update before this one is not meant.
        if now and now.update and now.update.new == version:
            if now.update.state == "good":
                return now
            if now.update.state != "under way":
                raise Mistake(
                    f"the box went back to version {before.version}: {now.update.reason}",
                    hint="`braid status` and `journalctl -b -1` on the box tell more",
                )
        time.sleep(PAUSE)
    raise Mistake(f"{box.name} was not heard of for {LIMIT / 60:.0f} minutes", hint="look at its serial console")
