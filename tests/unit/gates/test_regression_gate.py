"""The regression gate: what is compared, what is not, and how it is said."""

from __future__ import annotations

import polars as pl
import pytest

from seatrial.evidence.records import Predictions, Source
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Evidence, LeftOut, Present
from seatrial.gates.judge import judge
from seatrial.gates.judgement import conclude
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Bound, Comparing, GateSet, Regression
from seatrial.verdict import Decision, Finding, OnInconclusive, Verdict

_SET = GateSet(name="promote", regression=Regression(comparing=Comparing(margin=Margin(value=0.01))))


def _predictions(answers: list[str], *, digest: str = "b3:x", first: int = 0, label: str = "1") -> Predictions:
    ids = [f"row-{first + i}" for i in range(len(answers))]
    table = pl.DataFrame({"id": ids, "label": [label] * len(answers), "prediction": answers})
    return Predictions(source=Source(path="p.csv", digest=digest), table=table)


def _pair(both: int, won: int, lost: int, neither: int) -> tuple[Evidence, Present]:
    """A candidate and a baseline with the given paired counts."""
    candidate = ["1"] * (both + won) + ["0"] * (lost + neither)
    baseline = ["1"] * both + ["0"] * won + ["1"] * lost + ["0"] * neither
    return (
        Evidence(predictions=_predictions(candidate, digest="b3:c"), artifact="b3:new"),
        Present(
            evidence=Evidence(predictions=_predictions(baseline, digest="b3:b"), artifact="b3:old"), label="production"
        ),
    )


def _only(candidate: Evidence, baseline: Baseline, gate_set: GateSet = _SET) -> Finding:
    (finding,) = judge(gate_set, candidate, baseline)
    return finding


@pytest.mark.parametrize(
    ("counts", "verdict", "reason"),
    [
        ((9_000, 250, 250, 500), Verdict.PASS, Reason.NOT_WORSE),
        ((780, 5, 60, 55), Verdict.FAIL, Reason.WORSE),
        ((418, 11, 16, 5), Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS),
        ((9_000, 20, 110, 870), Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT),
    ],
)
def test_paired_rows_decide(counts: tuple[int, int, int, int], verdict: Verdict, reason: Reason) -> None:
    """The verdict comes from the rows where exactly one model is right."""
    finding = _only(*_pair(*counts))

    assert (finding.verdict, finding.reason) == (verdict, reason)


def test_finding_carries_its_figures() -> None:
    """Estimate, interval and threshold are on the scale candidate minus baseline; digests name the evidence."""
    finding = _only(*_pair(418, 11, 16, 5))

    assert (finding.name, finding.kind, finding.metric) == ("regression.accuracy", "regression", "accuracy")
    assert finding.estimate == pytest.approx(-5 / 450, abs=1e-12)
    assert finding.interval == pytest.approx((-0.031287, 0.008248), abs=1e-6)
    assert finding.threshold == -0.01
    assert (finding.n, finding.n_needed) == (450, 5_019)
    assert finding.candidate == pytest.approx(429 / 450)
    assert finding.baseline == pytest.approx(434 / 450)
    assert finding.digests == {
        "candidate_artifact": "b3:new",
        "candidate_predictions": "b3:c",
        "baseline_artifact": "b3:old",
        "baseline_predictions": "b3:b",
    }


def test_message_says_what_how_much_how_sure_and_what_would_change_it() -> None:
    """A reviewer without statistics can act on the sentence."""
    finding = _only(*_pair(418, 11, 16, 5))

    assert finding.message == (
        "accuracy 0.953, 0.011 below production (90 % interval -0.031 to 0.008); "
        "that it is not worse by 0.010 or more cannot be shown with 450 rows; about 5,019 rows would decide"
    )


def test_same_artifact_passes_without_rows() -> None:
    """Equal artifact digests are the same model; its rows are not even looked at."""
    baseline = Present(evidence=Evidence(artifact="b3:same"), label="digits@3 (production)")

    finding = _only(Evidence(artifact="b3:same"), baseline)

    assert (finding.verdict, finding.reason) == (Verdict.PASS, Reason.SAME_ARTIFACT)
    assert finding.n is None
    assert "digits@3 (production)" in finding.message


def test_two_unknown_artifacts_are_not_the_same() -> None:
    """None is no digest: without rows there is nothing to go by."""
    finding = _only(Evidence(), Present(evidence=Evidence(), label="production"))

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.PREDICTIONS_MISSING)


def test_different_artifacts_that_never_disagree_are_judged_by_their_rows() -> None:
    """No disagreement in 100 rows is too little to pass, in 1,000 rows it is enough."""
    few = _only(*_pair(90, 0, 0, 10))
    many = _only(*_pair(900, 0, 0, 100))

    assert (few.verdict, few.n_needed) == (Verdict.INCONCLUSIVE, 1_629)
    assert (many.verdict, many.reason) == (Verdict.PASS, Reason.NOT_WORSE)


