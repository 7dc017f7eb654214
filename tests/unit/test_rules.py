"""The house's rules: who may know whom, and what is said nowhere."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from gateway_init.base.process import run

ROOT = Path(__file__).parents[2]

LENGTH = 300
"""Lines of a file; past that, ask what second idea lives there."""

CONFIG = {"gateway_init.config", "gateway_init.wellknown", "gateway_init.base.process", "gateway_init.base.mistake"}
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


def committed(*suffixes: str) -> list[str]:
    """Files that are in git, or will be."""
    # Also where another user made the clone.
    listing = run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT
    ).stdout
    return [name for name in sorted(listing.split("\0")) if name.endswith(suffixes) and (ROOT / name).is_file()]


def python(*rooms: str) -> list[str]:
    return [name for name in committed(".py") if not rooms or name.split("/")[0] in rooms]


@cache
def tree(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), name)


def imported(name: str) -> Iterator[str]:
    """The modules that a file imports, in full: `from gateway_init import process` is gateway_init.base.process."""
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: imports by a relative name"
            for each in node.names:
                inner = f"{node.module}.{each.name}"
                where = ROOT / inner.replace(".", "/")
                yield inner if where.is_dir() or where.with_suffix(".py").exists() else str(node.module)


def calls(name: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(name)) if isinstance(node, ast.Call))


def under(module: str, known: set[str]) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in known)


@pytest.mark.parametrize("room", MAY_KNOW)
def test_a_room_knows_only_those_that_it_may(room: str) -> None:
    ours = set(MAY_KNOW) | {"tasks", "task", "command_line"}
    wrong = [
        f"{name} imports {module}"
        for name in python(room)
        for module in imported(name)
        if module.split(".")[0] in ours and not module.startswith("qemu.qmp") and not under(module, MAY_KNOW[room])
    ]
    assert wrong == []


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
        looks = {id(node) for loop in ast.walk(tree(name)) if isinstance(loop, ast.While) for node in ast.walk(loop)}
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
