"""Whether a JSON value fits a schema, one function for each keyword (JSON Schema, draft 2020-12).

Called by the matcher `json_schema`, with schemas that `schema_shape` has found nothing wrong with. Held against the
official test suite of JSON Schema.

Subtle: each pair of a schema and a value is looked at once and remembered. Without that, schemas that refer to
one another twice take 2^n steps, and a case file could stop a gate.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from fractions import Fraction

from msgspec import Struct, field

from seatrial.digest import Json
from seatrial.gates.behavioral.matchers.schema_shape import at_pointer, escaped


class Checks(Struct):
    """One schema, and what was found while one value was held against it."""

    root: Json
    _seen: dict[tuple[int, int], str | None] = field(default_factory=dict)
    _kept: list[Json] = field(default_factory=list)  # made along the way; kept so that no other value gets its identity

    def broken(self, value: Json) -> str | None:
        """Where the schema is broken, as a JSON pointer into it; None where the value fits."""
        return self.part(self.root, value, "#")

    def part(self, schema: Json, value: Json, at: str) -> str | None:
        """As `broken`, for a part of the schema that stands at `at`, and a part of the value."""
        if isinstance(schema, bool):
            return None if schema else at
        if not isinstance(schema, dict):
            raise TypeError(f"the schema at {at} was not looked at before")
        key = (id(schema), id(value))
        if key not in self._seen:
            self._seen[key] = self._first_broken(schema, value, at)
        return self._seen[key]

    def new(self, value: Json) -> Json:
        """A value that is no part of the one that is looked at, such as the name of a property."""
        self._kept.append(value)
        return value

    def _first_broken(self, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
        for keyword, check in _CHECKS.items():
            if keyword in schema and (where := check(self, schema, value, f"{at}/{keyword}")) is not None:
                return where
        return None


def frozen(value: Json) -> Hashable:
    """A value that is equal to another's exactly if the two are equal as JSON: 1 is 1.0, and is not true."""
    if isinstance(value, bool) or value is None:
        return ("word", value)
    if isinstance(value, int | float):
        return ("number", value)
    if isinstance(value, str):
        return ("text", value)
    if isinstance(value, Mapping):
        return ("object", frozenset((name, frozen(one)) for name, one in value.items()))
    return ("array", tuple(frozen(one) for one in value))


def _number(value: Json) -> float | int | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _is(value: Json, name: str) -> bool:
    match name:
        case "null":
            return value is None
        case "boolean":
            return isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case _:
            number = _number(value)
            return number is not None and (name == "number" or isinstance(number, int) or number.is_integer())


