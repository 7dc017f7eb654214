"""QEMU's monitor, played by a socket: what it tells unasked, at whatever moment, confuses nobody."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from qemu.wire.monitor import Monitor

GREETING = {"QMP": {"version": {"qemu": {"major": 10, "minor": 0, "micro": 0}, "package": ""}, "capabilities": []}}
EVENT = {"event": "NETDEV_STREAM_CONNECTED", "data": {}, "timestamp": {"seconds": 1, "microseconds": 0}}


@pytest.mark.parametrize("said", [[EVENT], [GREETING, EVENT]], ids=["before the greeting", "before the answer"])
def test_an_event_that_nobody_waited_for_is_passed_over(tmp_path: Path, said: list[object]) -> None:
    path = tmp_path / "qmp"
    asked = []

    def play(listening: socket.socket) -> None:
        for told in (said, [GREETING]):
            with listening.accept()[0] as line, suppress(ConnectionError):
                line.sendall(b"".join(json.dumps(each).encode() + b"\r\n" for each in told))
                while word := line.recv(4096):
                    request = json.loads(word)
                    asked.append(request["execute"])
                    line.sendall(json.dumps({"return": {}, "id": request.get("id")}).encode() + b"\r\n")

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        machine = threading.Thread(target=play, args=[listening], daemon=True)
        machine.start()
        Monitor(path).press_power_button()
        machine.join(10)
    assert asked[-1] == "system_powerdown"
