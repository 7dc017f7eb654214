"""Functions of ours that run in namespaces of their own, where they are root and leave nothing behind.

A fresh mount and process-id namespace, and for an ordinary user a user namespace with his subordinate ids: what is
mounted, started or written to the scratch file system in there ends with the function, also when it is killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar, get_type_hints

import msgspec
from msgspec import Raw, Struct

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image.work import cache, step

Argument = TypeVar("Argument")
Result = TypeVar("Result")

PROJECT = Path(__file__).resolve().parents[2]


class Failure(Struct, frozen=True):
    """A child process failed in there (see process.CommandFailed)."""

    argv: tuple[str, ...]
    code: int
    output: str


class Wrong(Struct, frozen=True):
    """A person's mistake was found in there (see mistake.Mistake)."""

    what: str
    hint: str


class Outcome(Struct, frozen=True):
    """What comes back: what it returned, or why it did not, and the steps taken."""

    value: Raw = Raw(b"null")
    failure: Failure | None = None
    wrong: Wrong | None = None
    timings: tuple[step.Timing, ...] = ()


class Running(Generic[Result]):
    """A function at work in its sandbox."""

    def __init__(self, child: subprocess.Popen[bytes], kind: type[Result]) -> None:
        self._child = child
        self._kind = kind

    def result(self) -> Result:
        """Wait for the function, and give what it returned. Raises Mistake or CommandFailed as it did."""
        try:
            reply, _ = self._child.communicate()
        except BaseException:
            self.kill()
            raise
        if self._child.returncode:
            raise process.CommandFailed(
                [str(word) for word in self._child.args],  # type: ignore[union-attr]
                self._child.returncode,
                "what it printed is above",
            )
        outcome = msgspec.json.decode(reply, type=Outcome)
        step.timings.extend(outcome.timings)
        if outcome.wrong:
            raise Mistake(outcome.wrong.what, hint=outcome.wrong.hint)
        if outcome.failure:
            raise process.CommandFailed(outcome.failure.argv, outcome.failure.code, outcome.failure.output)
        value: Result = decode(bytes(outcome.value), self._kind)
        return value

    def kill(self) -> None:
        """End it now; nothing of it is left."""
        self._child.kill()
        self._child.wait()


def start(function: Callable[[Argument, Path], Result], argument: Argument) -> Running[Result]:
    """Begin to run a function of a module of ours, called with its argument and an empty scratch directory in memory.

    The argument and the result are structs, or other things that msgspec and Path can carry as JSON.
    Raises Mistake where this machine allows no namespaces.
    """
    words = [
        *namespaces(),
        sys.executable,
        "-m",
        "image.work.sandbox_inside",
        function.__module__,
        function.__qualname__,
        str(step.depth()),
    ]
    scratch().mkdir(parents=True, exist_ok=True)
    child = subprocess.Popen(
        process.tied(words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=process.environment({"PYTHONPATH": str(PROJECT), "PYTHONDONTWRITEBYTECODE": "1"}),
    )
    assert child.stdin
    child.stdin.write(msgspec.json.encode(argument, enc_hook=str))
    child.stdin.close()
    child.stdin = None
    return Running(child, get_type_hints(function)["return"])


def call(function: Callable[[Argument, Path], Result], argument: Argument) -> Result:
    """Run a function in a sandbox to its end. See `start`."""
    return start(function, argument).result()


def all_of(running: Sequence[Running[Result]]) -> list[Result]:
    """The results of functions that run side by side. When one fails, the others end."""
    try:
        return [one.result() for one in running]
    finally:
        for one in running:
            one.kill()


def namespaces() -> list[str]:
    """The command before a command that gives it namespaces of its own."""
    words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return words if os.geteuid() == 0 else [*words, "--user", "--map-auto", "--map-root-user"]


def check() -> None:
    """Raises Mistake, with what to do, where this machine allows no namespaces."""
    try:
        if os.geteuid() != 0:
            # First without a map: where it fails, util-linux 2.41 forgets the helper that was to write the map.
            process.run(["unshare", "--user", "true"])
        process.run([*namespaces(), "true"])
    except process.CommandFailed as failure:
        if os.geteuid() == 0:
            hint = "a container needs to be run privileged for this"
        else:
            hint = (
                "install the package uidmap, give the user a range in /etc/subuid and /etc/subgid, see that sysctl\n"
                "has kernel.unprivileged_userns_clone=1 and (Ubuntu) kernel.apparmor_restrict_unprivileged_userns=0;\n"
                "or build as root"
            )
        reason = failure.output.strip().splitlines()[-1]
        raise Mistake(f"this machine allows no namespaces: {reason}", hint=hint) from None


def scratch() -> Path:
    """Where the scratch file system is mounted, inside of the namespaces only."""
    return cache.home() / "scratch"


def decode(data: bytes, kind: Any) -> Any:
    return msgspec.json.decode(data, type=kind, dec_hook=lambda to, value: to(value))