def _type(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    wanted = schema["type"]
    names = wanted if isinstance(wanted, list) else [wanted]
    return None if any(_is(value, str(name)) for name in names) else at


def _enum(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    options = schema["enum"]
    here = frozen(value)
    return None if isinstance(options, list) and any(frozen(option) == here for option in options) else at


def _const(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    return None if frozen(schema["const"]) == frozen(value) else at


def _compared(keyword: str, holds: Callable[[float, float], bool]) -> _Check:
    def check(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
        number, limit = _number(value), _number(schema[keyword])
        return at if number is not None and limit is not None and not holds(number, limit) else None

    return check


def _multiple(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    number, step = _number(value), _number(schema["multipleOf"])
    if number is None or step is None:
        return None
    return at if (Fraction(repr(number)) / Fraction(repr(step))).denominator != 1 else None  # decimal, as written


def _sized(keyword: str, kind: type[str | list[Json] | dict[str, Json]], least: bool) -> _Check:
    def check(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
        limit = _number(schema[keyword])
        if not isinstance(value, kind) or limit is None:
            return None
        size = len(value)
        return at if (size < limit if least else size > limit) else None

    return check


def _pattern(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    return at if isinstance(value, str) and not _matches(str(schema["pattern"]), value) else None


def _matches(pattern: str, text: str) -> bool:
    from seatrial.evidence.linear_regex import found  # brings polars, which only patterns need

    return found(pattern, text)


def _unique(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    if schema["uniqueItems"] is not True or not isinstance(value, list):
        return None
    return at if len({frozen(item) for item in value}) < len(value) else None


def _prefix(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    listed = schema["prefixItems"]
    if not isinstance(value, list) or not isinstance(listed, list):
        return None
    pairs = enumerate(zip(listed, value, strict=False))
    return next((where for i, (one, item) in pairs if (where := checks.part(one, item, f"{at}/{i}")) is not None), None)


def _items(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    if not isinstance(value, list):
        return None
    prefix = schema.get("prefixItems")
    rest = value[len(prefix) :] if isinstance(prefix, list) else value
    return next((where for item in rest if (where := checks.part(schema["items"], item, at)) is not None), None)


def _contains(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    if not isinstance(value, list):
        return None
    count = sum(checks.part(schema["contains"], item, at) is None for item in value)
    least, most = _number(schema.get("minContains", 1)), _number(schema.get("maxContains"))
    return at if (least is not None and count < least) or (most is not None and count > most) else None


def _required(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    names = schema["required"]
    if not isinstance(value, dict) or not isinstance(names, list):
        return None
    return next((f"{at}/{index}" for index, name in enumerate(names) if name not in value), None)


def _dependent_required(_: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    needs = schema["dependentRequired"]
    if not isinstance(value, dict) or not isinstance(needs, dict):
        return None
    broken = (name for name, names in needs.items() if name in value and not _all_in(names, value))
    return next((f"{at}/{escaped(name)}" for name in broken), None)


def _all_in(names: Json, value: Mapping[str, Json]) -> bool:
    return isinstance(names, list) and all(name in value for name in names)


def _dependent_schemas(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    needs = schema["dependentSchemas"]
    if not isinstance(value, dict) or not isinstance(needs, dict):
        return None
    asked = ((name, one) for name, one in needs.items() if name in value)
    found = (checks.part(one, value, f"{at}/{escaped(name)}") for name, one in asked)
    return next((where for where in found if where is not None), None)


def _properties(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    named = schema["properties"]
    if not isinstance(value, dict) or not isinstance(named, dict):
        return None
    there = ((name, one) for name, one in named.items() if name in value)
    found = (checks.part(one, value[name], f"{at}/{escaped(name)}") for name, one in there)
    return next((where for where in found if where is not None), None)


def _pattern_properties(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    patterns = schema["patternProperties"]
    if not isinstance(value, dict) or not isinstance(patterns, dict):
        return None
    hits = ((p, one, item) for p, one in patterns.items() for name, item in value.items() if _matches(p, name))
    found = (checks.part(one, item, f"{at}/{escaped(p)}") for p, one, item in hits)
    return next((where for where in found if where is not None), None)


def _additional(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    if not isinstance(value, dict):
        return None
    named, patterns = schema.get("properties"), schema.get("patternProperties")
    known = named if isinstance(named, dict) else {}
    asked = list(patterns) if isinstance(patterns, dict) else []
    rest = (item for name, item in value.items() if name not in known and not any(_matches(p, name) for p in asked))
    found = (checks.part(schema["additionalProperties"], item, at) for item in rest)
    return next((where for where in found if where is not None), None)


def _names(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    if not isinstance(value, dict):
        return None
    found = (checks.part(schema["propertyNames"], checks.new(name), at) for name in value)
    return next((where for where in found if where is not None), None)


def _listed(schema: Mapping[str, Json], keyword: str) -> list[Json]:
    listed = schema[keyword]
    return list(listed) if isinstance(listed, list) else []


def _all_of(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    found = (checks.part(one, value, f"{at}/{index}") for index, one in enumerate(_listed(schema, "allOf")))
    return next((where for where in found if where is not None), None)


def _any_of(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    return None if any(checks.part(one, value, at) is None for one in _listed(schema, "anyOf")) else at


def _one_of(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    return None if sum(checks.part(one, value, at) is None for one in _listed(schema, "oneOf")) == 1 else at


def _not(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    return at if checks.part(schema["not"], value, at) is None else None


def _if(checks: Checks, schema: Mapping[str, Json], value: Json, at: str) -> str | None:
    keyword = "then" if checks.part(schema["if"], value, at) is None else "else"
    if keyword not in schema:
        return None
    return checks.part(schema[keyword], value, f"{at.removesuffix('/if')}/{keyword}")


def _ref(checks: Checks, schema: Mapping[str, Json], value: Json, _at: str) -> str | None:
    pointer = str(schema["$ref"])
    return checks.part(at_pointer(checks.root, pointer), value, pointer)


_Check = Callable[[Checks, Mapping[str, Json], Json, str], str | None]

_CHECKS: Mapping[str, _Check] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "minimum": _compared("minimum", lambda value, limit: value >= limit),
    "maximum": _compared("maximum", lambda value, limit: value <= limit),
    "exclusiveMinimum": _compared("exclusiveMinimum", lambda value, limit: value > limit),
    "exclusiveMaximum": _compared("exclusiveMaximum", lambda value, limit: value < limit),
    "multipleOf": _multiple,
    "minLength": _sized("minLength", str, least=True),
    "maxLength": _sized("maxLength", str, least=False),
    "pattern": _pattern,
    "minItems": _sized("minItems", list, least=True),
    "maxItems": _sized("maxItems", list, least=False),
    "uniqueItems": _unique,
    "minProperties": _sized("minProperties", dict, least=True),
    "maxProperties": _sized("maxProperties", dict, least=False),
    "required": _required,
    "dependentRequired": _dependent_required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "dependentSchemas": _dependent_schemas,
    "prefixItems": _prefix,
    "items": _items,
    "contains": _contains,
    "$ref": _ref,
    "allOf": _all_of,
    "anyOf": _any_of,
    "oneOf": _one_of,
    "not": _not,
    "if": _if,
}
"""The check of every keyword that is looked at by itself, cheap ones first."""
