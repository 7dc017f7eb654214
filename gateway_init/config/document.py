"""YAML text to plain values, with the line of every key, and duplicate keys noticed."""

from __future__ import annotations

from typing import Any, NamedTuple

import yaml

from gateway_init.base.problem import Problem


class Document(NamedTuple):
    value: Any
    """Plain dicts, lists, strings, numbers."""
    lines: dict[str, int]
    """Dotted key → line, from 1."""
    problems: list[Problem]

    def line(self, key: str) -> int:
        """The line of a key or, where it is missing, of the nearest key above it; 0 for none."""
        while key and key not in self.lines:
            key = key.rpartition(".")[0]
        return self.lines.get(key, 0)


class _Loader(yaml.SafeLoader):
    """Without aliases: nothing in a config needs them, and a few of them can describe a document without end."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"an alias (*{event.anchor})", event.start_mark)
        return super().compose_node(parent, index)


def read(text: str) -> Document:
    """Read one YAML document. What is not YAML comes back as a problem, not as an exception."""
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return Document(None, {}, [Problem("", f"not YAML: {what}", "mend the syntax", mark.line + 1 if mark else 0)])
    except RecursionError:
        return Document(None, {}, [Problem("", "nested too deeply", "a few levels are all that is needed")])
    if node is None:
        return Document(None, {}, [Problem("", "the file is empty", "start from the example gateway.yaml")])
    lines: dict[str, int] = {}
    problems: list[Problem] = []
    _walk(node, "", lines, problems)
    if problems:
        return Document(None, lines, problems)
    try:
        value = loader.construct_document(node)
    except (yaml.YAMLError, ValueError) as error:
        return Document(None, lines, [Problem("", f"not YAML: {error}", "mend the value")])
    return Document(value, lines, problems)


def _walk(node: yaml.Node, key: str, lines: dict[str, int], problems: list[Problem]) -> None:
    if isinstance(node, yaml.MappingNode):
        for name, child in node.value:
            line = name.start_mark.line + 1
            if not isinstance(name, yaml.ScalarNode) or name.tag == "tag:yaml.org,2002:merge":
                problems.append(Problem(key, "a key that is not plain text", "use a simple name", line))
                continue
            inner = f"{key}.{name.value}" if key else name.value
            if inner in lines:
                problems.append(Problem(inner, f"given twice (first in line {lines[inner]})", "keep one", line))
            lines[inner] = line
            _walk(child, inner, lines, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            inner = f"{key}[{index}]"
            lines[inner] = child.start_mark.line + 1
            _walk(child, inner, lines, problems)