@pytest.mark.parametrize(
    ("reason", "verdict"),
    [
        (AbsentReason.NO_BASELINE, Verdict.ERROR),
        (AbsentReason.BASELINE_ABSENT, Verdict.INCONCLUSIVE),
        (AbsentReason.NOT_RESCORED, Verdict.ERROR),
    ],
)
def test_absent_baseline_is_never_a_pass(reason: AbsentReason, verdict: Verdict) -> None:
    """Nobody holds the alias: ERROR. The main branch has no configuration: INCONCLUSIVE. It could not be
    evaluated again: ERROR."""
    finding = _only(_pair(90, 0, 0, 10)[0], Absent(reason=reason))

    assert (finding.verdict, finding.reason) == (verdict, reason.value)
    assert finding.digests == {"candidate_artifact": "b3:new", "candidate_predictions": "b3:c"}


def test_absent_baseline_ends_with_the_advice_of_the_caller() -> None:
    """Where the usual words do not fit, the caller's are shown."""
    absent = Absent(reason=AbsentReason.NO_BASELINE, message="nothing here", next_step="name it with --production")

    assert _only(Evidence(), absent).message == "nothing here; name it with --production"


def test_first_model_is_not_compared_and_not_listed() -> None:
    """A declared first model gets no regression finding, not even a PASS."""
    gate_set = GateSet(
        name="s",
        performance={"accuracy": Bound(min=0.5)},
        regression=Regression(comparing=Comparing(margin=Margin(value=0.01))),
    )

    findings = judge(gate_set, _pair(90, 0, 0, 10)[0], LeftOut())

    assert [finding.name for finding in findings] == ["performance.accuracy.min"]


def test_nothing_judged_is_an_error() -> None:
    """A set that checked nothing blocks."""
    judgement = conclude(_SET, judge(_SET, Evidence(), LeftOut()))

    assert (judgement.verdict, judgement.decision) == (Verdict.ERROR, Decision.BLOCK)


def test_unmatched_rows_are_an_error() -> None:
    """Rows that only one file has are never dropped in silence."""
    candidate, _ = _pair(10, 0, 0, 0)
    other = Present(evidence=Evidence(predictions=_predictions(["1"] * 10, first=5)), label="production")

    finding = _only(candidate, other)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.UNMATCHED_ROWS)
    assert finding.interval is None


def test_different_truth_for_one_id_is_an_error() -> None:
    """The same id with two labels means that the files speak of different data."""
    candidate, _ = _pair(10, 0, 0, 0)
    other = Present(evidence=Evidence(predictions=_predictions(["1"] * 10, label="2")), label="production")

    finding = _only(candidate, other)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.LABEL_MISMATCH)


def test_regression_of_a_metric_that_no_row_explains_is_an_error() -> None:
    """A name that is no metric is refused, with the nearest one, and not replaced by accuracy."""
    gate_set = GateSet(
        name="s", regression=Regression(comparing=Comparing(margin=Margin(value=0.01), metrics=("acuracy",)))
    )

    finding = _only(*_pair(90, 0, 0, 10), gate_set=gate_set)

    assert (finding.verdict, finding.reason) == (Verdict.ERROR, Reason.METRIC_UNSUPPORTED)
    assert "`accuracy`" in finding.message


@pytest.mark.parametrize(
    ("on_inconclusive", "debt", "decision"),
    [
        (OnInconclusive.WARN, 0, Decision.WARN),
        (OnInconclusive.WARN, 1, Decision.HOLD),
        (OnInconclusive.HOLD, 0, Decision.HOLD),
        (OnInconclusive.BLOCK, 0, Decision.BLOCK),
    ],
)
def test_decision_follows_the_set(on_inconclusive: OnInconclusive, debt: int, decision: Decision) -> None:
    """The verdict stays INCONCLUSIVE; what becomes of it is the set's choice."""
    gate_set = GateSet(
        name="s", regression=Regression(comparing=Comparing(margin=Margin(value=0.01))), on_inconclusive=on_inconclusive
    )

    judgement = conclude(gate_set, judge(gate_set, *_pair(90, 0, 0, 10)), debt=debt)

    assert (judgement.verdict, judgement.decision) == (Verdict.INCONCLUSIVE, decision)


def test_findings_are_reproducible() -> None:
    """The same evidence and set give equal findings, whatever the order of the rows."""
    candidate, baseline = _pair(418, 11, 16, 5)
    assert isinstance(candidate.predictions, Predictions)
    shuffled = Evidence(
        predictions=Predictions(
            source=candidate.predictions.source,
            table=candidate.predictions.table.sample(fraction=1, shuffle=True, seed=7),
        ),
        artifact=candidate.artifact,
    )

    assert judge(_SET, shuffled, baseline) == judge(_SET, candidate, baseline)
