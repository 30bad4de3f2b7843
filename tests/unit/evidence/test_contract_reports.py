"""The record of a model's contract is read strictly: what contradicts itself, or is not complete, is no evidence."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import EvidenceError
from seatrial.evidence.contract_report import read_contract_report

ALIKE = {"compared": 3, "unlike": 0, "worst": 0.0, "where": "", "why_not": ""}
RECORD: dict[str, Any] = {
    "schema_version": 1,
    "kind": "contract",
    "starts": [{"ok": True, "seconds": 1.5, "detail": ""}, {"ok": True, "seconds": 1.25, "detail": ""}],
    "asked": 3,
    "unanswered": None,
    "shapes": [{"text": "number", "form": "number", "length": None, "keys": [], "count": 3, "first": "a"}],
    "score": {"path": "", "values": 3, "least": 0.1, "greatest": 0.9, "strangers": 0, "first": ""},
    "batch": {**ALIKE},
    "repeat": {**ALIKE},
    "restart": {**ALIKE},
}


def problems(folder: Path, *changes: tuple[str, Any]) -> list[str]:
    """What is said of a record in which some places were changed; `...` takes a key away."""
    record = copy.deepcopy(RECORD)
    for path, value in changes:
        *above, last = path.split(".")
        at: Any = record
        for key in above:
            at = at[int(key)] if key.isdecimal() else at[key]
        if value is ...:
            del at[last]
        else:
            at[last] = value
    file = folder / "contract.json"
    file.write_text(json.dumps(record))
    with pytest.raises(EvidenceError) as caught:
        read_contract_report(file, shown="contract.json")
    assert all(problem.next_step for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def test_a_whole_record_is_read(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(RECORD))

    report = read_contract_report(file, stage="serve")

    assert (report.asked, report.source.stage, report.unanswered) == (3, "serve", None)
    assert [start.seconds for start in report.starts] == [1.5, 1.25]
    assert report.score is not None
    assert report.score.greatest == 0.9


@pytest.mark.parametrize("key", [key for key in RECORD if key not in ("schema_version", "kind")])
def test_each_key_must_be_there(tmp_path: Path, key: str) -> None:
    assert any(f"`{key}` is missing" in problem for problem in problems(tmp_path, (key, ...)))


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("schema_version", 2, "not a contract record of version 1"),
        ("kind", "timings", "not a contract record of version 1"),
        ("asked", -1, "asked: this must be a whole number"),
        ("asked", True, "asked: this must be a whole number"),
        ("asked", 3.0, "asked: this must be a whole number"),
        ("starts", {}, "starts: this must be a list"),
        ("starts", [3], "starts[0]: this must be an object"),
        ("starts.0.ok", 1, "starts[0].ok: this must be true or false"),
        ("starts.1.seconds", -1, "starts[1].seconds: this must be a number from 0 on"),
        ("starts.0.second", 1, "starts[0].second: unknown key `second`"),
        ("shapes.0.form", "float", "shapes[0].form: this must be one of number"),
        ("shapes.0.keys", [1], "shapes[0].keys[0]: this must be text"),
        ("shapes.0.count", 2, "another number of answers than the 3 there are"),
        ("unanswered", {"count": 4, "first": "a", "detail": ""}, "more inputs are unanswered than were asked"),
        ("unanswered", {"count": 1, "first": "a", "detail": ""}, "another number of answers than the 2 there are"),
        ("batch.compared", 4, "more is compared than was answered"),
        ("batch.unlike", 4, "more is compared than was answered, or unlike than compared"),
        ("batch.compared", 0, "every input that was answered is compared, or there is a reason why not"),
        ("batch.compared", 2, "every input that was answered is compared, or there is a reason why not"),
        ("repeat.why_not", "because", "every input that was answered is compared, or there is a reason why not"),
        ("restart", None, "restart: this must be an object"),
        ("score.least", None, "there are values exactly where there is a least one"),
        ("score.values", 0, "there are values exactly where there is a least one"),
        ("score.greatest", None, "there is a least value exactly where there is a greatest"),
        ("score.least", 0.95, "the least value is above the greatest"),
    ],
)
def test_each_mistake_is_told_with_its_key(tmp_path: Path, path: str, value: Any, said: str) -> None:
    assert any(said in problem for problem in problems(tmp_path, (path, value)))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    found = problems(tmp_path, ("asked", "3"), ("starts.0.ok", None), ("batch.worst", "0"), ("scores", {}))

    assert len(found) == 4
