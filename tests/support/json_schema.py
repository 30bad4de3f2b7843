"""As much of JSON Schema as the hand-written schemas of the tests use, strictly: a keyword it does not know is refused,
so that a misspelt one cannot silently check nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
_KNOWN = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "uniqueItems",
}


def problems(value: Any, schema: Schema, at: str = "$") -> Iterator[str]:
    """What is wrong with a value, each with where."""
    unknown = set(schema) - _KNOWN
    if unknown:
        raise ValueError(f"the schema at {at} has keywords that nobody checks: {sorted(unknown)}")
    if "type" in schema and not _is(value, schema["type"]):
        yield f"{at} is {type(value).__name__}, not {schema['type']}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at} is {value!r}, none of {schema['enum']}"
    if isinstance(value, str):
        yield from _of_text(value, schema, at)
    elif isinstance(value, dict):
        yield from _of_object(value, schema, at)
    elif isinstance(value, list):
        if schema.get("uniqueItems") and len({repr(each) for each in value}) < len(value):
            yield f"{at} holds something twice"
        for index, each in enumerate(value):
            yield from problems(each, schema.get("items", {}), f"{at}[{index}]")
    elif isinstance(value, int | float) and "minimum" in schema and value < schema["minimum"]:
        yield f"{at} is {value}, below {schema['minimum']}"


def _is(value: Any, types: str | list[str]) -> bool:
    names = [types] if isinstance(types, str) else types
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)


def _of_text(value: str, schema: Schema, at: str) -> Iterator[str]:
    if "pattern" in schema and re.search(schema["pattern"], value) is None:
        yield f"{at} is {value[:80]!r}, which does not match {schema['pattern']}"
    if len(value) < schema.get("minLength", 0):
        yield f"{at} is shorter than {schema['minLength']}"
    if len(value) > schema.get("maxLength", len(value)):
        yield f"{at} is longer than {schema['maxLength']}"


def _of_object(value: dict[str, Any], schema: Schema, at: str) -> Iterator[str]:
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at} lacks `{name}`"
    for name, each in value.items():
        if name in properties:
            yield from problems(each, properties[name], f"{at}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{at} has `{name}`, which is not known"
