"""QEMU's monitor (QMP), by the qemu.qmp library: what a hand at the machine would do."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from qemu.qmp import ConnectError, QMPClient
from qemu.qmp.qmp_client import GreetingError, NegotiationError

from qemu.machine.accel import slowness

LIMIT = 20.0
"""Seconds that an answer, or a machine's memory on its way to or from a disk, may take on the reference machine."""


class Monitor:
    """The power button, the plugs and the cables of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def execute(self, command: str, **arguments: object) -> object:
        """Run one command of the QEMU QMP Reference Manual and return its answer.

        Raises qemu.qmp.QMPError, and TimeoutError where QEMU does not answer.
        """
        named = {name.replace("_", "-"): value for name, value in arguments.items()}
        return asyncio.run(asyncio.wait_for(self._execute(command, named), LIMIT * slowness()))

    async def _execute(self, command: str, arguments: Mapping[str, object]) -> object:
        client = await self._connected()
        try:
            return await client.execute(command, arguments)
        finally:
            await client.disconnect()

    async def _connected(self) -> QMPClient:
        while True:
            client = QMPClient("braid")
            try:
                await client.connect(str(self._path))
            except ConnectError as error:
                # What the last one who was connected did not wait for, such as that a cable is plugged in, comes first;
                # what happens just now, before the answer.
                if not isinstance(error.exc, GreetingError | NegotiationError):
                    raise
            else:
                return client

    def press_power_button(self) -> None:
        self.execute("system_powerdown")

    def reset(self) -> None:
        """The reset button: nothing is shut down."""
        self.execute("system_reset")

    def plug_cable(self, card: str) -> None:
        self.execute("set_link", name=card, up=True)

    def pull_cable(self, card: str) -> None:
        """The card loses its carrier."""
        self.execute("set_link", name=card, up=False)

    def add_device(self, driver: str, name: str, **properties: object) -> None:
        """Plug a device in, such as usb-net."""
        self.execute("device_add", driver=driver, id=name, **properties)

    def remove_device(self, name: str) -> None:
        self.execute("device_del", id=name)

    def pause(self) -> None:
        """Nothing moves any more in the machine, its clocks neither."""
        self.execute("stop")

    def go_on(self) -> None:
        """The opposite of `pause`; also for a machine that has just taken over a saved state."""
        deadline = time.monotonic() + LIMIT * slowness()
        while self._status("query-status") == "inmigrate":
            _not_past(deadline, "the saved state was not taken over")
        self.execute("cont")

    def save(self, into: Path) -> None:
        """Write memory and devices of a paused machine to a file; what its disks hold is not in it."""
        self.execute("migrate", uri=f"file:{into}")
        deadline = time.monotonic() + LIMIT * slowness()
        while (status := self._status("query-migrate")) != "completed":
            if status == "failed":
                raise AssertionError(f"QEMU cannot save the machine's state to {into}")
            _not_past(deadline, "the state was not saved")

    def _status(self, query: str) -> str:
        answer = self.execute(query)
        assert isinstance(answer, dict)
        return str(answer.get("status", ""))


def _not_past(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise TimeoutError(f"{what} in {LIMIT * slowness():.0f} s")


class Events:
    """What QEMU tells unasked. The socket keeps it, also when QEMU has ended."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.connect(str(path))
        self._socket.sendall(b'{"execute": "qmp_capabilities"}\n')

    def end_is_restart(self) -> bool:
        """Wait until QEMU ends; whether it does so because the machine was reset, by whomever."""
        with self._socket, self._socket.makefile("rb") as lines:
            told = [json.loads(line) for line in lines]
        return any(each["data"]["reason"].endswith("-reset") for each in told if each.get("event") == "SHUTDOWN")
