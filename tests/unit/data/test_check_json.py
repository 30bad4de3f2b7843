"""A check as JSON: fixed keys, no figure that JSON has no word for."""

from __future__ import annotations

import json
import math

from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.claims import Severity
from seatrial.data.result import Example, Examples, counts, weight
from seatrial.data.serial import check_json, finding_json
from seatrial.replacing import replace
from seatrial.verdict import Verdict
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, HOLDS, UNSURE, a_check

ASKED_FOR = {
    "check", "column", "verdict", "severity", "statistic", "estimate", "interval", "threshold", "n", "n_needed",
}  # fmt: skip


def test_a_finding_has_every_promised_field_under_its_own_name() -> None:
    """What scripts read is there even where it is null."""
    document = finding_json(BROKEN)

    assert ASKED_FOR | {"reason", "message", "place", "rows"} <= document.keys()
    assert document["place"] == {"file": "contract.yaml", "line": 12, "column": 5, "key": "columns.age.max"}
    assert document["rows"] == [7, 80, 4999]
    assert document["n_needed"] is None


@given(st.floats(), st.floats(), st.floats(), st.floats())
def test_json_never_holds_nan_or_infinity(estimate: float, low: float, high: float, detail: float) -> None:
    """What is not finite is null, wherever it stands; what is finite stays as it is."""
    finding = replace(DRIFTED, estimate=estimate, interval=(low, high), details={"kl": detail})
    document = json.loads(json.dumps(finding_json(finding), allow_nan=False))

    assert document["estimate"] == (estimate if math.isfinite(estimate) else None)
    assert document["interval"] == [low if math.isfinite(low) else None, high if math.isfinite(high) else None]
    assert document["details"] == {"kl": detail if math.isfinite(detail) else None}


def test_counts_are_of_findings_that_count() -> None:
    """A note is no statement, so it is in `findings` and not in `counts`."""
    note = replace(BROKEN, severity=Severity.INFO)
    document = check_json(a_check(DRIFTED, UNSURE, GOOD, HOLDS, note))

    assert document["counts"] == {"FAIL": 1, "ERROR": 0, "INCONCLUSIVE": 1, "PASS": 2}
    assert len(check_json(a_check(note))["findings"]) == 1  # type: ignore[arg-type]
    assert document["verdict"] == "FAIL"
    assert document["decision"] == "block"


def test_equal_checks_are_equal_text() -> None:
    """The order of what was put into a mapping does not show."""
    first = replace(a_check(DRIFTED), digests={"a": "1", "b": "2"})
    second = replace(a_check(DRIFTED), digests={"b": "2", "a": "1"})

    assert json.dumps(check_json(first)) == json.dumps(check_json(second))


def test_example_rows_keep_their_numbers() -> None:
    """A row is found again by its number."""
    rows = Examples(check="contract.range", column="age", columns=("age",), rows=(Example(row=7, cells=("130",)),))
    document = check_json(a_check(BROKEN, examples=(rows,)))

    assert document["examples"] == [
        {"check": "contract.range", "column": "age", "columns": ["age"], "rows": [{"row": 7, "cells": ["130"]}]}
    ]


def test_findings_are_weighed_by_what_they_do_and_then_by_their_size() -> None:
    """What blocks comes before what warns, a larger effect before a smaller one, a note last of all."""
    small = replace(DRIFTED, column="a", estimate=0.15)
    warning = replace(DRIFTED, column="b", severity=Severity.WARNING)
    note = replace(DRIFTED, column="c", severity=Severity.INFO)
    error = replace(DRIFTED, column="d", verdict=Verdict.ERROR)

    assert sorted([note, GOOD, UNSURE, warning, small, error, DRIFTED], key=weight) == [
        DRIFTED, small, warning, error, UNSURE, GOOD, note,
    ]  # fmt: skip


def test_a_broken_rule_weighs_more_than_any_shift() -> None:
    """A fact has no size in floors, and must not sink below a drift for that."""
    assert sorted([DRIFTED, BROKEN], key=weight) == [BROKEN, DRIFTED]


def test_an_estimate_that_is_no_number_does_not_break_the_order() -> None:
    """NaN compares with nothing, so it must not reach a sort."""
    strange = replace(DRIFTED, estimate=math.nan, column="z")

    assert sorted([strange, DRIFTED], key=weight) == [DRIFTED, strange]


def test_counting_names_every_verdict() -> None:
    """A verdict nobody gave is zero, not absent."""
    assert counts([]) == dict.fromkeys((Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE, Verdict.PASS), 0)
