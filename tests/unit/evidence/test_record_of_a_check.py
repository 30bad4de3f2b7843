"""The record of a data check: what a stage leaves is read back whole, and nothing else is taken for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.data.result import Example, Examples
from seatrial.errors import EvidenceError, Place
from seatrial.evidence.check_record import CheckRecord, read_check
from seatrial.replacing import replace
from seatrial.report.data_record import record, unreadable
from seatrial.verdict import Decision, Verdict
from tests.support.data_checks import BROKEN, DRIFTED, GOOD, UNSURE, a_check

ROWS = Examples(
    check="contract.range", column="age", columns=("age", "name"), rows=(Example(row=7, cells=("999", "***")),)
)


def written(folder: Path, document: Any) -> CheckRecord:
    file = folder / "check.json"
    file.write_text(json.dumps(document))
    return read_check(file, shown="reports/check.json")


def test_what_was_found_is_read_back(tmp_path: Path) -> None:
    found = written(tmp_path, record(a_check(DRIFTED, BROKEN, UNSURE, GOOD, examples=(ROWS,))))

    assert (found.verdict, found.decision, found.rows) == (Verdict.FAIL, Decision.BLOCK, 5000)
    assert [finding.name for finding in found.findings] == [
        "drift.location income", "contract.range age", "drift.missing city", "drift.location height"
    ]  # fmt: skip
    assert (found.findings[0].estimate, found.findings[0].interval) == (0.41, (0.38, 0.44))
    assert (found.details[1].file, found.details[1].line, found.details[0].file) == ("contract.yaml", 12, None)
    assert found.details[0].figures.startswith("0.41 sd [0.38, 0.44]")
    assert [(each.columns, each.rows) for each in found.examples] == [(("age", "name"), ((7, ("999", "***")),))]
    assert found.counts["PASS"] == 1


def test_rows_that_decide_only_with_a_larger_reference_are_no_promise(tmp_path: Path) -> None:
    """A headline says how many rows would decide; where both sides need them, only the figures do, which say so."""
    found = written(tmp_path, record(a_check(UNSURE, replace(UNSURE, n_reference_needed=180))))

    assert [finding.n_needed for finding in found.findings] == [180, None]
    assert "about 180 rows in the reference and as many in current would decide" in found.details[1].figures


def test_check_that_could_not_be_made_is_an_error_with_its_place(tmp_path: Path) -> None:
    error = EvidenceError("row 3 has too many cells", place=Place(file="data.csv", line=3), next_step="correct it")

    found = written(tmp_path, unreadable("data.csv", error))

    assert (found.verdict, found.decision, found.identity) == (Verdict.ERROR, Decision.BLOCK, "")
    assert (found.details[0].file, found.details[0].line) == ("data.csv", 3)


@pytest.mark.parametrize("key", ["verdict", "decision", "findings", "counts", "identity", "examples", "distributions"])
def test_record_that_lacks_anything_is_none(tmp_path: Path, key: str) -> None:
    document: dict[str, Any] = {**record(a_check(BROKEN))}
    document.pop(key)

    with pytest.raises(EvidenceError, match=f"`{key}` is missing"):
        written(tmp_path, document)


@pytest.mark.parametrize(
    ("changed", "place"),
    [
        ({"verdict": "FINE"}, "verdict"),
        ({"decision": "maybe"}, "decision"),
        ({"rows": -0.5}, "rows"),
        ({"rows": True}, "rows"),
        ({"counts": [1]}, "counts"),
        ({"counts": {"PASS": "1"}}, "counts.PASS"),
        ({"schema_version": 2}, "schema_version"),
        ({"statistics": [["age"]]}, "statistics[0]"),
        ({"distributions": [["age", "x"]]}, "distributions[0]"),
        ({"findings": [{"check": "x"}]}, "findings[0].column"),
    ],
)
def test_record_that_says_something_else_is_none(tmp_path: Path, changed: dict[str, Any], place: str) -> None:
    with pytest.raises(EvidenceError, match="not the record of a data check") as caught:
        written(tmp_path, {**record(a_check(BROKEN)), **changed})

    assert str(caught.value.problems[0].place) == f"reports/check.json {place}"
