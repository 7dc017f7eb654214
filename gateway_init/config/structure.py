"""Plain values against types: every key that does not fit, not only the first.

msgspec.convert stops at the first mistake; a person wants them all. The types are asked through
msgspec.inspect, so that there is one description of the config: gateway_init.config.site.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from msgspec import inspect

from gateway_init.base.problem import Problem
from gateway_init.uplink.kinds import COMING

WORDS = {
    "IPv4Address": "an IPv4 address, such as 192.0.2.1",
    "IPv4Interface": "an IPv4 address with its prefix length, such as 192.168.77.1/24",
    "IPv4Network": "an IPv4 network, such as 10.77.1.0/24",
}


def fit(value: Any, kind: inspect.Type, key: str = "") -> Iterator[Problem]:
    """Compare a value with a type (from msgspec.inspect.type_info) and yield what does not fit."""
    description = ""
    if isinstance(kind, inspect.Metadata):
        description = (kind.extra_json_schema or {}).get("description", "")
        kind = kind.type
    match kind:
        case inspect.StructType():
            yield from _struct(value, kind, key)
        case inspect.UnionType():
            yield from _union(value, kind, key)
        case inspect.DictType():
            yield from _dict(value, kind, key)
        case inspect.VarTupleType():
            if not isinstance(value, list):
                yield Problem(key, f"{_show(value)} is not a list", "write [a, b] or one '- item' a line")
                return
            for index, item in enumerate(value):
                yield from fit(item, kind.item_type, f"{key}[{index}]")
        case _:
            yield from _scalar(value, kind, key, description)


def nearest(word: str, known: list[str]) -> str:
    """
    >>> nearest("adress", ["address", "port"])
    "did you mean 'address'?"
    >>> nearest("x", ["address", "port"])
    'known are: address, port'
    """
    close = get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"known are: {', '.join(known) or 'none'}"


def _show(value: Any) -> str:
    return "nothing" if value is None else repr(value) if len(repr(value)) <= 40 else repr(value)[:37] + "..."


def _join(key: str, name: object) -> str:
    return f"{key}.{name}" if key else str(name)


def _struct(value: Any, kind: inspect.StructType, key: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        names = ", ".join(field.encode_name for field in kind.fields)
        yield Problem(key, f"{_show(value)} is not a mapping", f"give its keys: {names}")
        return
    fields = {field.encode_name: field for field in kind.fields}
    known = [*fields, *([kind.tag_field] if kind.tag_field else [])]
    for name in value:
        if name not in known:
            rest = [other for other in known if other not in value]
            yield Problem(_join(key, name), "unknown key", nearest(str(name), rest or known))
    for name, field in fields.items():
        if name in value:
            yield from fit(value[name], field.type, _join(key, name))
        elif field.required:
            yield Problem(_join(key, name), "missing", f"give {_expected(field.type)}")
    if kind.tag_field and kind.tag_field in value and value[kind.tag_field] != kind.tag:
        yield _wrong_tag(value[kind.tag_field], [kind], _join(key, kind.tag_field))
    elif kind.tag_field and kind.tag_field not in value:
        yield Problem(_join(key, kind.tag_field), "missing", f"give '{kind.tag}'")


def _wrong_tag(tag: Any, structs: list[inspect.StructType], key: str) -> Problem:
    supported = [str(struct.tag) for struct in structs]
    if tag in COMING and structs[0].tag_field == "kind":
        return Problem(key, f"{tag}: not supported yet", f"supported are: {', '.join(supported)}")
    return Problem(key, f"{_show(tag)} is not known", nearest(str(tag), supported))


def _union(value: Any, kind: inspect.UnionType, key: str) -> Iterator[Problem]:
    structs = [each for each in kind.types if isinstance(each, inspect.StructType) and each.tag_field]
    if not structs:  # T | None: a key that may be left out
        if value is None:
            yield Problem(key, "has no value", "give one, or leave the key out")
            return
        inner = next(each for each in kind.types if not isinstance(each, inspect.NoneType))
        yield from fit(value, inner, key)
        return
    tag_field = structs[0].tag_field or ""
    if not isinstance(value, dict):
        yield Problem(key, f"{_show(value)} is not a mapping", f"give its keys, '{tag_field}' first")
        return
    if tag_field not in value:
        choices = " or ".join(f"'{struct.tag}'" for struct in structs)
        yield Problem(_join(key, tag_field), "missing", f"give {choices}")
        return
    for struct in structs:
        if struct.tag == value[tag_field]:
            yield from _struct(value, struct, key)
            return
    yield _wrong_tag(value[tag_field], structs, _join(key, tag_field))


def _dict(value: Any, kind: inspect.DictType, key: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem(key, f"{_show(value)} is not a mapping", "give entries by name")
        return
    for name, item in value.items():
        yield from (
            Problem(_join(key, name), f"the name {problem.wrong}", problem.right)
            for problem in fit(name, kind.key_type, "")
        )
        yield from fit(item, kind.value_type, _join(key, name))


def _expected(kind: inspect.Type) -> str:
    if isinstance(kind, inspect.Metadata):
        described = (kind.extra_json_schema or {}).get("description")
        return str(described) if described else _expected(kind.type)
    match kind:
        case inspect.CustomType():
            return WORDS[kind.cls.__name__]
        case inspect.LiteralType():
            return " or ".join(f"'{value}'" for value in kind.values)
        case inspect.IntType():
            return "a whole number"
        case inspect.StrType():
            return "text"
        case inspect.BoolType():
            return "true or false"
        case inspect.VarTupleType():
            return f"a list of: {_expected(kind.item_type)}"
        case inspect.StructType():
            return "its keys: " + ", ".join(field.encode_name for field in kind.fields)
        case _:
            return "a mapping by name"


def _scalar(value: Any, kind: inspect.Type, key: str, description: str) -> Iterator[Problem]:
    right = f"give {description or _expected(kind)}"
    match kind:
        case inspect.StrType():
            # Not re.search: to it, `$` is also before a newline at the end.
            fits = isinstance(value, str) and (kind.pattern is None or bool(re.fullmatch(kind.pattern, value)))
        case inspect.IntType():
            fits = type(value) is int and (kind.ge or 0) <= value <= (kind.le or value)
        case inspect.BoolType():
            fits = isinstance(value, bool)
        case inspect.LiteralType():
            fits = value in kind.values
            if isinstance(value, str) and not fits:
                right = nearest(value, [str(each) for each in kind.values])
        case inspect.CustomType():
            try:
                kind.cls(value if isinstance(value, str) else "")
                fits = True
            except ValueError as error:
                fits = False
                if "host bits" in str(error):
                    right = "give the network's first address (no host bits), such as 10.77.1.0/24"
        case _:
            raise TypeError(f"no check for {kind} yet")
    if not fits:
        yield Problem(key, f"{_show(value)} does not fit", right)
