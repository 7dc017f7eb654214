"""When a machine's sockets are there to be connected to."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

from qemu.machine.launch import listens


def test_a_socket_is_ready_once_somebody_listens_and_not_when_its_file_is_there() -> None:
    with tempfile.TemporaryDirectory(prefix="b") as folder, socket.socket(socket.AF_UNIX) as made:
        place = Path(folder) / "s"
        assert not listens(place)
        made.bind(str(place))
        assert place.exists() and not listens(place)
        made.listen()
        assert listens(place)
