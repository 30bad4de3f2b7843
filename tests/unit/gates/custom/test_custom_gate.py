"""Results that the user's own code left: limits, intervals, verdicts of their own, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import EvidenceError
from seatrial.evidence.own_results import read_own_results
from seatrial.gates.codes import Reason
from seatrial.gates.custom.judge import judge
from seatrial.gates.custom.policy import Custom, OwnLimit
from seatrial.verdict import Finding, Verdict


def _judged(tmp_path: Path, results: str, **limits: OwnLimit) -> tuple[Finding, ...]:
    path = tmp_path / "own.json"
    path.write_text(f'{{"schema_version": 1, "results": [{results}]}}')
    return judge(Custom(limits=limits), read_own_results(path, shown="own.json"))


@pytest.mark.parametrize(
    ("result", "verdict", "reason"),
    [
        ('"value": 0.04', Verdict.PASS, Reason.WITHIN_LIMIT),
        ('"value": 0.05', Verdict.PASS, Reason.WITHIN_LIMIT),
        ('"value": 0.06', Verdict.FAIL, Reason.ABOVE_MAX),
        ('"value": 0.005', Verdict.FAIL, Reason.BELOW_MIN),
        ('"value": 0.03, "interval": [0.02, 0.04]', Verdict.PASS, Reason.WITHIN_LIMIT),
        ('"value": 0.04, "interval": [0.03, 0.06]', Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
        ('"value": 0.07, "interval": [0.06, 0.08]', Verdict.FAIL, Reason.ABOVE_MAX),
        ('"value": 0.04, "verdict": "FAIL"', Verdict.FAIL, Reason.OWN_FAIL),
        ('"value": 0.06, "verdict": "PASS"', Verdict.FAIL, Reason.ABOVE_MAX),
    ],
)
def test_a_value_is_held_against_the_limits(tmp_path: Path, result: str, verdict: Verdict, reason: Reason) -> None:
    """An interval decides with three verdicts, a value alone with two; the worse of limit and own verdict stands."""
    (finding,) = _judged(tmp_path, f'{{"name": "t", {result}}}', t=OwnLimit(min=0.01, max=0.05))

    assert (finding.verdict, finding.reason) == (verdict, reason)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_a_verdict_of_its_own_is_taken_as_it_is(tmp_path: Path, verdict: Verdict) -> None:
    (finding,) = _judged(tmp_path, f'{{"name": "t", "verdict": "{verdict}", "message": "by hand"}}', t=OwnLimit())

    assert finding.verdict is verdict
    assert finding.reason == f"own_{verdict.lower()}"
    assert finding.message == f"t; its own verdict is {verdict}; by hand"


def test_a_result_that_nobody_made_is_an_error_and_the_nearest_is_named(tmp_path: Path) -> None:
    (finding,) = _judged(tmp_path, '{"name": "toxicty", "value": 1}', toxicity=OwnLimit(max=2))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.OWN_RESULT_MISSING)
    assert finding.message == "own.json has no result `toxicity`; the nearest one is `toxicty`"


def test_no_file_is_an_error() -> None:
    (finding,) = judge(Custom(limits={"t": OwnLimit()}), None)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.OWN_RESULT_MISSING)


def test_a_limit_without_a_value_and_a_value_without_a_limit_say_nothing(tmp_path: Path) -> None:
    """Neither can be judged, so neither is a pass."""
    results = '{"name": "a", "verdict": "PASS"}, {"name": "b", "value": 1}'
    found = _judged(tmp_path, results, a=OwnLimit(max=1), b=OwnLimit())

    assert [(one.verdict, one.reason) for one in found] == [
        (Verdict.ERROR, Reason.NOT_MEASURED),
        (Verdict.ERROR, Reason.NO_LIMIT),
    ]


def test_every_mistake_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(
        '{"schema_version": 2, "results": [{"name": "a"}, {"name": "", "value": 1}, 3, '
        '{"name": "b", "vlaue": 1, "verdict": "GOOD"}, {"name": "c", "value": 1, "interval": [2, 3], "n": 0}, '
        '{"name": "c", "value": 1}, {"name": "d", "value": true}]}'
    )
    with pytest.raises(EvidenceError) as caught:
        read_own_results(path, shown="own.json")

    assert [(str(one), bool(one.next_step)) for one in caught.value.problems] == [
        ("own.json schema_version: schema_version is 2, and 1 is read", True),
        ("own.json results[0]: a result has a `value` or a `verdict`", True),
        ("own.json results[1].name: a result has no name", True),
        ("own.json results[2]: this must be an object", True),
        ("own.json results[3].verdict: this must be one of PASS, FAIL, INCONCLUSIVE, ERROR", True),
        ("own.json results[3].vlaue: unknown key `vlaue`", True),
        ("own.json results[4].interval: an interval is two numbers with the value between them", True),
        ("own.json results[4].n: this must be a whole number from 1 on", True),
        ("own.json results[5].name: `c` stands twice", True),
        ("own.json results[6].value: this must be a number", True),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "this must be an object"),
        ('{"schema_version": 1, "results": []}', "there are no results"),
        ('{"schema_version": 1, "results": 3}', "this must be a list"),
        ('{"schema_version": 1}', "there are no results"),
    ],
)
def test_a_file_without_results_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text)

    with pytest.raises(EvidenceError, match=said):
        read_own_results(path)
