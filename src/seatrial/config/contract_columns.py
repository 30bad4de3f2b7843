"""`columns:` of a contract: what is asked of each column.

A rule and a type that do not go together are refused here, whether or not the data would ever show it. What is
subtle: without a `type`, the bounds themselves say what they are about, numbers or times.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from seatrial.config.amounts import flag
from seatrial.config.contract_drift import read_drift
from seatrial.config.contract_patterns import refused_pattern
from seatrial.config.contract_words import number, ordered, share, whole
from seatrial.config.node import Node, kind
from seatrial.data.claims import Severity
from seatrial.data.contract.moments import microseconds
from seatrial.data.policy import ColumnRule, Drift

COLUMN_KEYS = (
    "type", "required", "nullable", "nulls", "unique", "min", "max", "above", "below", "one_of", "none_of", "pattern",
    "length", "finite", "sensitive", "severity", "drift",
)  # fmt: skip
LENGTH_KEYS = ("min", "max")
NULLS_KEYS = ("max",)
NUMBERS: Final = frozenset({"number", "int", "float", "decimal"})
TIMES: Final = frozenset({"time", "date", "datetime"})
TEXTS: Final = frozenset({"text", "string"})
FLAGS: Final = frozenset({"flag", "bool"})
TYPES = (
    "number", "int", "float", "decimal", "text", "string", "flag", "bool", "time", "date", "datetime", "vector",
    "bytes", "list",
)  # fmt: skip
_ALIASES = {
    "integer": "int", "double": "float", "str": "string", "boolean": "bool", "timestamp": "datetime",
    "categorical": "text", "category": "text", "object": "text", "array": "vector", "embedding": "vector",
    "binary": "bytes", "numeric": "number",
}  # fmt: skip
_BOUNDS = ("min", "max", "above", "below")
_APPLIES: Final = {
    **dict.fromkeys(_BOUNDS, NUMBERS | TIMES),
    "one_of": NUMBERS | TEXTS | FLAGS,
    "none_of": NUMBERS | TEXTS | FLAGS,
    "pattern": TEXTS,
    "length": TEXTS,
    "finite": NUMBERS | {"vector"},
    "unique": frozenset(TYPES) - {"vector", "list"},
}
_Values = tuple[str | float | bool, ...]


def read_columns(node: Node | None, drift: Drift) -> Mapping[str, ColumnRule]:
    """The rules under `columns:`, by column, in the file's order."""
    rules: dict[str, ColumnRule] = {}
    if node is None:
        return rules
    for name, child in node.items("rules by column"):
        if not name.strip():
            child.complain("a column needs a name", "write the column's name", at_key=True)
        rules[name] = _column(name, child, drift)
    if not rules and not node.broken:
        node.complain("`columns` names no column", "write e.g. `age: {type: int, min: 0}` under it", at_key=True)
    return rules


def _column(name: str, node: Node, drift: Drift) -> ColumnRule:
    places = {"": node.key_place}
    if node.value is None:
        return ColumnRule(name=name, places=places)
    if isinstance(node.value, str):
        return ColumnRule(name=name, type=_type(node), places={**places, "type": node.key_place})
    if not node.fields(COLUMN_KEYS):
        return ColumnRule(name=name, places=places)
    typed, own_drift = node.child("type"), node.child("drift")
    type_ = None if typed is None else _type(typed)
    _fits(node, type_)
    bounds = {key: _bound(node, key, type_) for key in _BOUNDS}
    _possible(node, bounds)
    shortest, longest = _length(node.child("length"))
    severity = node.child("severity")
    grade = None if severity is None else severity.choice(tuple(Severity), "severity")
    nullable, most_null = _nulls(node)
    patterns = _patterns(node.child("pattern"))
    rule = ColumnRule(
        name=name,
        type=type_,
        required=flag(node, "required", True),
        nullable=nullable,
        max_null_share=most_null,
        unique=flag(node, "unique", False),
        least=bounds["min"],
        most=bounds["max"],
        above=bounds["above"],
        below=bounds["below"],
        one_of=_values(node, "one_of", type_),
        none_of=_values(node, "none_of", type_),
        pattern=patterns[0] if patterns else None,
        also_patterns=patterns[1:],
        min_length=shortest,
        max_length=longest,
        finite=None if node.child("finite") is None else flag(node, "finite", True),
        sensitive=flag(node, "sensitive", False),
        severity=Severity.ERROR if grade is None else Severity(grade),
        drift=None if own_drift is None else read_drift(own_drift, drift),
        places={**places, **{key: child.key_place for key, child in node.items("keys")}},
    )
    _sets_possible(node, rule)
    return rule


def _type(node: Node) -> str | None:
    if isinstance(node.value, str) and node.value.lower() in _ALIASES:
        node.complain(f"type cannot be `{node.value}`", f"did you mean `{_ALIASES[node.value.lower()]}`?")
        return None
    return node.choice(TYPES, "type")


def _fits(node: Node, type_: str | None) -> None:
    """Notes each rule that columns of the type cannot break or meet."""
    for key, child in node.items("keys"):
        types = _APPLIES.get(key)
        if type_ is None or types is None or type_ in types:
            continue
        step = "use `length` for the number of characters" if key in ("min", "max") and type_ in TEXTS else None
        child.complain(
            f"`{key}` cannot be asked of the type {type_}",
            step or f"remove it, or write one of the types {', '.join(t for t in TYPES if t in types)}",
            at_key=True,
        )


