"""Lines on the serial console, for whoever looks at the box itself."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from gateway_init.wellknown import place

log = logging.getLogger(__name__)


def say(line: str, console: Path = place.CONSOLE) -> None:
    """Write a line to the console. One that takes no more (a stuck terminal) loses the line, not the daemon."""
    try:
        descriptor = os.open(console, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        log.warning("console: %s", error)
        return
    try:
        os.write(descriptor, f"\r{line}\n".encode())
    except OSError as error:
        log.warning("console: %s", error)
    finally:
        os.close(descriptor)
