"""systemd, by systemctl: the state of our units, starting and stopping them, and what it is told of ourselves."""

from __future__ import annotations

import os
import socket
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path

from gateway_init.base.process import run
from gateway_init.base.whole_file import write
from gateway_init.facts.facts import Unit
from gateway_init.wellknown import place
from gateway_init.wellknown.unit import ServiceFiles

CGROUPS = Path("/sys/fs/cgroup/system.slice")
"""Where systemd puts the processes of each unit (systemd.slice(5)); cgroups(7) has the files."""
PROPERTIES = ("Id", "ActiveState", "SubState", "ExecMainStatus", "NRestarts")


def units(names: Sequence[str]) -> dict[str, Unit]:
    """State of units, by name; one that systemd does not know is inactive."""
    if not names:
        return {}
    done = run(["systemctl", "show", f"--property={','.join(PROPERTIES)}", *names])
    return dict(_unit(block) for block in done.stdout.split("\n\n") if block.strip())


def pulse(known: Mapping[str, Unit], names: Iterable[str]) -> Hashable:
    """What stays the same as long as these units do what they did when systemd told last what that is: the processes of
    each (cgroups(7)). None where one of them is on its way to another state, which may need no process to get there.
    """
    found = [(name, _processes(name)) for name in sorted(names)]
    settled = all(name in known and known[name].active in ("active", "inactive", "failed") for name, _ in found)
    return tuple(found) if settled else None


def usage(name: str) -> int | None:
    """Microseconds of the processors that a unit's processes have used (cgroups(7), cpu.stat); None where it does not
    run."""
    try:
        words = (CGROUPS / name / "cpu.stat").read_text().split()
    except OSError:
        return None
    return int(words[words.index("usage_usec") + 1])


def _processes(name: str) -> str:
    try:
        return (CGROUPS / name / "cgroup.procs").read_text()
    except OSError:  # none runs
        return ""


def _unit(block: str) -> tuple[str, Unit]:
    values = dict(line.partition("=")[::2] for line in block.strip().splitlines())
    return values["Id"], Unit(
        active=values["ActiveState"],
        sub=values["SubState"],
        status=int(values.get("ExecMainStatus") or 0) or _ended(values["Id"]),
        restarts=int(values.get("NRestarts") or 0),
    )


def _ended(name: str) -> int:
    try:
        return int((place.ENDED / name).read_text().split()[0])
    except (OSError, ValueError, IndexError):  # it has not ended yet, or by a signal
        return 0


def started(alive: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Name and digest of each of these units that we started."""
    found = ((name, place.STARTED / name) for name in alive)
    return frozenset((name, file.read_text()) for name, file in found if file.exists())


def ours() -> set[str]:
    """Names of the units that we started, whether they still belong to the site or not."""
    return {file.name for file in place.STARTED.iterdir()} if place.STARTED.is_dir() else set()


def prepare(services: Sequence[ServiceFiles]) -> None:
    """Write the files of units, to be (re)started. Raises CommandFailed."""
    # Of one that is not noted as started, nobody knows whether systemd has read it.
    noted = ours()
    stale = [each for each in services if each.name not in noted or _text(each.unit_path) != each.unit]
    # New ones systemd finds by itself; a reload costs it as much as everything else that it does at boot.
    known = any(service.unit_path.exists() for service in stale)
    place.ENDED.mkdir(parents=True, exist_ok=True)
    for service in services:
        (place.STARTED / service.name).unlink(missing_ok=True)
        (place.ENDED / service.name).unlink(missing_ok=True)
        write(service.config_path, service.config, mode=0o600)
    for service in stale:
        write(service.unit_path, service.unit, mode=0o644)
    if known:
        run(["systemctl", "daemon-reload"])
    for service in services:
        write(place.STARTED / service.name, service.digest, mode=0o600)


def _text(file: Path) -> str | None:
    try:
        return file.read_text()
    except FileNotFoundError:
        return None


def restart(names: Sequence[str]) -> None:
    """(Re)start units, and wait until systemd calls them started. Raises CommandFailed."""
    run(["systemctl", "restart", *names])


def reload(name: str) -> None:
    """Have a unit reload what it knows, where it runs, without waiting for it. Raises CommandFailed."""
    run(["systemctl", "--no-block", "try-reload-or-restart", name])


def stop(names: Sequence[str]) -> None:
    """Stop units and remove their files."""
    run(["systemctl", "--no-block", "stop", *names])
    for name in names:
        (place.STARTED / name).unlink(missing_ok=True)
        (place.RUN / Path(name).with_suffix(".conf")).unlink(missing_ok=True)
        (place.UNITS / name).unlink(missing_ok=True)


def notify(message: str) -> None:
    """Tell systemd about ourselves (sd_notify(3)), such as READY=1; nothing where it does not listen."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(message.encode())
