"""The calibration gate: probabilities that come true as often as they say, or not, or too few to tell."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.evidence.sample import Sample, Side
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Case, Evidence, LeftOut
from seatrial.gates.judge import judge
from seatrial.gates.looking import Looking
from seatrial.gates.policy import Calibration, GateSet
from seatrial.gates.power.outlook import Outlook
from seatrial.gates.power.plan import outlooks
from seatrial.metrics.measure import Measuring
from seatrial.metrics.reliability import reliability
from seatrial.replacing import replace
from seatrial.verdict import Finding, Verdict
from tests.support.judged import evidence

Reals = NDArray[np.float64]


def _set(**rule: Any) -> GateSet:
    return GateSet(name="s", calibration=replace(Calibration(), **rule))


def _rows(n: int, *, off: float = 0.0, seed: int = 1, **more: Any) -> Evidence:
    """Scores over most of the range, and labels that are true with that probability, less `off`."""
    draw = np.random.default_rng(seed)
    score = draw.uniform(0.15, 0.95, n)
    labels = (draw.random(n) < score - off).astype(int)
    return evidence(labels=labels, score=score, **more)


def _only(gate: GateSet, rows: Evidence) -> Finding:
    (one,) = judge(gate, rows, LeftOut())
    return one


@pytest.mark.parametrize("what", ["max_error", "max_gap"])
@pytest.mark.parametrize("seed", range(5))
def test_a_calibrated_model_passes_and_one_that_is_off_by_a_tenth_fails(what: str, seed: int) -> None:
    """With twenty thousand rows, at a limit of 0.05."""
    fine = _only(_set(**{what: 0.05}), _rows(20_000, seed=seed))
    off = _only(_set(**{what: 0.05}), _rows(20_000, off=0.1, seed=seed))

    assert (fine.verdict, fine.reason) == (Verdict.PASS, Reason.WITHIN_LIMIT)
    assert (off.verdict, off.reason) == (Verdict.FAIL, Reason.ABOVE_MAX)
    assert off.estimate == pytest.approx(0.1, abs=0.015)
    assert off.interval is not None
    assert off.interval[0] > 0.05
    assert (off.name, off.metric, off.threshold) == (f"calibration.{what}", what.removeprefix("max_"), 0.05)


@pytest.mark.parametrize("seed", range(5))
def test_a_calibrated_model_with_few_rows_is_not_blamed_for_small_bins(seed: int) -> None:
    """Plain expected calibration error of 400 perfect rows is above 0.05; the gate does not FAIL for it."""
    found = _only(_set(max_error=0.05), _rows(400, seed=seed))

    assert found.verdict is Verdict.INCONCLUSIVE
    plain = float(found.message.split("plain expected calibration error ")[1].split(")")[0])
    assert plain > 0.04
    assert found.n_needed is None or found.n_needed > 400


def test_a_handful_of_rows_has_no_bins() -> None:
    """Below forty rows nothing is said; the interval is all there is."""
    found = _only(_set(max_error=0.05), _rows(39))

    assert (found.verdict, found.interval, found.n) == (Verdict.INCONCLUSIVE, (0.0, 1.0), 39)
    assert "too few rows for bins" in found.message


def test_a_gap_says_on_which_side_it_lies() -> None:
    """Scores above what comes true, or below."""
    above, below = _rows(20_000, off=0.1), _rows(20_000, off=-0.05)

    assert "scores lie above what comes true" in _only(_set(max_gap=0.02), above).message
    assert "scores lie below what comes true" in _only(_set(max_gap=0.02), below).message


def test_errors_that_cancel_are_an_error_and_no_gap() -> None:
    """Too high in one half and too low in the other: right on average, and wrong everywhere."""
    draw = np.random.default_rng(2)
    score = np.where(np.arange(20_000) % 2, 0.3, 0.7)
    labels = (draw.random(20_000) < np.where(np.arange(20_000) % 2, 0.15, 0.85)).astype(int)

    error, gap = judge(_set(max_error=0.05, max_gap=0.05), evidence(labels=labels, score=score), LeftOut())

    assert (error.verdict, gap.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert error.estimate == pytest.approx(0.15, abs=0.01)


def test_groups_are_judged_each_and_the_worst_is_told() -> None:
    """One of three is off; the other two pass; so does the whole, in which it is lost."""
    parts = [_table(8_000, off) for off in (0.0, 0.12, 0.0)]
    labels, score = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
    groups = {"region": np.repeat(["a", "b", "c"], 8_000)}

    whole, by = judge(
        _set(max_gap=0.06, by=(("region",),)), evidence(labels=labels, score=score, groups=groups), LeftOut()
    )

    assert (whole.name, whole.verdict, whole.parts) == ("calibration.max_gap", Verdict.PASS, ())
    assert (by.name, by.verdict) == ("calibration.max_gap.region", Verdict.FAIL)
    assert [(part.name, part.verdict, part.n) for part in by.parts] == [
        ("a", Verdict.PASS, 8_000),
        ("b", Verdict.FAIL, 8_000),
        ("c", Verdict.PASS, 8_000),
    ]
    assert "in b " in by.message
    assert by.estimate == by.parts[1].estimate


def _table(n: int, off: float) -> tuple[NDArray[np.int64], Reals]:
    draw = np.random.default_rng(round(100 * off))
    score = draw.uniform(0.2, 0.9, n)
    return (draw.random(n) < score - off).astype(int), score


def test_a_group_with_few_rows_is_inconclusive_beside_others_that_pass() -> None:
    """One row, in a group of its own."""
    labels, score = _table(8_001, 0.0)
    groups = {"region": ["lone"] + ["rest"] * 8_000}

    for what in ("max_error", "max_gap"):
        _, by = judge(
            _set(**{what: 0.06}, by=(("region",),)), evidence(labels=labels, score=score, groups=groups), LeftOut()
        )
        verdicts = {part.name: part.verdict for part in by.parts}
        assert verdicts == {"lone": Verdict.INCONCLUSIVE, "rest": Verdict.PASS}
        assert by.verdict is Verdict.INCONCLUSIVE
        assert "in lone" in by.message


def _several(n: int, sharper: float) -> Evidence:
    """Three classes whose probabilities are right, raised to a power: above 1 a model that is too sure of itself."""
    draw = np.random.default_rng(4)
    shares = draw.dirichlet([0.6, 0.6, 0.6], n)
    labels = (shares.cumsum(axis=1) > draw.random(n)[:, None]).argmax(axis=1)
    said = shares**sharper
    said /= said.sum(axis=1, keepdims=True)
    names = np.array(["a", "b", "c"])
    return evidence(labels=names[labels], scores={name: said[:, at] for at, name in enumerate(names)})


def test_of_several_classes_the_top_one_is_looked_at() -> None:
    """Probabilities of three classes that are right pass; made sharper, they fail."""
    assert _only(_set(max_error=0.04), _several(20_000, 1.0)).verdict is Verdict.PASS
    assert _only(_set(max_error=0.04), _several(20_000, 2.5)).verdict is Verdict.FAIL


def test_mean_score_against_share_needs_one_positive_class() -> None:
    """Of three classes none is."""
    found = _only(_set(max_gap=0.04), _several(2_000, 1.0))

    assert (found.verdict, found.reason) == (Verdict.ERROR, Reason.POSITIVE_UNKNOWN)


@pytest.mark.parametrize("what", ["max_error", "max_gap"])
def test_what_cannot_be_looked_at_is_an_error_with_its_reason(what: str) -> None:
    """No rows, no labels, no score, scores that are no probabilities."""
    gate = _set(**{what: 0.05})
    zeros = [0, 1] * 50

    def reason(rows: Evidence) -> str:
        found = _only(gate, rows)
        assert found.verdict is Verdict.ERROR
        assert found.message.startswith("calibration: ")
        return found.reason

    assert reason(Evidence()) == Reason.PREDICTIONS_MISSING
    assert reason(evidence(values={"v": zeros}, score=[0.5] * 100)) == Reason.LABELS_MISSING
    assert reason(evidence(labels=zeros, answers=zeros)) == Reason.SCORE_MISSING
    assert reason(evidence(labels=zeros, score=[-1.0, 2.0] * 50)) == Reason.SCORE_OUT_OF_RANGE
    assert reason(evidence(labels=["cat", "dog"] * 50, score=[0.5] * 100)) == Reason.POSITIVE_UNKNOWN


@pytest.mark.parametrize("rows", [5, 50, 500])
def test_outcomes_that_are_all_alike_show_no_gap_to_be_small(rows: int) -> None:
    """All rows came true and scores say 0.95: how far the share of positives may be off was not seen, however little
    the scores differ among themselves."""
    scores = [0.94 + 0.02 * (at % 7) / 7 for at in range(rows)]

    found = _only(_set(max_gap=0.1), evidence(labels=["1"] * rows, score=scores))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.estimate == pytest.approx(0.05, abs=0.01)
    assert "too few rows of one outcome" in found.message


def test_a_gap_that_few_rows_carry_decides_nothing() -> None:
    """Two negatives of three hundred rows: their number could as well be none, or eight."""
    labels = [0, 0] + [1] * 298

    found = _only(_set(max_gap=0.02), evidence(labels=labels, score=[0.99] * 300))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "too few rows carry its spread" in found.message


def test_equal_scores_stay_in_one_bin() -> None:
    """A model that knows five scores has five bins, however the rows are ordered."""
    draw = np.random.default_rng(1)
    score = draw.choice([0.1, 0.3, 0.5, 0.7, 0.9], 1_000, p=[0.4, 0.3, 0.1, 0.1, 0.1])
    labels = (draw.random(1_000) < score).astype(np.int32)
    sample = Sample(n=1_000, classes=("0", "1"), labels=labels, candidate=Side(score=score))

    (found,) = reliability(Measuring(sample), 15)

    assert [each.score for each in found.bins] == pytest.approx([0.1, 0.3, 0.5, 0.7, 0.9])
    assert sum(each.n for each in found.bins) == 1_000
    for each in found.bins:
        there = np.isclose(score, each.score)
        assert each.n == there.sum()
        assert each.share == pytest.approx(labels[there].mean())


def test_clusters_widen_the_bounds() -> None:
    """Rows of one user that come true together."""
    labels, score = _table(500, 0.0)
    twenty = np.repeat(np.arange(500), 20)

    rows = _only(_set(max_error=0.05), evidence(labels=labels[twenty], score=score[twenty]))
    users = _only(_set(max_error=0.05), evidence(labels=labels[twenty], score=score[twenty], cluster=twenty))

    assert rows.interval is not None
    assert users.interval is not None
    assert users.interval[1] - users.interval[0] > 2 * (rows.interval[1] - rows.interval[0])
    assert users.verdict is Verdict.INCONCLUSIVE
    assert (users.estimate or 0) < (rows.estimate or 0)  # chance that twenty rows share is no error of the scores


@pytest.mark.parametrize(("rare", "verdict"), [(9, Verdict.INCONCLUSIVE), (10, Verdict.PASS)])
@pytest.mark.parametrize("turned", [False, True])
def test_the_rarer_outcome_must_have_been_seen(rare: int, verdict: Verdict, *, turned: bool) -> None:
    """A share of nine rows is known too coarsely to be compared with a score, whichever outcome is the rarer."""
    labels, score = np.array([1] * rare + [0] * (2_000 - rare)), np.full(2_000, rare / 2_000)
    rows = evidence(labels=1 - labels if turned else labels, score=1 - score if turned else score, positive="1")

    found = _only(_set(max_error=0.05), rows)

    assert found.verdict is verdict
    assert ("only 9 rows have the rarer outcome" in found.message) == (rare == 9)


@pytest.mark.parametrize("what", ["max_error", "max_gap"])
@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1, 1), (1, 3, 9)])
def test_a_calibrated_model_passes_as_often_as_planned_with_the_rows_that_are_named(
    what: str, sizes: tuple[int, ...]
) -> None:
    """Seen in few rows; with those that the verdict names four in five of 120 samples pass, all groups in each."""
    limit = {what: 0.08 if what == "max_error" else 0.05}
    gate = _set(**limit, by=() if len(sizes) == 1 else (("g",),))
    parts = np.asarray(sizes) / sum(sizes)

    def drawn(n: int, seed: int) -> Finding:
        counts = [round(n * part) for part in parts]
        groups = [f"g{at}" for at, count in enumerate(counts) for _ in range(count)]
        return judge(gate, _rows(sum(counts), seed=seed, groups={"g": groups}), LeftOut())[-1]

    found = drawn(150 * sum(sizes), 3)
    assert found.reason == Reason.TOO_FEW_ROWS
    assert found.n_needed is not None
    assert f"about {found.n_needed:,} rows" in found.message
    passed = [drawn(found.n_needed, seed).verdict is Verdict.PASS for seed in range(120)]

    assert 0.7 <= np.mean(passed) <= 0.92


def test_calibrated_scores_are_not_told_to_lie_close_to_the_limit() -> None:
    """Twenty samples of 600 rows against 0.04: what is seen is often more, and rows are what is lacking."""
    found = [_only(_set(max_error=0.04), _rows(600, seed=seed)) for seed in range(20)]
    unsure = [each for each in found if each.verdict is Verdict.INCONCLUSIVE]

    assert len(unsure) > 12
    assert sum((each.estimate or 0) > 0.04 for each in unsure) > 3
    for each in unsure:
        assert each.reason == Reason.TOO_FEW_ROWS
        assert each.n_needed is not None
        assert each.n_needed > 600
        assert f"about {each.n_needed:,} rows would decide if scores are calibrated" in each.message


@pytest.mark.parametrize("what", ["max_error", "max_gap"])
def test_with_rows_enough_for_a_calibrated_model_the_limit_is_near(what: str) -> None:
    """20,000 rows whose scores are off by just the limit."""
    found = _only(_set(**{what: 0.05}), _rows(20_000, off=0.05, seed=2))

    assert (found.verdict, found.reason, found.n_needed) == (Verdict.INCONCLUSIVE, Reason.NEAR_THE_LIMIT, None)
    assert "it lies close to the limit" in found.message


def test_a_group_of_which_nothing_can_be_said_keeps_a_number_from_being_named() -> None:
    labels, score = _table(8_001, 0.0)
    groups = {"region": ["lone"] + ["rest"] * 8_000}
    _, by = judge(_set(max_gap=0.06, by=(("region",),)), evidence(labels=labels, score=score, groups=groups), LeftOut())

    assert (by.reason, by.n_needed) == (Reason.TOO_FEW_INFORMATIVE_ROWS, None)


@pytest.mark.parametrize("what", ["max_error", "max_gap"])
def test_a_failure_says_what_would_change_it(what: str) -> None:
    assert (
        "only scores that come true more nearly change that"
        in _only(_set(**{what: 0.05}), _rows(20_000, off=0.1)).message
    )


def _planned(gate: GateSet, rows: Evidence) -> tuple[Outlook, ...]:
    return outlooks(gate, Looking(gate, Case(candidate=rows, baseline=LeftOut())))


def test_the_verdict_and_the_plan_before_training_name_the_same_rows() -> None:
    """For each limit and grouping, by production's own scores."""
    gate = _set(max_error=0.05, max_gap=0.03, by=(("region",),))
    rows = _rows(800, seed=6, groups={"region": ["a"] * 500 + ["b"] * 300})
    found, plan = judge(gate, rows, LeftOut()), _planned(gate, rows)

    assert [one.name for one in plan] == [each.name for each in found]
    assert [one.n_needed for one in plan] == [each.n_needed for each in found]
    assert all(one.n_needed is not None and one.n_needed > 800 for one in plan)
    assert all(one.chance is not None and one.chance < 0.8 for one in plan)
    assert all(one.can_pass == (one.chance != 0.0) for one in plan)
    assert all("calibrated model with production's scores" in one.message for one in plan)
    for one in plan:
        assert one.smallest is not None
        what = {one.name.split(".")[1]: one.smallest}
        again = _planned(_set(**what, by=(("region",),)), rows)["region" in one.name]
        assert again.chance == pytest.approx(0.8, abs=0.001)


def test_a_plan_without_scores_is_untold_and_one_of_a_silent_group_is_never() -> None:
    gate = _set(max_error=0.05, max_gap=0.05, by=(("region",),))
    labels, score = _table(1_001, 0.0)
    groups = {"region": ["lone"] + ["rest"] * 1_000}
    without = _planned(gate, evidence(labels=labels, answers=labels, groups=groups))
    silent = _planned(gate, evidence(labels=labels, score=score, groups=groups))

    assert {one.can_pass for one in without} == {None}
    assert all("--score" in one.message for one in without)
    assert [one.can_pass for one in silent] == [True, True, False, False]
    assert all("in lone too few rows" in one.message for one in silent[2:])


def test_a_plan_of_few_rows_names_no_limit_that_there_is_not() -> None:
    """Forty-five rows against 0.01."""
    (one,) = _planned(_set(max_gap=0.01), _rows(45, seed=3))

    assert (one.can_pass, one.chance) == (False, 0.0)
    assert "no calibrated model with production's scores could be shown to be within" in one.message
    assert one.n_needed is not None
