"""The inner end of a sandbox: mounts the scratch file system, calls the function, sends back what it returned."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from collections.abc import Callable
from typing import get_type_hints

import msgspec

from gateway_init.base import process
from gateway_init.base.mistake import Mistake
from image.work import sandbox, step

SHARE_OF_MEMORY = "75%"
"""Upper bound of the scratch file system; a build needs about 1 GiB of it."""


def main(module: str, name: str, depth: str) -> int:
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    step.begin_at(int(depth))
    os.umask(0o022)
    function = getattr(importlib.import_module(module), name)
    kind = next(iter(get_type_hints(function).values()))
    argument = sandbox.decode(sys.stdin.buffer.read(), kind)
    scratch = sandbox.scratch()
    process.run(["mount", "-t", "tmpfs", "-o", f"size={SHARE_OF_MEMORY},mode=755", "braid-scratch", scratch])
    outcome = _outcome(lambda: function(argument, scratch))
    reply.write(msgspec.json.encode(outcome, enc_hook=str))
    reply.close()
    return 0


def _outcome(call: Callable[[], object]) -> sandbox.Outcome:
    try:
        value = msgspec.Raw(msgspec.json.encode(call(), enc_hook=str))
        return sandbox.Outcome(value=value, timings=tuple(step.timings))
    except Mistake as mistake:
        return sandbox.Outcome(wrong=sandbox.Wrong(mistake.what, mistake.hint))
    except process.CommandFailed as failure:
        if "No space left on device" in failure.output:
            return sandbox.Outcome(wrong=_no_space())
        return sandbox.Outcome(failure=sandbox.Failure(failure.argv, failure.code, failure.output))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return sandbox.Outcome(wrong=_no_space())
        raise


def _no_space() -> sandbox.Wrong:
    return sandbox.Wrong(
        "no space left in the memory that the build works in", "a build needs about 2 GiB of memory and swap"
    )


if __name__ == "__main__":
    # The first process of a pid namespace only gets the signals that it handles: Ctrl-C ends it without a traceback.
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        os._exit(130)
