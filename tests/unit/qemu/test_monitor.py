"""QEMU's monitor, played by a socket: what it told somebody else, and he did not wait for, confuses nobody."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

from qemu.wire.monitor import Monitor

GREETING = {"QMP": {"version": {"qemu": {"major": 10, "minor": 0, "micro": 0}, "package": ""}, "capabilities": []}}
LEFT_OVER = {"event": "NETDEV_STREAM_CONNECTED", "data": {}, "timestamp": {"seconds": 1, "microseconds": 0}}


def test_an_event_that_nobody_waited_for_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "qmp"
    asked = []

    def play(listening: socket.socket) -> None:
        for first in (LEFT_OVER, GREETING):
            with listening.accept()[0] as line:
                line.sendall(json.dumps(first).encode() + b"\r\n")
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
