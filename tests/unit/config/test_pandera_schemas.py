"""Schemas of pandera: each way they are written, what they mean here, and that nothing is dropped in silence."""

from __future__ import annotations

import pytest

from seatrial.config.contract import load_contract
from seatrial.data.claims import Severity
from seatrial.data.policy import Contract, Extra
from seatrial.errors import ConfigError

NEW = """
schema_type: dataframe
api: pandas
columns:
  age:
    dtype: int64
    greater_than_or_equal_to: 0
    less_than: 120
  share:
    dtype: float64
    nullable: true
    in_range: {min_value: 0, max_value: 1, include_min: true, include_max: false}
  kind:
    dtype: string[python]
    unique: true
    required: false
    isin: [a, b]
    str_matches: '[ab]'
    str_length: {min_value: 1, max_value: 3, exact_value: null}
    notin: [z]
  path:
    dtype: string[python]
    str_startswith: a.
    str_endswith: z
    str_contains: q+
    not_equal_to: aqqz
    unique_values_eq: {values: [a], error: "unique_values_eq(['a'])"}
  three:
    dtype: int64
    equal_to: {value: 3, raise_warning: true}
  day:
    dtype: datetime64[ns]
    greater_than_or_equal_to: '2020-01-01 00:00:00'
  any: {}
  ^k_.*: {dtype: int64, regex: true}
index:
- dtype: int64
strict: true
ordered: true
unique: [age, kind]
"""
OLD = """
schema_type: dataframe
version: 0.17.2
columns:
  age:
    title: null
    description: null
    dtype: int64
    nullable: false
    checks:
      greater_than_or_equal_to: 0.0
      less_than_or_equal_to: {value: 9, options: {raise_warning: true, ignore_na: true}}
    unique: false
    coerce: false
    required: true
    regex: false
  x:
    dtype: float64
    nullable: false
    checks:
    - value: 1
      options: {check_name: greater_than, raise_warning: false}
    - options: {check_name: my_check}
    coerce: true
checks: null
index: null
dtype: null
coerce: false
strict: false
name: null
ordered: false
unique: null
report_duplicates: all
unique_column_names: false
add_missing_columns: false
title: null
description: null
"""


def told(contract: Contract) -> set[tuple[str, str]]:
    return {(entry.severity.value, entry.message.partition(" in pandera")[0]) for entry in contract.unread}


def test_a_schema_of_the_newest_form_becomes_a_contract() -> None:
    contract = load_contract(NEW.encode(), "schema.yaml")
    age, share, kind, path, three, day = (contract.columns[name] for name in list(contract.columns)[:6])

    assert (age.type, age.least, age.below, age.nullable, age.required) == ("int", 0, 120, False, True)
    assert (share.least, share.below, share.nullable, share.finite) == (0, 1, True, False)
    assert (kind.type, kind.unique, kind.required) == ("string", True, False)
    assert (kind.one_of, kind.none_of, kind.min_length, kind.max_length) == (("a", "b"), ("z",), 1, 3)
    assert kind.pattern == "(?:[ab])(?s:.*)"
    assert (path.pattern, path.also_patterns) == (r"a\.(?s:.*)", ("(?s:.*)z", "(?s:.*)(?:q+)(?s:.*)"))
    assert (three.one_of, three.soft) == ((3,), ("one_of",))
    assert (day.type, day.least) == ("datetime", "2020-01-01 00:00:00")
    assert contract.columns["any"].type is None
    assert (contract.extra, contract.unique) == (Extra.FORBID, (("age", "kind"),))


def test_what_has_no_rule_here_is_told_by_name_and_line() -> None:
    contract = load_contract(NEW.encode(), "schema.yaml")
    lines = {entry.message.partition(" of ")[0]: entry.place and entry.place.line for entry in contract.unread}

    assert told(contract) == {
        ("warning", "the check `unique_values_eq` of `path`"),
        ("warning", "a pattern of column names of `^k_.*`"),
        ("warning", "`ordered` of the schema"),
        ("info", "the index of the schema"),
    }
    assert lines["the check `unique_values_eq`"] == 27


def test_older_forms_are_read_too() -> None:
    contract = load_contract(OLD.encode(), "schema.yaml")
    age, x = contract.columns["age"], contract.columns["x"]

    assert (age.least, age.most, age.severity) == (0, 9, Severity.ERROR)
    assert "max" not in age.soft  # one range, whose other end is no mere warning
    assert (x.above, x.type) == (1, "number")
    assert told(contract) == {("warning", "the check `my_check` of `x`")}


def test_json_is_read_as_well() -> None:
    text = '{"schema_type": "polars_dataframe", "columns": {"a": {"dtype": "Int64", "less_than": 5}}}'

    assert load_contract(text.encode(), "schema.json").columns["a"].below == 5


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("dtype: 'period[D]'", "the type period[D] of `a`"),
        ("str_matches: '(?=x)y'", "the check `str_matches` (its pattern looks around (`(?=`); patterns are"),
        ("isin: [1, x]", "the check `isin` of `a`"),
        ("in_range: {min_value: [1]}", "the check `in_range` of `a`"),
        ("parsers: [{a: 1}]", "the parsers of `a`"),
    ],
)
def test_a_check_that_cannot_be_asked_is_a_warning(column: str, expected: str) -> None:
    contract = load_contract(f"schema_type: dataframe\ncolumns: {{a: {{{column}}}}}".encode(), "s.yaml")

    assert [entry.severity for entry in contract.unread] == [Severity.WARNING]
    assert contract.unread[0].message.startswith(expected)


def test_checks_of_the_whole_table_are_told() -> None:
    text = b"schema_type: dataframe\ncolumns: {a: {}}\nchecks: {my_check: {}}\nother: 1\ncoerce: true\n"

    assert told(load_contract(text, "s.yaml")) == {
        ("warning", "the check `my_check` of the schema"),
        ("warning", "`other` of the schema"),
        ("info", "`coerce`, which changes data, of the schema"),
    }


def test_another_kind_of_schema_is_refused() -> None:
    with pytest.raises(ConfigError, match="schema_type cannot be 'series'"):
        load_contract(b"schema_type: series\ncolumns: {a: {}}", "s.yaml")
