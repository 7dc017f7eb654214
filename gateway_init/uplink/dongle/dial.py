"""Dials a stick by mbimcli(1) and keeps it connected; notes what the network gave, or why not. A unit of its own.

What is to be never done is to try a wrong PIN again: after the third the SIM is locked. So before a PIN is tried, that
is written down where it lasts, and struck out once the SIM has taken it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.base.whole_file import remove, write
from gateway_init.uplink.dongle import mbim
from gateway_init.wellknown import place

INTERFACES = Path("/sys/class/net")
PATIENCE = 90.0
"""Seconds that an answer may take: connecting is slow."""
LOOK = 20.0
"""Seconds between two looks at whether it is connected."""
AGAIN = 5.0
"""Seconds until it is tried again."""


class Modem:
    """A modem that is left open between two questions: closing it would end its connection."""

    def __init__(self, device: Path, program: tuple[str, ...] = (mbim.PROGRAM,)) -> None:
        self._words = [*program, f"--device={device}", "--no-close"]
        self._transaction = ""

    def ask(self, question: str) -> dict[str, str]:
        """What it answers, by name; nothing where it does not, or refuses."""
        going_on = [f"--no-open={self._transaction}"] if self._transaction else []
        try:
            done = run([*self._words, *going_on, question], timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            self._transaction = ""
            return {}
        said = mbim.fields(done.stdout)
        self._transaction = said.pop("TRID", "")
        if done.returncode:
            # The question may hold a secret.
            print(f"{question.partition('=')[0]}: {done.stderr.strip()}", flush=True)
            return {}
        return said


def dial(modem: Modem, apn: str, pin: str, tried: Path) -> dict[str, str]:
    """Connect; the note to leave. `tried` is the folder for what is being tried."""
    status = modem.ask("--query-subscriber-ready-status")
    fault = mbim.sim(status)
    if fault is None and status["Ready state"] == "device-locked":
        fault = _unlock(modem, pin, tried / mbim.mark(status, pin))
    if fault is None:
        modem.ask("--set-radio-state=on")
        fault = mbim.network(modem.ask("--query-register-state"))
    if fault:
        return {"fault": fault}
    if modem.ask("--query-connection-state").get("Activation state") == "activated":
        # By somebody who ended without a word; perhaps to another access point.
        modem.ask("--disconnect")
    modem.ask("--attach-packet-service")
    connection = modem.ask(mbim.connect(apn))
    if not connection:
        return {"fault": "refused"}
    return mbim.given(connection) or {"fault": "no-address"}


def _unlock(modem: Modem, pin: str, mark: Path) -> mbim.Fault | None:
    if fault := mbim.barred(modem.ask("--query-pin-state"), pin, refused=mark.exists()):
        return fault
    try:
        write(mark, "", mode=0o600)
    except OSError as error:
        print(f"{mark}: {error}", flush=True)
        return "forgetful"
    if modem.ask(f"--enter-pin={pin}").get("PIN state") != "unlocked":
        return "pin-refused"
    remove(mark)
    return None


def main(uplink: str) -> None:
    """Dial the stick whose interface is called as the uplink, for ever."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    wanted = _pairs(Path(os.environ["CREDENTIALS_DIRECTORY"], "config").read_text())
    device = next((INTERFACES / uplink / "device/usbmisc").iterdir()).name
    modem = Modem(Path("/dev", device))
    try:
        while True:
            said = dial(modem, wanted["apn"], wanted["pin"], place.TRIED)
            _note(Path(os.environ["RUNTIME_DIRECTORY"]), said)
            while "ip" in said and modem.ask("--query-connection-state").get("Activation state") == "activated":
                time.sleep(LOOK)
            time.sleep(AGAIN)
    finally:
        modem.ask("--disconnect")


def _pairs(text: str) -> Mapping[str, str]:
    return dict(line.partition("=")[::2] for line in text.splitlines() if "=" in line)


def _note(folder: Path, said: Mapping[str, str]) -> None:
    """Leave a note for the daemon, which may read only what all may, and tell it that there is news."""
    aside = folder / f"{place.LINE_NOTE}.new"
    aside.write_text("".join(f"{key}={value}\n" for key, value in said.items()))
    aside.chmod(0o644)
    aside.replace(folder / place.LINE_NOTE)
    # For reading, too: then it does not wait for a daemon that is just starting again.
    pipe = os.open(place.NEWS_ELSEWHERE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        os.write(pipe, b"dialled\n")
    finally:
        os.close(pipe)


if __name__ == "__main__":
    main(*sys.argv[1:])
