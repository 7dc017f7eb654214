"""The tasks of `invoke`, in the order of work. Each calls one function; nothing is imported before it is needed."""

from __future__ import annotations

from command_line import Manual
from task.inspect import diff, info, rooms
from task.make import build, bundle, check, clean, flash, keys, kit, lock, reproduce, update
from task.prove import bench, docs, lint, mutate, qemu, qemu_test, rehearse, test

TASKS = [
    *(check, keys, build, lock, reproduce, info, diff, bundle, flash, update, kit),
    *(qemu, rehearse, test, qemu_test, mutate, bench, lint, rooms, docs, clean),
]
program = Manual(TASKS, version="0.1.0")

if __name__ == "__main__":
    program.run()
