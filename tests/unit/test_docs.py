"""The config's reference and its JSON Schema say what the types say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs import reference
from gateway_init.config.load import load
from tests.frozen import HOME, SITES, Frozen

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "overlay/etc/braid/gateway.yaml"
"""What the user edits: any right config may stand there."""
SCHEMA = json.loads((ROOT / reference.SCHEMA).read_text(encoding="utf-8"))

KINDS: dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int, "null": type(None)}


def objections(value: Any, schema: dict[str, Any], key: str = "") -> list[str]:
    """What JSON Schema has against a value, as far as our schema uses it; KeyError for what it never used before."""
    if "$ref" in schema:
        return objections(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], key)
    if "anyOf" in schema:
        each = [objections(value, option, key) for option in schema["anyOf"]]
        return min(each, key=len)
    if "enum" in schema:
        return [] if value in schema["enum"] else [f"{key}: not one of {schema['enum']}"]
    if not isinstance(value, KINDS[schema["type"]]):
        return [f"{key}: not of type {schema['type']}"]
    found = [f"{key}.{name}: missing" for name in schema.get("required", []) if name not in value]
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in schema.get("properties", {}):
                found += objections(inner, schema["properties"][name], f"{key}.{name}")
            elif schema["additionalProperties"] is False:
                found.append(f"{key}.{name}: unknown")
            else:
                found += objections(inner, schema["additionalProperties"], f"{key}.{name}")
    if isinstance(value, list):
        found += [each for item in value for each in objections(item, schema["items"], key)]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        found.append(f"{key}: not like {schema['pattern']}")
    return found


def example() -> Any:
    return yaml.safe_load(HOME.text)


def test_they_are_those_that_the_types_give() -> None:
    assert (ROOT / reference.PAGE).read_text(encoding="utf-8") == reference.page(ROOT), "run `invoke docs`"
    assert (ROOT / reference.SCHEMA).read_text(encoding="utf-8") == reference.schema(), "run `invoke docs`"


@pytest.mark.parametrize("frozen", SITES, ids=lambda frozen: frozen.name)
def test_the_schema_accepts_what_loads(frozen: Frozen) -> None:
    assert objections(yaml.safe_load(frozen.text), SCHEMA) == []


def test_the_config_that_a_build_takes_is_right_and_the_schema_says_so_too() -> None:
    assert load(SHIPPED)
    assert objections(yaml.safe_load(SHIPPED.read_text(encoding="utf-8")), SCHEMA) == []


@pytest.mark.parametrize(
    ("section", "key", "value", "objection"),
    [
        ("lan", "adress", "192.168.77.1/24", ".lan.adress: unknown"),
        ("lan", "address", "192.168.77.1", ".lan.address: not like"),
        ("lan", "ports", "enp2s0", ".lan.ports: not of type array"),
        ("uplinks", "phone", {"kind": "wifi"}, ".uplinks.phone.kind: not one of ['tether']"),
        ("policy", "destination", "Near", ".policy.destination: not like"),
    ],
)
def test_the_schema_objects_where_loading_does(section: str, key: str, value: object, objection: str) -> None:
    wrong = example()
    wrong[section][key] = value
    assert any(found.startswith(objection) for found in objections(wrong, SCHEMA))


def test_every_key_is_explained() -> None:
    page = reference.page(ROOT)
    for name, part in {"Site": SCHEMA, **SCHEMA["$defs"]}.items():
        for key, described in part["properties"].items():
            if "enum" not in described or len(described["enum"]) > 1:
                assert described.get("description"), f"{name}.{key} has no docstring"
            assert f"| `{key}` |" in page


def test_the_first_line_of_the_config_leads_editors_to_the_schema() -> None:
    target = HOME.text.splitlines()[0].removeprefix("# yaml-language-server: $schema=")
    assert SHIPPED.parent.joinpath(target).resolve() == ROOT / reference.SCHEMA
