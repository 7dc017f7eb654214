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
KNOWN_HOSTS = "known_hosts"
PORT = 22


class Record(Struct, frozen=True):
    """The last update, as the box tells it (gateway_init/update/record.py)."""

    new: str
    slot: str
    state: str
    reason: str = ""


class Status(Struct, frozen=True):
    """What we want to know of `braid status --json`."""

    version: str
    slot: str
    ready: bool
    update: Record | None = None


class Box:
    """A gateway that is reached by SSH with the key that can bring updates and nothing else."""

    def __init__(self, host: str, secrets: Path) -> None:
        """`host` is a name or an address, with :PORT where it is not 22. Raises Mistake."""
        self.name, _, port = host.partition(":")
        if port and not port.isdecimal():
            raise Mistake(f"{host}: no such port", hint="HOST or HOST:PORT, such as 192.168.77.1")
        key = secrets / secret.UPDATE_SSH_KEY
        if not key.is_file():
            raise Mistake(f"{key}: missing", hint="the box knows the key that it was built with: put it back")
        self._ssh = [
            "ssh", "-i", str(key), "-p", port or str(PORT), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes",
            # The box makes its host key at its first start: whoever answers first is believed, then nobody else.
            "-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={secrets.resolve() / KNOWN_HOSTS}",
            "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=6",
            "-o", "LogLevel=ERROR", "-F", "none", f"root@{self.name}",
        ]  # fmt: skip

    def install(self, file: Path, each: Callable[[str], None]) -> None:
        """Hand the bundle over and let it be installed; the box restarts then. Raises Mistake where it refuses."""
        try:
            process.follow([*self._ssh, "update"], each, stdin=file)
        except process.CommandFailed as failure:
            last = failure.output.strip().splitlines() or ["no answer"]
            if not any(line.startswith("restarting") for line in last):
                raise Mistake(f"{self.name}: {last[-1]}", hint="nothing has changed on the box") from None

    def status(self) -> Status | None:
        """How it does; None while it does not answer."""
        try:
            return msgspec.json.decode(process.run([*self._ssh, "status"]).stdout, type=Status)
        except (process.CommandFailed, msgspec.DecodeError):
            return None


def deliver(file: Path, host: str, secrets: Path) -> Status:
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
        box.install(file, step.say)
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
