"""RAUC's bootloader backend (RAUC's reference, "Custom Bootloader Backend Interface"): its words, our memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from gateway_init.base.mistake import EXIT_CODE, Mistake
from gateway_init.update import boot_memory
from gateway_init.wellknown import place, slots
from gateway_init.wellknown.slots import AS_DELIVERED, NAMES


def main(words: Sequence[str], disk: Path = place.DISK) -> int:
    """Answer one of get-primary, set-primary NAME, get-state NAME, set-state NAME good|bad; the exit code."""
    try:
        return _answer(words, disk)
    except Mistake as mistake:
        print(mistake.render(), file=sys.stderr)
        return EXIT_CODE


def _answer(words: Sequence[str], disk: Path) -> int:
    match words:
        case ["get-primary"]:
            print((boot_memory.read(disk) or AS_DELIVERED).order[0])
        case ["get-state", name] if name in NAMES:
            print("good" if (boot_memory.read(disk) or AS_DELIVERED)[name].bootable else "bad")
        case ["set-primary", name] if name in NAMES:
            boot_memory.change(lambda now: slots.installed(now or AS_DELIVERED, name), disk)
        case ["set-state", name, "bad"] if name in NAMES:
            boot_memory.change(lambda now: slots.installing(now or AS_DELIVERED, name), disk)
        case ["set-state", name, "good"] if name in NAMES:
            boot_memory.change(lambda now: slots.proven(now or AS_DELIVERED, name), disk)
        case _:
            raise Mistake(f"boot-choice: {' '.join(words) or 'no words'}: not understood", hint="only RAUC calls this")
    return 0
