"""`braid config`: look at the config on the box, and change it so that it lasts."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from gateway_init.base.mistake import Mistake
from gateway_init.command.editor import edit
from gateway_init.config import secret
from gateway_init.config.advice import notes
from gateway_init.config.load import parse
from gateway_init.config.site import Site
from gateway_init.store import diff
from gateway_init.store import state as config_state
from gateway_init.store.change import built_in, change, hand_over, prove
from gateway_init.store.copies import CONFIG, LIMIT, SECRETS, Places, Snapshot, look, told
from gateway_init.store.prerendered import Prepared
from gateway_init.store.three_way import Choice
from gateway_init.wellknown import place

PLACES = Places()


def run(given: argparse.Namespace) -> int:
    """Run one of its subcommands, as config_arguments.py describes them; the exit code. Raises Mistake."""
    return {
        None: _state,
        "show": _show,
        "diff": _diff,
        "edit": _edit,
        "set": _set,
        "secret": _secret,
        "reset": _reset,
    }[given.action](given)


def _state(given: argparse.Namespace) -> int:
    state = config_state.read(PLACES)
    print(_json(state) if given.json else config_state.sentence(state))
    return 0


def _show(_: argparse.Namespace) -> int:
    sys.stdout.write(_text(look(PLACES).effective.get(CONFIG), PLACES.effective / CONFIG))
    return 0


def _diff(given: argparse.Namespace) -> int:
    found = list(diff.differences(look(PLACES), config_state.read(PLACES).refused))
    if given.json:
        print(_json(found))
    else:
        print("\n\n".join(map(diff.text, found)) or "as built: nothing was edited on the box")
    return 0


def _edit(given: argparse.Namespace) -> int:
    snapshot, state = look(PLACES), config_state.read(PLACES)
    if not sys.stdin.isatty():
        raise Mistake("there is no terminal to edit on", hint="`braid config set FILE` takes a text that is there")
    if CONFIG in state.both:
        print(f"The image's own {CONFIG} changed, too, since this one was edited; {config_state.DIFF}.")
    mine = snapshot.files[CONFIG].mine if CONFIG in state.refused else None
    before = mine or snapshot.effective.get(CONFIG, b"")
    proven = edit(before, CONFIG, place.RUN, lambda text, name: _prove(snapshot, {CONFIG: text}, name))
    if proven is None:
        print("nothing was changed")
        return 0
    if look(PLACES).effective != snapshot.effective:
        raise Mistake("the config was changed meanwhile by somebody else", hint="`braid config show`; then edit again")
    return _apply(snapshot, {CONFIG: proven.contents[CONFIG]}, given, proven)


def _set(given: argparse.Namespace) -> int:
    snapshot = look(PLACES)
    content = _given(given.file)
    contents = {CONFIG: content}
    proven = _prove(snapshot, contents, "standard input" if given.file == "-" else given.file)
    return _apply(snapshot, contents, given, proven)


def _secret(given: argparse.Namespace) -> int:
    snapshot = look(PLACES)
    config = PLACES.effective / CONFIG
    known = list(secret.of_the_gateway(parse(_text(snapshot.effective.get(CONFIG), config), str(config))))
    if not secret.is_of_a_gateway(given.name):
        raise Mistake(f"{given.name}: no such secret", hint="this site's are " + ", ".join(known))
    value = getpass.getpass(f"{given.name}: ").encode() if sys.stdin.isatty() else _given("-")
    if not value.strip():
        raise Mistake(f"{given.name}: nothing came from standard input", hint="nothing was changed")
    if given.name.endswith(".password") and len(value.strip().splitlines()) > 1:
        raise Mistake(f"{given.name}: a password is one line", hint="nothing was changed")
    contents = {f"{SECRETS}/{given.name}": value.rstrip(b"\r\n") + b"\n"}
    proven = _prove(snapshot, contents, str(config))
    if given.name not in known:
        print(f"{given.name} is nothing that the config needs by now")
    return _apply(snapshot, contents, given, proven)


def _reset(given: argparse.Namespace) -> int:
    snapshot = look(PLACES)
    image = snapshot.image()
    names = [
        name
        for name in sorted({*snapshot.files, *snapshot.effective})
        if snapshot.effective.get(name) != image.get(name) or snapshot.files[name].choice is not Choice.AS_BUILT
    ]
    if CONFIG not in image:
        raise Mistake(f"{PLACES.image}: the image's own config is not there", hint="nothing was changed")
    if not names:
        print("as built already")
        return 0
    if sys.stdin.isatty() and not given.yes:
        print(f"This gives up what was edited on the box: {', '.join(names)}. Go on? [y/N] ", end="", flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("nothing was changed")
            return 0
    contents = {name: image.get(name) for name in names}
    proven = _prove(snapshot, contents, str(PLACES.image / CONFIG))
    return _apply(snapshot, contents, given, proven, done="as in the image")


def _prove(snapshot: Snapshot, contents: Mapping[str, bytes | None], file: str) -> Prepared:
    return prove(PLACES, snapshot, contents, file)


def _apply(
    snapshot: Snapshot,
    contents: Mapping[str, bytes | None],
    given: argparse.Namespace,
    proven: Prepared,
    done: str = "in force",
) -> int:
    change(PLACES, snapshot, contents, proven, until_reboot=given.until_reboot)
    hand_over()
    how = ", until the next start of the box" if given.until_reboot else ", and kept so"
    print(f"{', '.join(contents)}: {done}{how}; live connections go on")
    print(f"config: {config_state.sentence(config_state.read(PLACES))}")
    site = proven.runnable.site if contents.get(CONFIG) else None
    for line in notes(site) if site else ():
        print(line)
    if late := _late(snapshot, site):
        print(f"Only another image brings into force: {', '.join(late)} (they are built into it)")
    return 0


def _late(snapshot: Snapshot, wanted: Site | None) -> list[str]:
    image = snapshot.image().get(CONFIG)
    if image is None or wanted is None:
        return []
    return built_in(parse(image.decode()), wanted)


def _given(file: str) -> bytes:
    try:
        with sys.stdin.buffer if file == "-" else Path(file).open("rb") as source:
            content = source.read(LIMIT + 1)
    except OSError as error:
        raise Mistake(told(error), hint="name a file, or - for standard input") from None
    if len(content) > LIMIT:
        raise Mistake(f"{file}: more than {LIMIT >> 20} MiB", hint="name a gateway.yaml")
    return content


def _text(content: bytes | None, file: Path) -> str:
    if content is None:
        raise Mistake(f"{file}: no such file", hint="`braid config reset` brings back the image's own")
    return content.decode(errors="replace")


def _json(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value)).decode()
