"""Random faults: every small change of a file that a slip of the fingers, or of the mind, could have made.

Ours rather than a library's: mutmut and cosmic-ray change Python only, and bring a dozen packages along.
"""

from __future__ import annotations

import ast
import random
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tests.mutation.fault import Fault

SWAPS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
}

NUMBER = re.compile(r"(?<![\w.{])\d+(?![\w.}])")


def sample(root: Path, files: Sequence[str], count: int, seed: int) -> list[Fault]:
    """So many of all faults that could be put into the files, the same for the same seed; all of them where there are
    fewer."""
    every = [fault for file in sorted(files) for fault in in_file(file, (root / file).read_text(encoding="utf-8"))]
    chosen = random.Random(seed).sample(every, min(count, len(every)))
    return sorted(chosen, key=lambda fault: (fault.file, fault.start, fault.new))


def in_file(file: str, text: str) -> list[Fault]:
    """Every fault that could be put into a file: a Python module, or a template.

    >>> [(fault.old, fault.new) for fault in in_file("a.py", "def f(a):\\n    return not a or a < 3\\n")]
    [('not a or a < 3', 'None'), ('or', 'and'), ('not ', ''), ('<', '<='), ('3', '4')]
    """
    changes = _Python(text).changes() if file.endswith(".py") else _of_template(text)
    return [
        Fault(origin="random", name=name, file=file, start=at, line=text.count("\n", 0, at) + 1, old=old, new=new)
        for name, at, old, new in changes
    ]


Change = tuple[str, int, str, str]
"""Name, where it begins in characters, what is replaced, and by what."""


def _of_template(text: str) -> Iterator[Change]:
    at = 0
    for line in text.splitlines(keepends=True):
        # Jinja's own lines come in pairs, and comments are for people.
        if line.strip() and not line.strip().startswith(("{%", "#", "//", "}", "{")):
            if not line.rstrip().endswith(("{", "\\")):
                yield "line deleted", at, line, ""
            for number in NUMBER.finditer(line):
                yield "number changed", at + number.start(), number[0], str(int(number[0]) + 1)
        at += len(line)


class _Python:
    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self._tree = ast.parse(text)
        self._lines = [0]
        for line in self._data.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def changes(self) -> Iterator[Change]:
        yield from self._walk(self._tree, inside=False)

    def _walk(self, node: ast.AST, *, inside: bool) -> Iterator[Change]:
        """`inside` a function: what is deleted at a module's own level is noticed by whoever imports it."""
        yield from self._of(node, inside=inside)
        inside = inside or isinstance(node, ast.FunctionDef)
        for name, field in ast.iter_fields(node):
            for child in field if isinstance(field, list) else [field]:
                if isinstance(child, ast.AST) and not _is_left_alone(node, name, child):
                    yield from self._walk(child, inside=inside)

    def _of(self, node: ast.AST, *, inside: bool) -> Iterator[Change]:
        match node:
            case ast.Compare():
                for (left, right), operator in zip(pairwise([node.left, *node.comparators]), node.ops, strict=True):
                    yield self._between("comparison swapped", left, right, *SWAPS[type(operator)])
            case ast.BoolOp():
                words = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
                for left, right in pairwise(node.values):
                    yield self._between(f"{words[0]} is {words[1]}", left, right, *words)
            case ast.UnaryOp(op=ast.Not()):
                yield self._change("not removed", self._start(node), "not ", "")
            case ast.BinOp(op=ast.Add()):
                yield self._between("+ is -", node.left, node.right, "+", "-")
            case ast.BinOp(op=ast.Sub()):
                yield self._between("- is +", node.left, node.right, "-", "+")
            case ast.If(test=ast.Name() | ast.Attribute() | ast.Call()):
                yield self._change("condition negated", self._start(node.test), "", "not ")
            case ast.Constant(value=bool(value)):
                yield self._whole("constant changed", node, str(not value))
            case ast.Constant(value=int(value) | float(value)):
                yield self._whole("constant changed", node, str(value + 1))
            case ast.Constant(value=str(value)):
                yield self._whole("constant changed", node, repr("" if value else "x"))
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                yield self._whole("value dropped", value, "None")
            case ast.Assign() | ast.AugAssign() | ast.Raise() | ast.Expr() if inside:
                yield self._whole("statement deleted", node, "pass")
            case _:
                pass

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def _end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset

    def _whole(self, name: str, node: ast.expr | ast.stmt, new: str) -> Change:
        start = self._start(node)
        return self._change(name, start, self._data[start : self._end(node)].decode(), new)

    def _between(self, name: str, left: ast.expr, right: ast.expr, old: str, new: str) -> Change:
        """Of the operator between two operands, whatever brackets stand around it."""
        gap = self._data[self._end(left) : self._start(right)]
        return self._change(name, self._end(left) + gap.index(old.encode()), old, new)

    def _change(self, name: str, at: int, old: str, new: str) -> Change:
        return name, len(self._data[:at].decode()), old, new


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_left_alone(parent: ast.AST, field: str, child: ast.AST) -> bool:
    """What says something to people and tools alone, or cannot be told from what it was: docstrings, types, assertions,
    how a class is made."""
    match child:
        case (
            ast.Expr(value=ast.Constant(value=str())) | ast.Assert() | ast.JoinedStr() | ast.Import() | ast.ImportFrom()
        ):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
    if field in ("annotation", "returns", "decorator_list") or (
        isinstance(parent, ast.ClassDef) and field == "keywords"
    ):
        return True
    return isinstance(parent, ast.If) and ast.unparse(parent.test) == "TYPE_CHECKING" and field != "orelse"
