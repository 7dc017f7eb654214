"""The one place that runs child processes, on the box and on the build machine alike."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

SCRUBBED = ("PATH", "HOME", "TERM", "TMPDIR", "XDG_CACHE_HOME", "http_proxy", "https_proxy", "no_proxy")
"""Variables of ours that a child may see; the rest of the environment could change what it does."""


class CommandFailed(Exception):
    """A child process ended with another exit code than 0.

    The text holds the command as one could paste it into a shell, its exit code and the end of its output.
    """

    def __init__(self, argv: Sequence[str], code: int, output: str) -> None:
        self.argv = tuple(argv)
        self.code = code
        self.output = output
        tail = "\n".join(f"  | {line}" for line in output.strip().splitlines()[-40:])
        super().__init__(f"exit code {code}: {shlex.join(self.argv)}" + (f"\n{tail}" if tail else ""))


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment that children get: ours, scrubbed, with an English UTF-8 locale."""
    kept = {name: os.environ[name] for name in SCRUBBED if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"} | dict(extra or {})


def tied(argv: Sequence[str | Path]) -> list[str]:
    """The command such that it dies with us, however we end (prctl(2), PR_SET_PDEATHSIG)."""
    return ["setpriv", "--pdeathsig", "KILL", "--", *(str(word) for word in argv)]


def run(
    argv: Sequence[str | Path],
    *,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    log: Path | None = None,
    timeout: float | None = None,
    check: bool = True,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it printed.

    `log` takes standard output and error together, as they come, instead of returning them.
    The child dies with us, however we end: nothing is left running.
    `timeout` is in seconds.

    >>> run(["echo", "hello"]).stdout
    'hello\\n'

    Raises CommandFailed on a non-zero exit code (unless check=False), FileNotFoundError where the command
    is not installed, subprocess.TimeoutExpired.
    """
    words = [str(word) for word in argv]
    data = stdin.encode() if isinstance(stdin, str) else stdin
    if log is None:
        done = subprocess.run(
            tied(words), input=data, capture_output=True, env=environment(env), cwd=cwd, timeout=timeout, check=False
        )
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    else:
        with log.open("ab") as sink:
            start = sink.tell()
            sink.write(f"$ {shlex.join(words)}\n".encode())
            sink.flush()
            done = subprocess.run(
                tied(words),
                input=data,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env=environment(env),
                cwd=cwd,
                timeout=timeout,
                check=False,
            )
        with log.open("rb") as source:
            source.seek(start)
            out, err = source.read().decode(errors="replace"), ""
    if check and done.returncode:
        raise CommandFailed(words, done.returncode, out + err)
    return subprocess.CompletedProcess(words, done.returncode, out, err)


def follow(
    argv: Sequence[str | Path],
    each: Callable[[str], None],
    *,
    stdin: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a command and hand on each line that it prints, as it comes; all of them at the end.

    `stdin` is a file for it to read. Raises CommandFailed on a non-zero exit code.
    """
    words = [str(word) for word in argv]
    lines = []
    with (stdin or Path(os.devnull)).open("rb") as source:
        child = subprocess.Popen(
            tied(words), stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment(env)
        )
    assert child.stdout
    with child.stdout as output:
        for line in output:
            lines.append(line.decode(errors="replace").rstrip("\r\n"))
            each(lines[-1])
    if code := child.wait():
        raise CommandFailed(words, code, "\n".join(lines))
    return "\n".join(lines)


def show(argv: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run a command whose output a person watches as it comes; its exit code.

    After Ctrl-C, which reaches the child as well, the child is given the time to tidy up.
    """
    child = subprocess.Popen(tied(argv), stdin=subprocess.DEVNULL, env=environment(env), cwd=cwd)
    try:
        return child.wait()
    except KeyboardInterrupt:
        child.wait()
        raise


def converse(argv: Sequence[str | Path]) -> int:
    """Run a command that has the terminal to itself, such as an editor; its exit code. Ctrl-C is the command's."""
    child = subprocess.Popen(tied(argv), env=environment())
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
