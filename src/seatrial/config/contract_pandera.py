"""Schemas of pandera, as `to_yaml` and `to_json` write them, read as a contract; pandera itself is not needed.

Called by `contract` for a file with the key `schema_type`. Three ways of writing checks are read: beside the other
keys of a column (0.30 and newer), under `checks` by name, and under `checks` as a list. What has no rule here
becomes an `Unread`, by name and with its line: told as a warning that keeps the check from passing as if it had been
looked at. Python sources are not read, because that means running them: `schema.to_yaml("schema.yaml")` once.

Where the two differ: pandera's `str_matches` starts at the beginning and may end anywhere, `nullable` is off unless
written, and `coerce` changes data before looking; here data is judged as it is stored, and the type is asked less
strictly where pandera would have converted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from seatrial.config.contract_patterns import refused_pattern
from seatrial.config.node import Node, kind, readable
from seatrial.data.claims import Severity
from seatrial.data.contract.moments import microseconds
from seatrial.data.policy import ColumnRule, Contract, Extra, Unread
from seatrial.errors import Place

KINDS: Final = ("dataframe", "polars_dataframe", "pyspark_dataframe", "ibis_dataframe")
_COLUMN_KEYS: Final = frozenset(
    {"title", "description", "dtype", "nullable", "checks", "unique", "coerce", "required", "regex", "name", "metadata",
     "default", "drop_invalid_rows", "report_duplicates", "parsers"}
)  # fmt: skip
_FRAME_KEYS: Final = frozenset(
    {"schema_type", "version", "api", "columns", "checks", "index", "dtype", "coerce", "strict", "name", "ordered",
     "unique", "report_duplicates", "unique_column_names", "add_missing_columns", "title", "description", "metadata",
     "drop_invalid_rows", "parsers"}
)  # fmt: skip
_SAYS_NOTHING: Final = frozenset({"options", "error", "raise_warning", "check_name", "n_failure_cases", "ignore_na"})
_ANY: Final = "(?s:.*)"
_TYPES: Final = (
    (re.compile(r"u?int\d*\Z", re.IGNORECASE), "int", "number"),
    (re.compile(r"float\d*\Z", re.IGNORECASE), "float", "number"),
    (re.compile(r"decimal", re.IGNORECASE), "decimal", "number"),
    (re.compile(r"timedelta|duration", re.IGNORECASE), "number", "number"),
    (re.compile(r"bool", re.IGNORECASE), "bool", "flag"),
    (re.compile(r"str|string|utf8|large_string", re.IGNORECASE), "string", "text"),
    (re.compile(r"categor|enum", re.IGNORECASE), "text", "text"),
    (re.compile(r"datetime|timestamp", re.IGNORECASE), "datetime", "time"),
    (re.compile(r"date\d*\Z", re.IGNORECASE), "date", "time"),
)
_Maker = Callable[[ColumnRule, Mapping[str, object]], ColumnRule | None]


def read_pandera(root: Node) -> Contract:
    """The rules of a schema; mistakes are noted."""
    word = root.at("schema_type")
    if word.value not in KINDS:
        word.complain(f"schema_type cannot be {readable(repr(word.value))}", f"known are {', '.join(KINDS)}")
    unread: list[Unread] = []
    columns: dict[str, ColumnRule] = {}
    coerce = _value(root, "coerce") is True
    listed = root.child("columns")
    for name, node in [] if listed is None or listed.value is None else listed.items("columns"):
        if _value(node, "regex") is True:
            unread.append(_not_asked(node, name, "a pattern of column names"))
        elif isinstance(node.value, dict):
            columns[name] = _column(name, node, coerce, unread)
        else:
            node.complain(f"a column of pandera is a mapping, not {kind(node.value)}", "write the schema again")
    _of_frame(root, unread)
    strict = _value(root, "strict")
    return Contract(
        file=root.source.file,
        columns=columns,
        extra=Extra.FORBID if strict is True else Extra.ALLOW,
        unique=_unique(root.child("unique")),
        unread=tuple(unread),
        places={key: node.key_place for key, node in root.items("keys")},
    )


def _value(node: Node, key: str) -> object:
    child = node.child(key)
    return None if child is None else child.value


def _unique(node: Node | None) -> tuple[tuple[str, ...], ...]:
    if node is None or node.value is None:
        return ()
    names = node.texts("columns") if isinstance(node.value, list) else (node.text("unique"),)
    return (names,) if names else ()


def _not_asked(node: Node, column: str | None, what: str, severity: Severity = Severity.WARNING) -> Unread:
    where = "the schema" if column is None else f"`{column}`"
    return Unread(
        message=f"{readable(what, 200)} of {where} in pandera's schema is not checked here",
        column=column,
        severity=severity,
        place=node.key_place,
    )


def _of_frame(root: Node, unread: list[Unread]) -> None:
    """What a schema asks of the table as a whole, and is not asked here."""
    for key, node in root.items("keys"):
        if key not in _FRAME_KEYS:
            unread.append(_not_asked(node, None, f"`{key}`"))
    for name, node, _ in _checks(root, frozenset(_FRAME_KEYS)):
        unread.append(_not_asked(node, None, f"the check `{name}`"))
    unread += [
        _not_asked(root.at(key), None, f"`{key}`")
        for key in ("ordered", "parsers", "dtype")
        if _value(root, key) not in (None, False, [], {})
    ]
    changing = {"coerce": True, "add_missing_columns": True, "drop_invalid_rows": True, "strict": "filter"}
    unread += [
        _not_asked(root.at(key), None, f"`{key}`, which changes data,", Severity.INFO)
        for key, word in changing.items()
        if _value(root, key) == word
    ]
    index = root.child("index")
    for entry in [] if index is None or not isinstance(index.value, list) else index.entries("indexes"):
        asked = _value(entry, "unique") is True or any(True for _ in _checks(entry, _COLUMN_KEYS))
        unread.append(_not_asked(entry, None, "the index", Severity.WARNING if asked else Severity.INFO))


def _column(name: str, node: Node, coerce_all: bool, unread: list[Unread]) -> ColumnRule:
    coerce = coerce_all or _value(node, "coerce") is True
    rule = ColumnRule(
        name=name,
        type=_type(name, node, coerce, unread),
        required=_value(node, "required") is not False,
        nullable=_value(node, "nullable") is True,
        unique=_value(node, "unique") is True,
        finite=False if _value(node, "nullable") is True else None,  # pandas writes NaN where a value is missing
        places={"": node.key_place, **{key: child.key_place for key, child in node.items("keys")}},
    )
    if _value(node, "parsers"):
        unread.append(_not_asked(node.at("parsers"), name, "the parsers"))
    for check, at, arguments in _checks(node, _COLUMN_KEYS):
        made = _made(check, rule, arguments)
        if isinstance(made, str):
            unread.append(_not_asked(at, name, f"the check `{check}`{made}"))
            continue
        places = _places(check, at)
        known = frozenset(rule.places)
        soft = set(rule.soft) | (set(places) - known) if _only_warns(arguments) else set(rule.soft) - set(places)
        rule = replace(made, places={**made.places, **places}, soft=tuple(sorted(soft)))
    return rule


def _only_warns(arguments: Mapping[str, object]) -> bool:
    options = arguments.get("options")
    loose = options if isinstance(options, dict) else arguments
    return loose.get("raise_warning") is True


def _places(check: str, node: Node) -> Mapping[str, Place]:
    """The line of a check under the names of the rules that it became."""
    keys = {"str_length": ("length",), "isin": ("one_of",), "equal_to": ("one_of",), "eq": ("one_of",)}
    keys |= {"notin": ("none_of",), "not_equal_to": ("none_of",), "ne": ("none_of",)}
    text = ("pattern",) if check.startswith("str_") else ("min", "max", "above", "below")
    return dict.fromkeys(keys.get(check, text), node.key_place)


def _type(name: str, node: Node, coerce: bool, unread: list[Unread]) -> str | None:
    written = _value(node, "dtype")
    if written is None or written == "object":
        return None
    for pattern, strict, loose in _TYPES:
        if pattern.match(str(written)):
            return loose if coerce else strict
    unread.append(_not_asked(node.at("dtype"), name, f"the type {written}"))
    return None


def _checks(node: Node, known: frozenset[str]) -> Iterator[tuple[str, Node, Mapping[str, object]]]:
    """Each check with its name and arguments, whichever way it is written."""
    if known is _COLUMN_KEYS:
        for key, child in node.items("keys"):
            if key not in known:
                yield key, child, _arguments(child.value)
    checks = node.child("checks")
    if checks is None or checks.value is None:
        return
    if isinstance(checks.value, dict):
        for key, child in checks.items("checks"):
            yield key, child, _arguments(child.value)
        return
    for entry in checks.entries("checks"):
        arguments = _arguments(entry.value)
        options = arguments.get("options")
        name = options.get("check_name") if isinstance(options, dict) else arguments.get("check_name")
        yield str(name or "without a name"), entry, arguments


def _arguments(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {"value": value}


def _made(check: str, rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | str:
    """The rule with a check in it, or why it cannot be asked."""
    maker = _MAKERS.get(check)
    if maker is None:
        return ""
    try:
        made = maker(rule, {key: value for key, value in arguments.items() if key not in _SAYS_NOTHING})
    except ValueError as error:
        return f" ({error})"
    return "" if made is None else made


def _only(arguments: Mapping[str, object]) -> object:
    """The one argument of a check, whatever it is called."""
    values = [value for value in arguments.values() if value is not None]
    return values[0] if len(values) == 1 else None


def _bounded(field: str) -> _Maker:
    def make(rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | None:
        return _with_bound(rule, field, _only(arguments))

    return make


def _with_bound(rule: ColumnRule, field: str, bound: object) -> ColumnRule | None:
    """A bound set, unless there is one already: two of a kind cannot be told apart later."""
    if isinstance(bound, bool) or not isinstance(bound, int | float | str) or getattr(rule, field) is not None:
        return None
    if isinstance(bound, str) and microseconds(bound) is None:
        return None
    return replace(rule, **{field: bound})


def _in_range(rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | None:
    low = "least" if arguments.get("include_min") is not False else "above"
    high = "most" if arguments.get("include_max") is not False else "below"
    made = _with_bound(rule, low, arguments.get("min_value"))
    return None if made is None else _with_bound(made, high, arguments.get("max_value"))


def _set(field: str) -> _Maker:
    def make(rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | None:
        given = _only(arguments)
        values = given if isinstance(given, list) else [given]
        plain = [value for value in values if isinstance(value, str | int | float | bool)]
        if not plain or len(plain) < len(values) or len({kind(value) for value in plain}) > 1:
            return None
        if getattr(rule, field) is not None or rule.type in ("date", "datetime", "time"):
            return None
        return replace(rule, **{field: tuple(dict.fromkeys(plain))})

    return make


def _text(before: str, after: str, *, literal: bool = False) -> _Maker:
    def make(rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | None:
        given = _only(arguments)
        if not isinstance(given, str):
            return None
        if not literal and (why := refused_pattern(given)) is not None:
            raise ValueError(f"its pattern {why[0]}")
        pattern = f"{before}{_escaped(given) if literal else f'(?:{given})'}{after}"
        if rule.pattern is None:
            return replace(rule, pattern=pattern)
        return replace(rule, also_patterns=(*rule.also_patterns, pattern))

    return make


def _escaped(text: str) -> str:
    return re.sub(r"([\\.+*?()|\[\]{}^$#&~-])", r"\\\1", text)


def _length(rule: ColumnRule, arguments: Mapping[str, object]) -> ColumnRule | None:
    exact = arguments.get("exact_value", arguments.get("value"))
    least, most = (exact, exact) if exact is not None else (arguments.get("min_value"), arguments.get("max_value"))
    if not all(value is None or isinstance(value, int) for value in (least, most)) or (least, most) == (None, None):
        return None
    return replace(rule, min_length=least, max_length=most)


_MAKERS: Final[Mapping[str, _Maker]] = {
    **dict.fromkeys(("greater_than_or_equal_to", "ge"), _bounded("least")),
    **dict.fromkeys(("less_than_or_equal_to", "le"), _bounded("most")),
    **dict.fromkeys(("greater_than", "gt"), _bounded("above")),
    **dict.fromkeys(("less_than", "lt"), _bounded("below")),
    **dict.fromkeys(("in_range", "between"), _in_range),
    **dict.fromkeys(("equal_to", "eq", "isin"), _set("one_of")),
    **dict.fromkeys(("not_equal_to", "ne", "notin"), _set("none_of")),
    "str_matches": _text("", _ANY),
    "str_contains": _text(_ANY, _ANY),
    "str_startswith": _text("", _ANY, literal=True),
    "str_endswith": _text(_ANY, "", literal=True),
    "str_length": _length,
}
