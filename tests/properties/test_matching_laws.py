"""Laws of matching: one canonical text for one value, matchers that never raise, hostile rows that are told or read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from seatrial.digest import Json
from seatrial.errors import EvidenceError, Place, Problem
from seatrial.evidence import canonical_text
from seatrial.evidence.answers import read_answers
from seatrial.evidence.canonical_scalar import canonical_one, of_value
from seatrial.evidence.case_records import Answer, Answers, Cases, Expectation
from seatrial.evidence.cases import read_cases
from seatrial.gates.behavioral.matchers.schema_checks import Checks, frozen
from seatrial.gates.behavioral.matchers.schema_shape import shape_faults
from seatrial.gates.behavioral.matchers.table import MATCHERS, faults, matcher_of

_NUMBERS = st.from_regex(r"\A-?[0-9]{0,3}\.?[0-9]{0,8}([eE]-?[0-9]{1,2})?\n?\Z")
_TEXTS = st.one_of(st.text(max_size=12), _NUMBERS, st.sampled_from(["True", "FALSE", "-0.0", "-0", "1.0\n", "0.00001"]))
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), _TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
    max_leaves=8,
)
_KEYS = st.sampled_from(sorted({key for kind in MATCHERS.values() for key in kind.keys}))


@given(st.lists(_TEXTS, max_size=20))
@example(["1.0\n", "-0.0", "0.000010", "1e-05\n"])
def test_one_text_is_canonical_as_a_column_is(texts: list[str]) -> None:
    """The plain rule and polars' rule make the same text of everything."""
    column = canonical_text.canonical(pl.Series(texts, dtype=pl.String)).to_list()

    assert [canonical_one(text) for text in texts] == column


@given(st.sampled_from(list(MATCHERS)), st.dictionaries(_KEYS, _JSON, max_size=3), st.text(max_size=30))
def test_a_matcher_is_refused_or_answers(name: str, arguments: dict[str, Json], text: str) -> None:
    """No arguments and no answer make one raise: it says yes, no, or that it cannot tell."""
    if faults(name, arguments):
        return
    matcher = matcher_of(Expectation(matcher=name, arguments=arguments, place=Place()))

    assert matcher.holds(Answer(text=text)) in (True, False, None)
    assert matcher.wanted


@given(_JSON)
def test_every_value_but_null_is_exactly_itself(value: Json) -> None:
    """What a model writes as it was expected passes, whatever it is."""
    if faults("exact", {"expected": value}):
        return
    matcher = matcher_of(Expectation(matcher="exact", arguments={"expected": value}, place=Place()))
    written = json.dumps(value) if isinstance(value, list | dict) else of_value(value)

    assert matcher.holds(Answer(text=written or "")) is True


@given(_JSON, _JSON)
def test_values_are_equal_as_json_exactly_if_their_frozen_forms_are(one: Json, other: Json) -> None:
    """`const` accepts a value and nothing else; `not` is its opposite."""
    schema: Json = {"const": one}
    assert not shape_faults(schema)
    fits = Checks(schema).broken(other) is None

    assert Checks(schema).broken(one) is None
    assert fits == (frozen(one) == frozen(other))
    assert (Checks({"not": schema}).broken(other) is None) != fits


@given(_JSON)
def test_any_value_is_a_schema_that_is_understood_or_refused(schema: Json) -> None:
    """Nothing that JSON can hold makes the look at a schema raise."""
    found = shape_faults(schema)
    where = None if found else Checks(schema).broken({"a": [1, "x"]})

    assert all(place.startswith("#") and message and step for place, message, step in found)
    assert where is None or where.startswith("#")


_COLUMNS = (
    "id", "expected", "matcher", "any", "of", "relation", "tags", "critical", "repeat", "answer", "score", "passed",
)  # fmt: skip
_ROWS = st.lists(st.dictionaries(st.sampled_from(_COLUMNS), _JSON, max_size=5), max_size=4)


def _told(read: Callable[[], Cases | Answers]) -> tuple[Problem, ...]:
    try:
        read()
    except EvidenceError as error:
        return error.problems
    return ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_ROWS)
def test_hostile_rows_are_read_or_told(tmp_path: Path, rows: list[dict[str, Json]]) -> None:
    """Whatever stands in a file, the readers answer with records or with mistakes that name the file."""
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    problems = (*_told(lambda: read_cases([path], check=faults)), *_told(lambda: read_answers(path)))

    assert all(problem.place is not None and problem.place.file == str(path) for problem in problems)
    assert rows or len(problems) == 2
