"""`contract.yaml`: what it says, all its mistakes at once with their places, and rules that nothing could meet."""

from __future__ import annotations

import pytest

from seatrial.config.contract import load_contract
from seatrial.data.claims import Severity
from seatrial.data.policy import Contract, Extra, NotBefore
from seatrial.errors import ConfigError
from seatrial.verdict import OnInconclusive


def loaded(text: str, file: str = "c.yaml") -> Contract:
    return load_contract(text.encode(), file)


def refusals(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(text)
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_contract_is_read() -> None:
    contract = loaded(
        """
rows: {min: 1000, max: 2000}
extra_columns: warn
columns:
  age: {type: int, min: 0, below: 120, nulls: {max: 1%}, severity: warning}
  mail: {type: string, pattern: '[^@]+@[^@]+', length: {max: 80}, sensitive: true, nullable: false}
  at: {type: datetime, min: 2024-01-01}
  kind: {one_of: [a, b], drift: off}
  note:
  size: float
unique: [id, [user, day]]
order_by: at
fresh: {column: at, within: 2d}
not_before: {later: labelled, earlier: at}
disjoint: [{with: test.parquet, on: id}]
label: y
prediction: score
cluster: user
id: id
leakage: {max: 0.9}
duplicates: {max: 0.5%}
drift: {floor: 0.2, max: {kl: 0.1}, shares: {floor: 0.01}}
on_inconclusive: warn
"""
    )
    age, mail = contract.columns["age"], contract.columns["mail"]

    assert (age.type, age.least, age.below, age.max_null_share, age.severity) == ("int", 0, 120, 0.01, Severity.WARNING)
    assert (mail.pattern, mail.max_length, mail.sensitive, mail.nullable) == ("[^@]+@[^@]+", 80, True, False)
    assert contract.columns["at"].least == "2024-01-01"
    assert contract.columns["note"].type is None
    assert contract.columns["size"].type == "float"
    assert (contract.min_rows, contract.max_rows, contract.extra) == (1000, 2000, Extra.WARN)
    assert contract.unique == (("id",), ("user", "day"))
    assert contract.fresh is not None
    assert contract.fresh.within == 172_800
    assert contract.not_before == (NotBefore(later="labelled", earlier="at"),)
    assert (contract.disjoint[0].path, contract.disjoint[0].on) == ("test.parquet", ("id",))
    assert (contract.max_leakage, contract.max_duplicate_share) == (0.9, 0.005)
    assert (contract.drift.floor, contract.drift.share_floor, contract.drift.max) == (0.2, 0.01, {"kl": 0.1})
    assert contract.on_inconclusive is OnInconclusive.WARN


def test_what_is_not_said_of_a_columns_drift_is_as_in_the_contract() -> None:
    contract = loaded("drift: {floor: 0.15, q: 0.02}\ncolumns: {a: {drift: {detect: 0.5}}, b: {drift: off}}")

    assert (contract.drift_of("a").floor, contract.drift_of("a").detect, contract.drift_of("a").q) == (0.15, 0.5, 0.02)
    assert contract.drift_of("b").off
    assert not contract.drift_of("c").off


@pytest.mark.parametrize("limit", ["q: 0.05", "correlations: {floor: 0.2}", "classifier: {floor: 0.1}"])
def test_a_column_has_no_limits_of_what_is_asked_of_all_together(limit: str) -> None:
    """A setting that nothing reads is refused, not taken and forgotten."""
    with pytest.raises(ConfigError, match="holds for all columns together"):
        loaded(f"columns: {{a: {{drift: {{{limit}}}}}}}")

    loaded(f"drift: {{{limit}}}")


def test_places_name_the_line_of_each_key() -> None:
    contract = loaded("rows: {min: 1}\ncolumns:\n  age:\n    min: 0\nunique:\n  - id\n")
    places = contract.columns["age"].places

    assert (places[""].line, places["min"].line, places["min"].column) == (3, 4, 5)
    assert (contract.places["rows.min"].line, contract.places["unique.0"].line) == (1, 6)


def test_whole_numbers_of_64_bits_keep_every_digit() -> None:
    assert loaded("columns: {a: {max: 9007199254740993}}").columns["a"].most == 9007199254740993


def test_json_is_read_too() -> None:
    assert loaded('{"columns": {"age": {"min": 0}}}', "c.json").columns["age"].least == 0


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = refusals(
        "rows: {min: 3, max: 1}\ncolums: {}\ncolumns:\n  a: {type: text, min: 1}\nlabel: y\nprediction: y\n"
    )

    assert found == [
        "c.yaml:1:13 rows.min: min 3 is above max 1, so nothing could pass",
        "c.yaml:2:1 colums: unknown key `colums`",
        "c.yaml:4:19 columns.a.min: `min` cannot be asked of the type text",
        "c.yaml:6:13 prediction: `y` is both label and prediction",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "c.yaml: the contract asks nothing"),
        ("[a]", "c.yaml:1:1: a mapping of rules was expected here, not a list"),
        ("columns: {}", "c.yaml:1:1 columns: `columns` names no column"),
        ("columns: {a: {type: int}, a: {}}", "c.yaml:1:27 columns.a: this key stands twice; first at 1:11"),
        ("columns: {a: {typ: int}}", "c.yaml:1:15 columns.a.typ: unknown key `typ`"),
        ("columns: {a: integer}", "c.yaml:1:14 columns.a: type cannot be `integer`"),
        ("columns: {a: {min: 5, max: 4}}", "c.yaml:1:20 columns.a.min: min 5 is above max 4, so nothing could pass"),
        ("columns: {a: {above: 5, max: 5}}", "c.yaml:1:22 columns.a.above: above 5 is not below max 5, so nothing"),
        ("columns: {a: {min: 5, above: 4}}", "c.yaml:1:23 columns.a.above: `min` and `above` are bounds on one side"),
        ("columns: {a: {min: 2024-02-30}}", "c.yaml:1:20 columns.a.min: min must be a number or a time, and `2024-02"),
        ("columns: {a: {min: 2024-02-02, max: 2024-01-01}}", "c.yaml:1:20 columns.a.min: min "),
        ("columns: {a: {type: date, min: 3}}", "c.yaml:1:32 columns.a.min: min must be a time, not a number"),
        ("columns: {a: {min: 3, max: 2024-01-01}}", "c.yaml:1:20 columns.a.min: one bound is a number and another a"),
        ("columns: {a: {nulls: {max: 2}}}", "c.yaml:1:28 columns.a.nulls.max: nulls.max must lie from 0 to 1, and is"),
        ("columns: {a: {nulls: {max: 1%}, nullable: false}}", "c.yaml:1:15 columns.a.nulls: `nullable: false` allows"),
        ("columns: {a: {one_of: []}}", "c.yaml:1:23 columns.a.one_of: `one_of` names no value"),
        ("columns: {a: {one_of: [x, x]}}", "c.yaml:1:27 columns.a.one_of[1]: this value stands twice"),
        ("columns: {a: {one_of: [x, 1]}}", "c.yaml:1:23 columns.a.one_of: the values are of several kinds"),
        ("columns: {a: {one_of: [null]}}", "c.yaml:1:24 columns.a.one_of[0]: null is no value of a set"),
        ("columns: {a: {type: int, one_of: [x]}}", "c.yaml:1:35 columns.a.one_of[0]: this is text, and the column's"),
        ("columns: {a: {one_of: [1, 9], max: 5}}", "c.yaml:1:23 columns.a.one_of: 9 of `one_of` is beyond max 5"),
        ("columns: {a: {one_of: [x], none_of: [x]}}", "c.yaml:1:28 columns.a.none_of: `none_of` takes away all"),
        ("columns: {a: {pattern: '(a'}}", "c.yaml:1:24 columns.a.pattern: the pattern does not compile: missing )"),
        ("columns: {a: {pattern: '(?!a)b'}}", "c.yaml:1:24 columns.a.pattern: the pattern looks around (`(?!`)"),
        ("columns: {a: {pattern: '(a)\\1'}}", "c.yaml:1:24 columns.a.pattern: the pattern refers back (`\\1`)"),
        ("columns: {a: {length: {min: 5, max: 4}}}", "c.yaml:1:29 columns.a.length.min: min 5 is above max 4"),
        ("columns: {a: {length: {}}}", "c.yaml:1:15 columns.a.length: `length` needs `min`, `max` or both"),
        ("columns: {a: {severity: fatal}}", "c.yaml:1:25 columns.a.severity: severity cannot be `fatal`"),
        ("unique: [[a, b], [b, a]]", "c.yaml:1:18 unique[1]: b, a is asked to be unique twice"),
        ("fresh: {column: a}", "c.yaml:1:1 fresh: `within` is missing"),
        ("fresh: {column: a, within: soon}", "c.yaml:1:28 fresh.within: within must be a positive time"),
        ("not_before: {later: a, earlier: a}", "c.yaml:1:21 not_before.later: `a` is compared with itself"),
        ("id: y\nlabel: y\ncolumns: {y: int}", "c.yaml:2:8 label: `y` is both id and label"),
        ("rows: {max: 0}", "c.yaml:1:13 rows.max: max 0 asks for a dataset without rows"),
        ("drift: {floor: 0.4}", "c.yaml:1:16 drift.floor: floor 0.4 is not below detect 0.3"),
        ("drift: {q: 0}", "c.yaml:1:12 drift.q: q must lie between 0 and 0.5, and is 0"),
        ("drift: {max: {kl: 0}}", "c.yaml:1:19 drift.max.kl: a limit on kl must be above 0, and is 0"),
        ("drift: {max: {kld: 1}}", "c.yaml:1:15 drift.max.kld: unknown key `kld`"),
        ("leakage: {max: 0.5}", "c.yaml:1:16 leakage.max: leakage.max must lie above 0.5, and is 0.5; that much is"),
        ("rows: {min: 1}\nleakage: {max: 0.9}", "c.yaml:2:1 leakage: `leakage` needs `label`: without one nothing is"),
        ("cluster: y\nleakage: {max: 0.9}", "c.yaml:2:1 leakage: `leakage` needs `label`"),
        ("drift: maybe", "c.yaml:1:8 drift: a mapping with the keys"),
    ],
)
def test_a_mistake_is_refused_where_it_stands(text: str, expected: str) -> None:
    assert any(found.startswith(expected) for found in refusals(text)), refusals(text)


def test_a_label_that_is_declared_elsewhere_is_one_that_leakage_can_be_held_to() -> None:
    assert load_contract(b"leakage: {max: 0.9}", "c.yaml", label="y").max_leakage == 0.9


@pytest.mark.parametrize(
    "pattern", [r"\p{Lu}\p{L}+", "[[:alpha:]]+", "(?<year>[0-9]{4})", r"(?i)ab\z", r"\\1", r"\x{41}", "a{2,3}"]
)
def test_patterns_of_the_engines_own_dialect_are_taken(pattern: str) -> None:
    assert loaded(f"columns: {{a: {{pattern: '{pattern}'}}}}").columns["a"].pattern == pattern