def _bound(node: Node, key: str, type_: str | None) -> float | str | None:
    child = node.child(key)
    if child is None or child.broken:
        return None
    if isinstance(child.value, str):
        if type_ in NUMBERS:
            child.complain(f"{key} must be a number, not text", "write it without quotes")
        elif microseconds(child.value) is None:
            child.complain(
                f"{key} must be a number or a time, and `{child.value[:40]}` is neither",
                "write a number, or a time such as 2026-01-31 or 2026-01-31T08:00:00Z",
            )
        return child.value
    if type_ in TIMES and isinstance(child.value, int | float) and not isinstance(child.value, bool):
        child.complain(f"{key} must be a time, not a number", "write a time such as 2026-01-31")
        return None
    return number(child, key)


def _possible(node: Node, bounds: Mapping[str, float | str | None]) -> None:
    """Notes bounds of two kinds, two on one side, and bounds that leave nothing between them."""
    written = {key: value for key, value in bounds.items() if value is not None}
    if len({isinstance(value, str) for value in written.values()}) > 1:
        node.at(next(iter(written))).complain("one bound is a number and another a time", "write both alike")
        return
    for closed, opened in (("min", "above"), ("max", "below")):
        if closed in written and opened in written:
            node.at(opened).complain(f"`{closed}` and `{opened}` are bounds on one side", "keep one", at_key=True)
    ticks = {key: microseconds(value) if isinstance(value, str) else value for key, value in written.items()}
    for low in ("min", "above"):
        for high in ("max", "below"):
            ordered(node, low, ticks.get(low), high, ticks.get(high), strict=(low, high) != ("min", "max"))


def _nulls(node: Node) -> tuple[bool | None, float | None]:
    nullable = None if node.child("nullable") is None else flag(node, "nullable", True)
    child = node.child("nulls")
    if child is None or not child.fields(NULLS_KEYS):
        return nullable, None
    most = child.required("max", "write e.g. `nulls: {max: 1%}`")
    if nullable is False and not child.broken:
        child.complain("`nullable: false` allows no null, and `nulls` some", "keep one of the two", at_key=True)
    return nullable, None if most is None else share(most, "nulls.max")


def _length(node: Node | None) -> tuple[int | None, int | None]:
    if node is None or not node.fields(LENGTH_KEYS):
        return None, None
    least, most = whole(node, "min"), whole(node, "max")
    if least is None and most is None and not node.broken:
        node.complain("`length` needs `min`, `max` or both", "write e.g. `length: {max: 80}`", at_key=True)
    ordered(node, "min", least, "max", most)
    return least, most


def _patterns(node: Node | None) -> tuple[str, ...]:
    """One pattern, or several that all have to match."""
    if node is None:
        return ()
    found = []
    for entry in node.entries("patterns") if isinstance(node.value, list) else [node]:
        text = entry.text("pattern")
        if text and not entry.broken and (why := refused_pattern(text)):
            entry.complain(f"the pattern {why[0]}", why[1])
        found.append(text)
    if not found:
        node.complain("`pattern` names no pattern", "write one, or remove the key")
    return tuple(found)


def _values(node: Node, key: str, type_: str | None) -> _Values | None:
    child = node.child(key)
    if child is None:
        return None
    found: list[str | float | bool] = []
    for entry in child.entries("values"):
        value = entry.value
        if value is None:
            entry.complain("null is no value of a set", "remove it, and write `nullable: true`")
        elif not isinstance(value, str | int | float | bool):
            entry.complain(f"a value of a set cannot be {kind(value)}", "write text, numbers, true or false")
        elif not _is(value, type_):
            entry.complain(f"this is {kind(value)}, and the column's type is {type_}", "write values of that type")
        elif any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in found):
            entry.complain("this value stands twice", "keep one of the two")
        else:
            found.append(value)
    if not found and not child.broken:
        child.complain(f"`{key}` names no value", "write the values, or remove the key")
    if found and len({_group(value) for value in found}) > 1:
        child.complain("the values are of several kinds", "write only texts, only numbers, or only true and false")
    return tuple(found)


def _group(value: object) -> str:
    return kind(value)


def _is(value: object, type_: str | None) -> bool:
    if type_ in NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if type_ in TEXTS:
        return isinstance(value, str)
    if type_ in FLAGS:
        return isinstance(value, bool)
    return True


def _sets_possible(node: Node, rule: ColumnRule) -> None:
    """Notes sets and bounds that exclude each other."""
    if rule.one_of is None or node.at("one_of").broken:
        return
    left = [value for value in rule.one_of if value not in (rule.none_of or ())]
    if not left:
        node.at("none_of").complain("`none_of` takes away all of `one_of`", "remove one of the two", at_key=True)
    for bound, below in ((rule.least, True), (rule.most, False)):
        outside = [v for v in left if _beyond(v, bound, below=below)]
        if outside:
            key = "min" if below else "max"
            node.at("one_of").complain(f"{outside[0]} of `one_of` is beyond {key} {bound}", f"remove it, or `{key}`")


def _beyond(value: object, bound: float | str | None, *, below: bool) -> bool:
    if isinstance(bound, str | None) or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value < bound if below else value > bound
