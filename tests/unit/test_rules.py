"""The house's rules: who may know whom, and what is said nowhere."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from docs.rooms import committed, imported, tree
from gateway_init.uplink.kinds import KINDS

ROOT = Path(__file__).parents[2]

LENGTH = 300
"""Lines of a file; past that, ask what second idea lives there."""

CONFIG = {"gateway_init.config", "gateway_init.wellknown", "gateway_init.base"}
"""What rooms beside the box's own may know of gateway_init."""

MAY_KNOW = {
    "gateway_init": {"gateway_init"},
    "image": {"image", *CONFIG},
    "servers": {"servers", *CONFIG},
    "qemu": {"qemu", "image", "servers", *CONFIG},
    "docs": {"docs", *CONFIG},
    "bench": {"bench", "image", "servers", "qemu", *CONFIG},
    "tests": {"tests", "gateway_init", "image", "servers", "qemu", "docs", "bench", "command_line"},
}

LINE = {"base", "facts", "wellknown", "uplink", "config"}

ROOMS = {
    "base": set(),
    "facts": set(),
    "wellknown": {"base"},
    "uplink": {"base", "facts", "wellknown"},
    "config": {"base", "wellknown", "uplink"},
    "render": {"base", "wellknown", "uplink", "config"},
    "evidence": LINE,
    "plan": {*LINE, "evidence"},
    "probe": {"base", "wellknown", "config", "evidence"},
    "host": {"base", "facts", "wellknown", "plan"},
    "store": {"base", "wellknown", "config", "render", "host"},
    "update": {"base", "facts", "wellknown", "config", "evidence", "host", "probe"},
    "report": {*LINE, "evidence", "store", "update"},
    "daemon": {*LINE, "render", "evidence", "plan", "probe", "host", "store", "update", "report"},
    "command": {*LINE, "render", "evidence", "plan", "probe", "host", "store", "update", "report", "daemon"},
}
"""The rooms of gateway_init, and which others each may know. None knows one below it."""

LIBRARIES = {
    "gateway_init": {"msgspec", "yaml", "jinja2", "pyroute2"},
    "image": {"msgspec", "yaml", "jinja2"},
    "servers": {"msgspec", "jinja2", "cryptography"},
    "qemu": {"msgspec", "yaml", "pexpect", "qemu", "pyroute2"},
    "docs": {"msgspec"},
    "bench": {"msgspec"},
}
"""Libraries that each room may use. On the box there are only those of gateway_init."""

STARTS_CHILDREN = {"gateway_init/base/process.py", "image/work/sandbox.py", "qemu/machine/launch.py"}
"""Where processes are started: to their end, in a sandbox of our own, and QEMU, which goes on."""

NOWHERE = [
    re.compile(pattern)
    for pattern in (
        r"\b(deb|security|ftp)\.debian\." + "org",
        r"\bpypi\." + "org|pythonhosted" + r"\.org",
        r"(?<![\w./$}])/(work|workspace)/" + r"\w",
        r"/tmp/" + r"x/",
        r"/\." + "pyenv",
        r"/opt/" + r"(wheels|pypi)",
    )
]
"""Host names of package registries (a suite's name is enough) and paths of one machine."""


@cache
def python(*rooms: str) -> list[str]:
    return [name for name in committed(".py") if not rooms or name.split("/")[0] in rooms]


@cache
def nodes(name: str) -> list[ast.AST]:
    """Of a file's code; each is asked about by many of these tests."""
    return list(ast.walk(tree(name)))


def calls(name: str) -> Iterator[ast.Call]:
    return (node for node in nodes(name) if isinstance(node, ast.Call))


def counterpart_of(name: str) -> set[str]:
    """The kind of line whose other end a file is, in the simulated Internet."""
    room, _, file = name.rpartition("/")
    return {f"gateway_init.uplink.{file.removesuffix('.py')}"} if room == "qemu/world/line" else set()


