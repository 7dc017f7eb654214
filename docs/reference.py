"""docs/config.md and docs/gateway.schema.json, made from the config's types and the docstrings beside them."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import inspect as types

from gateway_init.base.value import Name
from gateway_init.config import secret
from gateway_init.config.load import load
from gateway_init.config.site import Site

EXAMPLE = Path("tests/sites/home.yaml")
"""The site that is shipped in overlay/etc/braid, as it was before its user edited it."""
PAGE = Path("docs/config.md")
SCHEMA = Path("docs/gateway.schema.json")

ADDRESSES = {
    IPv4Address: ("an IPv4 address", r"^\d{1,3}(\.\d{1,3}){3}$"),
    IPv4Interface: ("an IPv4 address with its prefix length", r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"),
    IPv4Network: ("an IPv4 network", r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"),
}
"""In words, and as an editor can check them; loading is stricter."""

NAME: str = get_args(Name)[1].description
"""What a name may be."""

HEAD = """\
# gateway.yaml, key by key

*Made from the types in `gateway_init/config` by `invoke docs`; edit those.*

`overlay/etc/braid/gateway.yaml` is the one file that describes your site: the home's network, the lines to the
Internet, your servers, and the paths that carry the traffic. `invoke check` lists every mistake in it with its line
and what would be right; a build refuses to start before there is none. Editors that know JSON Schema complete and
check it as you type: the first line of the file names `docs/gateway.schema.json`.

