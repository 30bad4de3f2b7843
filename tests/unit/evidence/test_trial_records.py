"""The record of a training on one batch is believed only where its losses bear it out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatrial.errors import EvidenceError
from seatrial.evidence.trial_record import read_trial
from seatrial.evidence.trials import KIND, TrialOutcome
from seatrial.replacing import replace
from seatrial.verdict import Decision, Verdict

PASSED: dict[str, Any] = {
    "schema_version": 1,
    "kind": KIND,
    "target": "a.b:c",
    "max_loss": 0.05,
    "steps": 10,
    "outcome": "below",
    "detail": "",
    "taken": 3,
    "lowest": [3, 0.04],
    "curve": [[1, "0.9"], [2, "0.2"], [3, "0.04"]],
}
TEN = [[step, "0.5"] for step in range(1, 11)]


def written(folder: Path, **changes: object) -> Path:
    path = folder / "r.json"
    path.write_text(json.dumps({**PASSED, **changes}))
    return path


def test_a_pass_allows_and_says_how_far_it_fell(tmp_path: Path) -> None:
    record = read_trial(written(tmp_path))

    [finding] = record.findings
    assert (record.verdict, record.decision, record.next_step) == (Verdict.PASS, Decision.ALLOW, None)
    assert (finding.estimate, finding.threshold, finding.n) == (0.04, 0.05, 3)
    assert finding.message == "the loss fell from 0.9 to 0.04 in 3 steps, below 0.05"


def test_a_loss_that_is_low_from_the_start_is_told_as_one(tmp_path: Path) -> None:
    record = read_trial(written(tmp_path, taken=1, curve=[[1, "0.01"]], lowest=[1, 0.01]))

    assert record.message == "the loss is 0.01 at step 1, below 0.05 from the start"


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"outcome": "not_below", "taken": 10, "curve": TEN, "lowest": [1, 0.5]}, Verdict.FAIL),
        ({"outcome": "diverged", "taken": 1, "curve": [[1, "nan"]], "lowest": None}, Verdict.FAIL),
        ({"outcome": "ended", "taken": 2, "curve": PASSED["curve"][:2], "lowest": [2, 0.2]}, Verdict.FAIL),
        ({"outcome": "nothing", "taken": 0, "curve": [], "lowest": None, "detail": "it"}, Verdict.ERROR),
        ({"outcome": "raised", "taken": 0, "curve": [], "lowest": None, "detail": "it"}, None),
    ],
)
def test_anything_else_blocks(tmp_path: Path, changes: dict[str, Any], verdict: Verdict | None) -> None:
    record = read_trial(written(tmp_path, **changes))

    assert (record.verdict, record.decision) == (verdict, Decision.BLOCK)
    assert record.message
    assert record.next_step


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"curve": [[1, "0.9"], [2, "0.2"], [3, "0.05"]]}, "do not come to `below`"),
        ({"curve": [[1, "0.9"], [2, "0.2"], [3, "nan"]]}, "do not come to `below`"),
        ({"curve": [], "taken": 0, "lowest": None}, "do not come to `below`"),
        ({"outcome": "not_below"}, "do not come to `not_below`"),
        ({"outcome": "ended"}, "do not come to `ended`"),
        ({"outcome": "ended", "taken": 10, "curve": TEN, "lowest": [1, 0.5]}, "do not come to `ended`"),
        ({"outcome": "diverged"}, "do not come to `diverged`"),
        ({"taken": 4}, "not those that were taken"),
        ({"curve": [[2, "0.2"], [3, "0.04"]]}, "not those that were taken"),
        ({"curve": [[1, "0.9"], [1, "0.2"], [3, "0.04"]]}, "not those that were taken"),
        ({"steps": 2}, "more steps than it was to take"),
        ({"lowest": [2, 0.2]}, "is not the lowest"),
        ({"lowest": None}, "is not the lowest"),
        ({"curve": [[1, "0.9"], [2, "inf"], [3, "0.04"]]}, "before the last is not finite"),
        (
            {"curve": [[1, "0.9"], [2, "0.2"], [3, 0.04]]},
            "r.json curve[2][1]: this is not the record of a training on one batch: this must be text",
        ),
        (
            {"curve": [[1, "0.9"], [2], [3, "0.04"]]},
            "r.json curve[1]: this is not the record of a training on one batch: this must be a list of 2",
        ),
        (
            {"curve": [[1, "0.9"], [2, "x"], [3, "0.04"]]},
            "curve[1][1]: this is not the record of a training on one batch: this must be the text of a number",
        ),
        ({"curve": [[1, "0.9"], [2, ""], [3, "0.04"]]}, "must be the text of a number"),
        ({"outcome": "passed"}, "must be one of below, "),
        ({"steps": True}, "must be a whole number"),
        ({"max_loss": "0.05"}, "must be a number"),
        ({"schema_version": 2}, "another version"),
        ({"kind": "data"}, "another program"),
    ],
)
def test_a_record_that_contradicts_itself_is_none(tmp_path: Path, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(EvidenceError, match="not the record of a training on one batch") as caught:
        read_trial(written(tmp_path, **changes), shown="r.json")

    assert any(why in str(problem) for problem in caught.value.problems)


@pytest.mark.parametrize("key", PASSED)
def test_a_record_without_one_of_its_keys_is_none(tmp_path: Path, key: str) -> None:
    path = tmp_path / "r.json"
    path.write_text(json.dumps({name: value for name, value in PASSED.items() if name != key}))

    with pytest.raises(EvidenceError, match=f"`{key}` is missing"):
        read_trial(path)


def test_all_mistakes_of_a_record_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(EvidenceError) as caught:
        read_trial(written(tmp_path, steps=-0.5, detail=None, curve=[[1, "x"], 2]), shown="r.json")

    assert [str(problem.place) for problem in caught.value.problems] == [
        "r.json steps", "r.json detail", "r.json curve[0][1]", "r.json curve[1]"
    ]  # fmt: skip
    assert all(problem.next_step for problem in caught.value.problems)


def test_every_outcome_has_a_verdict_and_only_one_passes(tmp_path: Path) -> None:
    base = read_trial(written(tmp_path))
    passing = [one for one in TrialOutcome if replace(base, outcome=one).verdict is Verdict.PASS]
    assert passing == [TrialOutcome.BELOW]