def under(module: str, known: set[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in known)


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_room_knows_only_those_that_it_may(room: str) -> None:
    ours = set(MAY_KNOW) | {"tasks", "task", "command_line"}
    wrong = [
        f"{name} imports {module}"
        for name in python(room)
        for module in imported(name)
        if module.split(".")[0] in ours and not module.startswith("qemu.qmp")
        if not under(module, MAY_KNOW[room] | counterpart_of(name))
    ]
    assert wrong == []


def test_every_room_of_gateway_init_is_in_the_table() -> None:
    assert {name.split("/")[1] for name in python("gateway_init") if name.count("/") > 1} <= set(ROOMS)
    assert [name for name in python("gateway_init") if name.count("/") == 1] == [
        "gateway_init/__init__.py",
        "gateway_init/__main__.py",
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_gateway_init_knows_only_those_in_the_table(room: str) -> None:
    known = {f"gateway_init.{each}" for each in {room, *ROOMS[room]}}
    wrong = [
        f"{name} imports {module}"
        for name in python("gateway_init")
        if name.startswith(f"gateway_init/{room}/")
        for module in imported(name)
        if module.startswith("gateway_init") and not under(module, known)
    ]
    assert wrong == []


def test_rooms_stand_one_above_the_other() -> None:
    order = list(ROOMS)
    assert [room for room, known in ROOMS.items() if not known <= set(order[: order.index(room)])] == []


FOLDERS = {name.split("/")[2] for name in python("gateway_init") if re.match(r"gateway_init/uplink/\w+/kind", name)}
"""Kinds of line: each has a folder of its name."""


def test_each_kind_of_line_has_its_folder_and_its_counterpart_in_the_world() -> None:
    assert [(kind.name, kind.settings.__struct_config__.tag) for kind in KINDS] == [(kind.name,) * 2 for kind in KINDS]
    assert {kind.name for kind in KINDS} == FOLDERS
    assert {Path(name).stem for name in python("qemu") if name.startswith("qemu/world/line/")} == FOLDERS


@cache
def said(name: str) -> list[tuple[int, str]]:
    """Line and word of every name and text in a file's code; not what it says in docstrings."""
    docs = {id(node.value) for node in nodes(name) if isinstance(node, ast.Expr)}
    found = []
    for node in nodes(name):
        match node:
            case ast.Constant(value=str(word)) if id(node) not in docs:
                found.append((node.lineno, word))
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.alias(name=word):
                found.append((node.lineno, word))
            case _:
                pass
    return found


SAID_OF_OTHERS = ("dhcp", "static")
"""Kinds whose names are words for something else, too."""


@cache
def compared(name: str) -> list[tuple[int, str]]:
    """Line and word of every text that something is compared with."""
    told = []
    for node in nodes(name):
        match node:
            case ast.Compare(left=left, comparators=others):
                found = [left, *others]
            case ast.MatchValue(value=value):
                found = [value]
            case _:
                found = []
        told += [(each.lineno, str(each.value)) for each in found if isinstance(each, ast.Constant)]
    return told


@pytest.mark.parametrize("kind", sorted(FOLDERS))
def test_nothing_but_its_folder_its_counterpart_and_the_list_knows_a_kind(kind: str) -> None:
    knows = (f"gateway_init/uplink/{kind}/", "gateway_init/uplink/kinds.py", f"qemu/world/line/{kind}.py", "tests/")
    wrong = [
        f"{name}:{line}: {word}"
        for name in python()
        if not name.startswith(knows)
        for line, word in said(name)
        if kind in word.lower() and kind not in SAID_OF_OTHERS
    ]
    assert wrong == []
    led = re.compile(rf"\b(uplink|line)[./]{kind}\b|braid-{kind}-")
    wrong = [
        f"{name}:{line}: {word}"
        for name in python()
        if not name.startswith(knows)
        for line, word in [*(each for each in said(name) if led.search(each[1])), *compared(name)]
        if led.search(str(word)) or word == kind
    ]
    assert wrong == []


def test_entering_a_room_loads_nothing() -> None:
    entrances = [name for name in python("gateway_init", "image", "qemu") if name.endswith("/__init__.py")]
    assert [name for name in entrances if set(imported(name))] == []


def test_qemu_leaves_its_name_to_the_library_as_well() -> None:
    # A package with an __init__.py would hide qemu.qmp, which stands in site-packages/qemu.
    assert [name for name in python("qemu") if name.endswith("__init__.py")] == []


@pytest.mark.parametrize("room", LIBRARIES)
def test_a_room_uses_only_its_libraries(room: str) -> None:
    known = LIBRARIES[room] | set(MAY_KNOW) | set(sys.stdlib_module_names)
    wrong = [
        f"{name} imports {module}" for name in python(room) for module in imported(name) if not under(module, known)
    ]
    assert wrong == []


def test_files_are_short() -> None:
    lines = {name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in [*python(), "invoke"]}
    assert {name: count for name, count in lines.items() if count > LENGTH} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name in python() if not ast.get_docstring(tree(name)) and (ROOT / name).stat().st_size] == []


def test_no_command_goes_through_a_shell() -> None:
    wrong = [
        f"{name}:{call.lineno}"
        for name in python()
        for call in calls(name)
        if any(word.arg == "shell" for word in call.keywords) or ast.unparse(call.func) in ("os.system", "os.popen")
    ]
    assert wrong == []


def test_children_are_started_in_one_place() -> None:
    starts = re.compile(r"subprocess\.(run|Popen|call|check_call|check_output)|os\.(spawn|posix_spawn|exec)\w*")
    wrong = {
        name
        for name in python("gateway_init", "image", "servers", "qemu", "docs", "bench")
        for call in calls(name)
        if starts.fullmatch(ast.unparse(call.func))
    }
    assert wrong <= STARTS_CHILDREN


def test_nothing_sleeps_but_between_two_looks_at_a_condition() -> None:
    wrong = []
    for name in python():
        looks = {id(node) for loop in nodes(name) if isinstance(loop, ast.While) for node in ast.walk(loop)}
        naps = (call for call in calls(name) if ast.unparse(call.func) in ("time.sleep", "sleep"))
        wrong += [f"{name}:{nap.lineno}" for nap in naps if id(nap) not in looks]
    assert wrong == []


def test_some_things_are_said_nowhere() -> None:
    wrong = []
    for name in committed(""):
        text = (ROOT / name).read_bytes().decode(errors="replace")
        wrong += [f"{name}: {found[0]}" for pattern in NOWHERE for found in pattern.finditer(text)]
    assert wrong == []


def test_the_lock_holds_versions_and_hashes_and_no_places() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [
        line for line in lines if not re.fullmatch(r"[a-z0-9-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ] == []
    locked = dict(line.rstrip(" \\").split("==") for line in lines if "==" in line)
    asked = [
        re.split(r"\s|==", line)[0].lower().replace(".", "-").replace("_", "-")
        for line in (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert set(asked) <= set(locked)
    on_the_box = {name: locked[name] for name in ("msgspec", "pyyaml", "jinja2", "pyroute2")}
    assert on_the_box == {"msgspec": "0.19.0", "pyyaml": "6.0.2", "jinja2": "3.1.6", "pyroute2": "0.7.7"}
