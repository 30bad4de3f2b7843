"""Which JSON schemas are understood, and what is wrong with one that is not.

Called by the matcher `json_schema` before anything is matched. The keywords are those of draft 2020-12 that say
something about a value by itself; `$ref` may point into the same schema.

Subtle: JSON Schema says that a keyword nobody knows is ignored, so `requierd: [name]` demands nothing and says so to
nobody. Here it is refused, and so are keywords that are known and not supported, and `format`, which demands
nothing by default. A schema that leads from a place to the same place without going into the value would never end;
it is refused too.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import TypeAlias

from seatrial.digest import Json
from seatrial.gates.quoting import shown
from seatrial.nearest import nearest

Broken: TypeAlias = tuple[str, str, str]
"""Where in the schema (a JSON pointer), what is wrong, and what to do."""

TYPES = ("null", "boolean", "object", "array", "number", "integer", "string")
MAX_DEPTH = 40


class Takes(Enum):
    """What the value of a keyword is."""

    SCHEMA = "a schema"
    SCHEMAS = "a list of schemas that is not empty"
    NAMED = "an object of schemas"
    PATTERNS = "an object of schemas by pattern"
    COUNT = "a whole number of at least 0"
    NUMBER = "a number"
    STEP = "a number above 0"
    NAMES = "a list of names, no two alike"
    NAME_LISTS = "an object of lists of names"
    TYPE = f"one of {', '.join(TYPES)}, or a list of them"
    PATTERN = "a pattern"
    VALUES = "a list of values that is not empty"
    FLAG = "true or false"
    POINTER = "a place in this schema, such as `#/$defs/address`"
    ANY = "anything"


KEYWORDS = {
    "$ref": Takes.POINTER, "$defs": Takes.NAMED, "definitions": Takes.NAMED,
    "type": Takes.TYPE, "enum": Takes.VALUES, "const": Takes.ANY,
    "minimum": Takes.NUMBER, "maximum": Takes.NUMBER, "exclusiveMinimum": Takes.NUMBER,
    "exclusiveMaximum": Takes.NUMBER, "multipleOf": Takes.STEP,
    "minLength": Takes.COUNT, "maxLength": Takes.COUNT, "pattern": Takes.PATTERN,
    "minItems": Takes.COUNT, "maxItems": Takes.COUNT, "uniqueItems": Takes.FLAG,
    "items": Takes.SCHEMA, "prefixItems": Takes.SCHEMAS,
    "contains": Takes.SCHEMA, "minContains": Takes.COUNT, "maxContains": Takes.COUNT,
    "minProperties": Takes.COUNT, "maxProperties": Takes.COUNT, "required": Takes.NAMES,
    "properties": Takes.NAMED, "patternProperties": Takes.PATTERNS, "additionalProperties": Takes.SCHEMA,
    "propertyNames": Takes.SCHEMA, "dependentRequired": Takes.NAME_LISTS, "dependentSchemas": Takes.NAMED,
    "allOf": Takes.SCHEMAS, "anyOf": Takes.SCHEMAS, "oneOf": Takes.SCHEMAS, "not": Takes.SCHEMA,
    "if": Takes.SCHEMA, "then": Takes.SCHEMA, "else": Takes.SCHEMA,
}  # fmt: skip
"""Every keyword that demands something."""

NOTES = ("$schema", "$comment", "title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly")
"""Keywords that demand nothing and are allowed to."""

_ELSEWHERE = {
    "$id": "remove it; a schema stands alone here",
    "$anchor": "refer by pointer: `#/$defs/NAME`",
    "$dynamicRef": "refer by `$ref`",
    "$dynamicAnchor": "refer by `$ref`",
    "$vocabulary": "remove it",
    "format": "write a `pattern`; `format` demands nothing by itself",
    "unevaluatedItems": "write `items: false` beside `prefixItems`",
    "unevaluatedProperties": "write `additionalProperties: false`",
    "additionalItems": "write `items`, beside `prefixItems`",
    "dependencies": "write `dependentRequired` or `dependentSchemas`",
    "contentEncoding": "remove it; it demands nothing by itself",
    "contentMediaType": "remove it; it demands nothing by itself",
    "contentSchema": "remove it; it demands nothing by itself",
}
_REFER = f"Write {Takes.POINTER.value}."
_IN_PLACE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")


def shape_faults(schema: Json) -> tuple[Broken, ...]:
    """Everything that keeps a schema from being understood; empty where nothing does."""
    faults = tuple(_faults(schema, schema, "#", 0))
    return faults or tuple(_refers_inside(schema))


def at_pointer(root: Json, pointer: str) -> Json:
    """The part of a schema at a pointer such as `#/$defs/address`. Raises LookupError where there is none."""
    if pointer != "#" and not pointer.startswith("#/"):
        raise LookupError(pointer)
    here = root
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and name in here:
            here = here[name]
        elif isinstance(here, list) and name.isascii() and name.isdigit() and int(name) < len(here):
            here = here[int(name)]
        else:
            raise LookupError(pointer)
    return here


def parts(schema: Json, at: str) -> Iterator[tuple[str, str, Json]]:
    """Every schema directly in a schema: the keyword it stands under, its pointer, itself."""
    if not isinstance(schema, dict):
        return
    for keyword, value in schema.items():
        match KEYWORDS.get(keyword):
            case Takes.SCHEMA:
                yield keyword, f"{at}/{keyword}", value
            case Takes.SCHEMAS if isinstance(value, list):
                for index, one in enumerate(value):
                    yield keyword, f"{at}/{keyword}/{index}", one
            case Takes.NAMED | Takes.PATTERNS if isinstance(value, dict):
                for name, one in value.items():
                    yield keyword, f"{at}/{keyword}/{escaped(name)}", one
            case _:
                pass


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _faults(schema: Json, root: Json, at: str, depth: int) -> Iterator[Broken]:
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        step = "Write an object of keywords, true or false."
        if isinstance(schema, list) and at.endswith("/items"):
            step = "Write the list as `prefixItems`."
        yield at, f"must be a schema, and is {shown(schema)}", step
        return
    if depth > MAX_DEPTH:
        yield at, f"nests deeper than {MAX_DEPTH} schemas", "Move parts of it to `$defs`, and refer to them."
        return
    for keyword, value in schema.items():
        if keyword in NOTES:
            continue
        if keyword not in KEYWORDS:
            yield _unknown(keyword, at)
        elif fault := _argument_fault(KEYWORDS[keyword], value, root):
            why, step = fault
            yield f"{at}/{keyword}", why, step
    for _, where, part in parts(schema, at):
        yield from _faults(part, root, where, depth + 1)


def _unknown(keyword: str, at: str) -> Broken:
    if keyword in _ELSEWHERE:
        advice = _ELSEWHERE[keyword]
        return at, f"has `{keyword}`, which is not supported", f"{advice[:1].upper()}{advice[1:]}."
    close = nearest(keyword, KEYWORDS)
    step = f"Did you mean `{close}`?" if close else "Remove it, or write it as `$comment`."
    return at, f"has the unknown keyword `{shown(keyword)}`", step


def _argument_fault(takes: Takes, value: Json, root: Json) -> tuple[str, str] | None:
    if takes in (Takes.PATTERN, Takes.PATTERNS):
        return _pattern_fault(takes, value)
    if takes is Takes.POINTER:
        try:
            found = at_pointer(root, value) if isinstance(value, str) else None
        except LookupError:
            found = None
        if isinstance(found, dict | bool):
            return None
        return f"refers to {shown(value)}, and no schema is there", _REFER
    if _fits(takes, value):
        return None
    return f"must be {takes.value}, and is {shown(value)}", "Correct the value."


def _pattern_fault(takes: Takes, value: Json) -> tuple[str, str] | None:
    from seatrial.evidence.linear_regex import refused  # brings polars, which only patterns need

    patterns = [value] if takes is Takes.PATTERN else value if isinstance(value, dict) else None
    if patterns is None or not all(isinstance(pattern, str) for pattern in patterns):
        return f"must be {takes.value}, and is {shown(value)}", "Correct the value."
    for pattern in patterns:
        if fault := refused(str(pattern)):
            return f"`{shown(pattern)}` {fault[0]}", f"{fault[1][:1].upper()}{fault[1][1:]}."
    return None


def _fits(takes: Takes, value: Json) -> bool:
    match takes:
        case Takes.SCHEMAS | Takes.VALUES:
            return isinstance(value, list) and bool(value)
        case Takes.NAMED:
            return isinstance(value, dict)
        case Takes.COUNT:
            return _is_number(value) and float(value) >= 0 and float(value).is_integer()  # type: ignore[arg-type]  # seen by _is_number
        case Takes.NUMBER:
            return _is_number(value)
        case Takes.STEP:
            return _is_number(value) and float(value) > 0  # type: ignore[arg-type]  # as above
        case Takes.NAMES:
            return _are_names(value)
        case Takes.NAME_LISTS:
            return isinstance(value, dict) and all(_are_names(names) for names in value.values())
        case Takes.TYPE:
            listed = value if isinstance(value, list) and value else [value]
            return all(isinstance(one, str) and one in TYPES for one in listed)
        case Takes.FLAG:
            return isinstance(value, bool)
        case _:
            return True


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_names(value: Json) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(one, str) for one in value)
        and len(set(map(str, value))) == len(value)
    )


def _refers_inside(root: Json) -> Iterator[Broken]:
    """References that lead to no schema of this one, and places that lead back to themselves."""
    there = {id(schema): (at, schema) for at, schema in _all(root, "#")}
    onward: dict[int, list[int]] = {}
    for key, (at, schema) in there.items():
        onward[key] = [id(part) for keyword, _, part in parts(schema, at) if keyword in _IN_PLACE]
        if "$ref" in schema:
            target = at_pointer(root, str(schema["$ref"]))
            if isinstance(target, dict) and id(target) not in there:
                yield f"{at}/$ref", f"refers to {shown(schema['$ref'])}, and no schema is there", _REFER
            onward[key].append(id(target))
    for key in _on_a_circle({key: [one for one in to if one in there] for key, to in onward.items()}):
        step = "Let the `$ref` stand below `properties` or `items`."
        yield there[key][0], "leads back to itself without going into the value", step


def _all(schema: Json, at: str) -> Iterator[tuple[str, dict[str, Json]]]:
    if isinstance(schema, dict):
        yield at, schema
        for _, where, part in parts(schema, at):
            yield from _all(part, where)


def _on_a_circle(onward: dict[int, list[int]]) -> list[int]:
    """The nodes that remain when those without a way onward are taken away, again and again (Kahn 1962)."""
    left = {key: set(to) for key, to in onward.items()}
    before: dict[int, list[int]] = {}
    for key, to in left.items():
        for one in to:
            before.setdefault(one, []).append(key)
    ends = [key for key, to in left.items() if not to]
    while ends:
        end = ends.pop()
        left.pop(end)
        for key in before.get(end, ()):
            left[key].discard(end)
            if not left[key]:
                ends.append(key)
    return list(left)[:1]