Passwords and keys are not in it. They are files in the folder `secrets/`, which git ignores and only you can read:
`invoke keys` makes those that are missing, and those that are yours to know, such as the provider's password, you
write there ([list](#secrets)).
"""


def write(root: Path) -> list[Path]:
    """Write both files below `root` and return their paths."""
    made = {PAGE: page(root), SCHEMA: schema()}
    for file, text in made.items():
        (root / file).write_text(text, encoding="utf-8")
    return [root / file for file in made]


def field_docs(struct: type) -> dict[str, str]:
    """The docstring below each field of a class. Python forgets them at run time, its source does not.

    >>> from gateway_init.config.site import Path
    >>> field_docs(Path)["uplink"]
    'Name of an uplink.'
    """
    docs = {}
    for each in _lineage(struct):
        body = ast.parse(textwrap.dedent(inspect.getsource(each))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, text in zip(body.body, body.body[1:], strict=False):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
                docs[field.target.id] = inspect.cleandoc(ast.literal_eval(text.value))
    return docs


def _lineage(struct: type) -> list[type]:
    """The class and those that it inherits fields from, itself first."""
    return [each for each in struct.__mro__ if issubclass(each, msgspec.Struct) and each is not msgspec.Struct]


def schema() -> str:
    """The JSON Schema (draft 2020-12) of gateway.yaml."""

    def of_address(kind: type) -> dict[str, Any]:
        description, pattern = ADDRESSES[kind]
        return {"type": "string", "description": description, "pattern": pattern}

    (_, *_), parts = msgspec.json.schema_components([Site], schema_hook=of_address)
    for struct in _structs():
        properties = parts[struct.cls.__name__]["properties"]
        called = {field.name: field.encode_name for field in struct.fields}
        for attribute, text in field_docs(struct.cls).items():
            name = called[attribute]
            inner = properties[name]
            said = inner.get("description")
            # Beside a $ref, a description is allowed from draft 2019-09 on.
            properties[name] = inner | {"description": f"{text}\nValue: {said}" if said else text}
        for field in struct.fields:
            if isinstance(field.type, types.DictType):
                properties[field.encode_name]["propertyNames"] = {"pattern": _pattern(field.type.key_type)}
    top = parts.pop("Site")
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Braid's gateway.yaml"}
    return json.dumps(top | head | {"$defs": parts}, indent=2, ensure_ascii=False).replace("#/$defs/Site", "#") + "\n"


def page(root: Path) -> str:
    """The reference as Markdown."""
    example = (root / EXAMPLE).read_text(encoding="utf-8")
    home = load(root / EXAMPLE)
    servers = {file for name in home.servers for file in secret.on_server(home, name)}
    files = list(dict.fromkeys([*secret.on_the_box(home), *sorted(servers)]))
    parts = [HEAD]
    for title, struct in _sections():
        parts += [f"## {title}\n", f"{inspect.cleandoc(struct.cls.__doc__ or '')}\n", _table(struct)]
    parts += [
        "## Names\n",
        f"A name is {NAME}.\n",
        "## Secrets\n",
        "The files in `secrets/` for the example below. A `.password` is for you to give, in one line; the others\n"
        "need no hand of yours. `invoke keys` never touches a file that is there.\n",
        "\n".join(f"- `{file}`" for file in files) + "\n",
        "## Example\n",
        f"```yaml\n{example.rstrip()}\n```\n",
    ]
    return "\n".join(parts)


def _pattern(kind: types.Type) -> str | None:
    inner = kind.type if isinstance(kind, types.Metadata) else kind
    return inner.pattern if isinstance(inner, types.StrType) else None


def _structs() -> Iterator[types.StructType]:
    seen: list[type] = []
    for _, struct in _walk("", types.type_info(Site)):
        if struct.cls not in seen:
            seen.append(struct.cls)
            yield struct


def _sections() -> Iterator[tuple[str, types.StructType]]:
    """A title for each type of mapping, in the order of the file: the places where it stands."""
    places: dict[type, tuple[list[str], types.StructType]] = {}
    for place, struct in _walk("", types.type_info(Site)):
        titles, _ = places.setdefault(struct.cls, ([], struct))
        if place not in titles:
            titles.append(place)
    for titles, struct in places.values():
        tag = f" with `{struct.tag_field}: {struct.tag}`" if struct.tag_field else ""
        yield (", ".join(f"`{title}`" if title else "Top level" for title in titles)) + tag, struct


def _walk(place: str, kind: types.Type) -> Iterator[tuple[str, types.StructType]]:
    match kind:
        case types.Metadata():
            yield from _walk(place, kind.type)
        case types.StructType():
            yield place, kind
            for field in kind.fields:
                yield from _walk(f"{place}.{field.encode_name}".strip("."), field.type)
        case types.UnionType():
            for each in kind.types:
                yield from _walk(place, each)
        case types.DictType():
            yield from _walk(f"{place}.NAME", kind.value_type)
        case types.VarTupleType():
            yield from _walk(place, kind.item_type)
        case _:
            pass


def _table(struct: types.StructType) -> str:
    texts = field_docs(struct.cls)
    rows = [("key", "value", "default", "what it means"), ("---", "---", "---", "---")]
    if struct.tag_field:
        rows.append((f"`{struct.tag_field}`", f"`{struct.tag}`", "required", "Which kind it is."))
    for field in sorted(struct.fields, key=lambda field: list(texts).index(field.name)):
        default = "required" if field.required else _default(field)
        rows.append((f"`{field.encode_name}`", _words(field.type), default, texts[field.name]))
    return (
        "\n".join(
            "| " + " | ".join(re.sub(r"\s+", " ", cell).replace("|", "\\|") for cell in row) + " |" for row in rows
        )
        + "\n"
    )


def _default(field: types.Field) -> str:
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if value is None or value in ("", ()):
        return "none"
    return "its own defaults" if isinstance(value, msgspec.Struct) else f"`{value}`"


def _words(kind: types.Type) -> str:
    match kind:
        case types.Metadata():
            described = (kind.extra_json_schema or {}).get("description")
            if described == NAME:
                return "a [name](#names)"
            return str(described) if described else _words(kind.type)
        case types.CustomType():
            return ADDRESSES[kind.cls][0]
        case types.LiteralType():
            return " or ".join(f"`{value}`" for value in kind.values)
        case types.VarTupleType():
            return f"a list, each {_words(kind.item_type)}"
        case types.DictType():
            return f"entries, each under {_words(kind.key_type)}"
        case types.UnionType():
            return " or ".join(_words(each) for each in kind.types if not isinstance(each, types.NoneType))
        case types.StructType():
            return "keys, see below"
        case types.IntType():
            return "a whole number"
        case types.BoolType():
            return "`true` or `false`"
        case types.StrType():
            return "text"
        case _:
            raise TypeError(f"no words for {kind} yet")
