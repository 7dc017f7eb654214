"""What a person at the command line meets: errors in one piece, exit codes, the list of tasks in working order."""

from __future__ import annotations

import errno
import functools
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

from invoke.collection import Collection
from invoke.exceptions import Exit, ParseError
from invoke.program import Program
from invoke.tasks import Task, task

from gateway_init.base.mistake import EXIT_CODE, Mistake
from gateway_init.base.process import CommandFailed

FAILED = 1
INTERRUPTED = 130
"""Exit codes, beside that of a Mistake: something of ours failed; Ctrl-C (128 + SIGINT)."""

FULL = (errno.ENOSPC, errno.EDQUOT)
DENIED = (errno.EACCES, errno.EPERM, errno.EROFS)

NO_NETWORK = re.compile(
    r"Temporary failure resolving|Could not resolve|Name or service not known|Network is unreachable"
    r"|Could not connect to|Failed to establish a new connection|Unable to connect to"
)
"""How apt-get and others say that they cannot reach their servers."""


def verdict(error: BaseException) -> tuple[str, int] | None:
    """What to tell the person about an error and the exit code; None for an error of ours (a traceback).

    >>> verdict(Mistake("no server 'nar'", hint="did you mean 'near'?"))
    ("error: no server 'nar'\\n  did you mean 'near'?", 2)
    >>> verdict(OSError(errno.ENOSPC, "No space left on device", "build/braid.img"))[0].splitlines()[0]
    'error: build/braid.img: No space left on device'
    """
    match error:
        case KeyboardInterrupt():
            return "interrupted", INTERRUPTED
        case Mistake():
            return error.render(), EXIT_CODE
        case CommandFailed() if NO_NETWORK.search(error.output):
            return f"error: no network: {error}", EXIT_CODE
        case CommandFailed() if "No space left on device" in error.output:
            return f"error: no disk space: {error}", EXIT_CODE
        case CommandFailed():
            return f"error: {error}", FAILED
        case OSError() if error.errno in FULL:
            return _about_file(error, "free some space; `invoke clean --cache` empties the cache"), EXIT_CODE
        case OSError() if error.errno in DENIED:
            return _about_file(error, "is it another user's?"), EXIT_CODE
        case _:
            return None


def _about_file(error: OSError, hint: str) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return Mistake(f"{where}{error.strerror}", hint=hint).render()


def command(*, help: dict[str, str], positional: Sequence[str] = ()) -> Callable[[Callable[..., None]], Any]:
    """A task whose errors end in one message and an honest exit code instead of a traceback.

    `help` has a line for each option; `positional` names the arguments that have no flag.
    """

    def decorate(function: Callable[..., None]) -> Any:
        @functools.wraps(function)
        def run(*args: Any, **kwargs: Any) -> None:
            try:
                function(*args, **kwargs)
            except BaseException as error:
                told = verdict(error)
                if told is None:
                    raise
                sys.stdout.flush()
                raise Exit(*told) from None

        return task(help=help, positional=list(positional), auto_shortflags=False)(run)

    return decorate


class Manual(Program):
    """Invoke, except that the tasks are listed in the order of work, and that a slip of the fingers exits 2."""

    def __init__(self, tasks: Sequence[Task[Any]], version: str) -> None:
        self.order = {Collection().transform(each.name): each for each in tasks}
        super().__init__(name="Braid", binary="invoke", version=version, namespace=Collection(*tasks))

    def normalize_argv(self, argv: list[str] | None) -> None:
        super().normalize_argv(argv)
        program, *words = self.argv
        # Invoke would take the --help of `invoke flash --help` for the name of the device.
        if words and words[0] in self.order and {"--help", "-h"} & set(words):
            self.argv = [program, "--help", words[0]]

    def parse_tasks(self) -> None:
        try:
            super().parse_tasks()
        except ParseError as error:
            raise Exit(self._refusal(error).render(), EXIT_CODE) from None

    def parse_cleanup(self) -> None:
        try:
            super().parse_cleanup()
        except ParseError as error:
            raise Exit(self._refusal(error).render(), EXIT_CODE) from None

    def _refusal(self, error: ParseError) -> Mistake:
        # Imported late: it would slow `invoke --list`.
        from gateway_init.config.structure import nearest

        name = error.context.name if error.context else None
        said = str(error)
        if match := re.fullmatch(r"No idea what '(-.*)' is!", said):
            known = sorted(error.context.flag_names()) if error.context else []
            return Mistake(f"{name or 'invoke'}: no option '{match[1]}'", hint=nearest(match[1], known))
        if match := re.fullmatch(r"No idea what '(.*)' is!", said):
            return Mistake(f"no task '{match[1]}'", hint=nearest(match[1], list(self.order)))
        if match := re.search(r"did not receive required positional arguments: (.*)", said):
            missing = match[1].replace("'", "").upper()
            return Mistake(f"{name}: {missing} is missing", hint=f"see `invoke {name} --help`")
        if match := re.match(r"Flag <Argument: (\S+).*> needed value", said):
            return Mistake(f"{name}: --{match[1]} needs a value", hint=f"see `invoke {name} --help`")
        return Mistake(said, hint="`invoke --list` lists the tasks")

    def print_help(self) -> None:
        print("Usage: invoke TASK [--options]\n")
        self.list_tasks()

    def list_flat(self) -> None:
        print("Tasks, in the order of work:\n")
        lines = {name: (each.__doc__ or "").partition("\n")[0] for name, each in self.order.items()}
        self.print_columns(list(lines.items()))
        print("`invoke TASK --help` explains each, with an example.")

    def print_task_help(self, name: str) -> None:
        context = self.parser.contexts[name]
        positional = "".join(f" {argument.name.upper()}" for argument in context.positional_args)
        options = context.help_tuples()
        print(f"Usage: invoke {name}{positional}{' [--options]' if options else ''}\n")
        print(inspect.cleandoc(self.order[name].__doc__ or ""))
        if options:
            print("\nOptions:\n")
            self.print_columns(options)
