"""What the schemas for editors are made of: one function for each kind of value that the readers know.

Used by the files beside this one, which say key by key what stands where. `closed` is what keeps a schema from
drifting: it takes the very list of keys that the reader of that mapping takes, and refuses to make a schema that
describes more or fewer. Patterns are the readers' own, in the spelling that JavaScript shares with Python.

What is subtle: a schema may let through what the loader refuses, and never the other way round, for an editor that
underlines what works is switched off. So where a rule of the loader cannot be said in draft-07, it is left out here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import TypeAlias

from seatrial.config.amounts import SIZE
from seatrial.config.gate_rules.amounts_of_change import PERCENT
from seatrial.config.names import DURATION, MAX_NAME, MAX_PATH, NAME, NAME_RULE

Schema: TypeAlias = Mapping[str, object]

ANYTHING: Schema = {}
FLAG: Schema = {"type": "boolean"}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string", "pattern": r"\S"}
MAPPING: Schema = {"type": "object"}
_TO_ALIAS = "(?![0-9]+$)"
_INSIDE = r"^(?![/~])(?!.*://)(?!(?:.*/)?\.\.(?:/|$))[^\\]*$"


def anchored(pattern: re.Pattern[str], *, behind: str = "") -> str:
    """A pattern of a reader, which matches from the first character to the last; `behind` looks ahead before it."""
    return f"^{behind}{pattern.pattern.removesuffix(chr(92) + 'Z')}$"


def _said(pattern: str, rule: str) -> dict[str, object]:
    """A pattern, and what the editors of Microsoft's family say where a text does not match it."""
    return {"pattern": pattern, "patternErrorMessage": rule}


NAME_PATTERN = anchored(NAME)
NAMED: Schema = {"type": "string", **_said(NAME_PATTERN, NAME_RULE), "maxLength": MAX_NAME}
ALIAS: Schema = {**NAMED, "pattern": anchored(NAME, behind=_TO_ALIAS)}
PATH: Schema = {
    "type": "string",
    **_said(_INSIDE, "name a path inside this repository, relative to its root"),
    "minLength": 1,
    "maxLength": MAX_PATH,
}
DURATION_SHAPE: Schema = {
    "type": ["number", "string"],
    "exclusiveMinimum": 0,
    **_said(anchored(DURATION), "write seconds, or 90s, 10m, 2h, 1d"),
    "maxLength": 20,
}
SIZE_SHAPE: Schema = {
    "type": ["integer", "string"],
    "exclusiveMinimum": 0,
    **_said(anchored(SIZE), "write e.g. 2GiB, 500MB, or a number of bytes"),
    "maxLength": 30,
}
PERCENTAGE: Schema = {"type": "string", "pattern": anchored(PERCENT)}


def key(description: str, shape: Schema, *, default: object = None) -> Schema:
    """A key's value with what the reference says of it, and the value in use where it is not written."""
    return {"description": description, **shape, **({} if default is None else {"default": default})}


def closed(
    where: str,
    keys: Collection[str],
    properties: Mapping[str, Schema],
    *,
    title: str,
    required: Iterable[str] = (),
    also: Schema | None = None,
    **rules: object,
) -> Schema:
    """A mapping with these keys and no other, for which `also` and `rules` hold as well.

    `keys` are those that the reader accepts, `where` the module that describes them. Raises LookupError where the two
    differ, so that a key which was added to a reader is found by the first test that makes the schema.
    """
    missing = [each for each in keys if each not in properties]
    unknown = [each for each in properties if each not in keys]
    if missing or unknown:
        said = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(unknown)}, which no reader accepts"
        path = f"src/{where.replace('.', '/')}.py"
        raise LookupError(f"the schema of `{title}` {said}; next: describe the keys of its reader in {path}")
    needed = {"required": list(required)} if required else {}
    listed = {each: properties[each] for each in keys}
    shape = {"title": title, "type": "object", "properties": listed, "additionalProperties": False}
    return {**shape, **needed, **(also or {}), **rules}


def by_name(what: Schema, *, names: Schema = NAMED, **rules: object) -> Schema:
    """A mapping whose keys the user chooses."""
    shape = {name: value for name, value in names.items() if name != "type"}
    return {"type": "object", "propertyNames": shape, "additionalProperties": what, **rules}


def word(options: Iterable[StrEnum | str]) -> Schema:
    """One of a few words."""
    return {"enum": [str(option) for option in options]}


def texts(entry: Schema = TEXT, *, least: int = 0) -> Schema:
    """A list of text, no two alike."""
    return {"type": "array", "items": entry, "uniqueItems": True, **({"minItems": least} if least else {})}


def entries(entry: Schema, *, least: int = 0) -> Schema:
    """A list."""
    return {"type": "array", "items": entry, **({"minItems": least} if least else {})}


def one_of(*shapes: Schema) -> Schema:
    """A value that may be written in several ways."""
    return {"anyOf": list(shapes)}


def whole(least: int, most: int = 1_000_000) -> Schema:
    """A whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


def between(low: float, high: float) -> Schema:
    """A number strictly between two others."""
    return {"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": high}


def above(low: float) -> Schema:
    """A number above another."""
    return {"type": "number", "exclusiveMinimum": low}


def any_key(keys: Iterable[str]) -> Schema:
    """At least one of these keys stands there."""
    return {"anyOf": [{"required": [each]} for each in keys]}


def one_key(keys: Iterable[str]) -> Schema:
    """Exactly one of these keys stands there."""
    return {"oneOf": [{"required": [each]} for each in keys]}


def without(keys: Iterable[str]) -> Schema:
    """None of these keys stands there."""
    return {"properties": dict.fromkeys(keys, False)}


def when(given: str, values: Iterable[object], then: Schema) -> Schema:
    """What holds as well where a key has one of these values."""
    condition = {"required": [given], "properties": {given: {"enum": [*values]}}}
    return {"if": condition, "then": then}
