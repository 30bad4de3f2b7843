"""The one line that people read."""

from __future__ import annotations

import pytest

from seatrial.replacing import replace
from seatrial.report.facts import DebtFact, ModelFact, StageFact, UnderBaseFact
from seatrial.report.headline import Headline, headline, headline_of
from seatrial.verdict import Decision, Verdict
from tests.support import report_samples as samples
from tests.support.report_samples import model, regression, run

LINT_FAILED = StageFact(name="lint", action="failed", reason="exit code 1")
DEFERRED = StageFact(name="overfit", action="deferred", reason="the budget was spent")


def bad(verdict: Verdict, decision: Decision, name: str = "digits") -> ModelFact:
    return model(regression(verdict), name=name, verdict=verdict, decision=decision)


@pytest.mark.parametrize(
    ("sample", "line"),
    [
        ("pass", "PASS: accuracy rose 0.012 [0.001, 0.024] to 0.931, against digits@2 (production)"),
        (
            "fail",
            ("FAIL: accuracy dropped 0.041 [0.026, 0.057] to 0.871, against digits@2 (production); 1 more gate failed"),
        ),
        (
            "inconclusive",
            (
                "INCONCLUSIVE: accuracy dropped 0.011 [-0.012, 0.035] to 0.928, against digits@2 (production); "
                "about 1,713 rows would decide, 180 are there"
            ),
        ),
        (
            "no-baseline",
            "ERROR: there is no baseline to compare with, so whether the candidate is worse cannot be told",
        ),
        ("broken-pipeline", "ERROR: stage features failed: exit code 1; 1 stage blocked"),
    ],
)
def test_the_headline_gives_the_verdict_and_why(sample: str, line: str) -> None:
    assert str(headline(samples.SAMPLES[sample]())) == line


def test_several_models_are_counted_in_the_order_in_which_verdicts_combine() -> None:
    """The first word is the combined verdict, and why is the worst model's."""
    facts = run(
        models=(
            bad(Verdict.PASS, Decision.ALLOW, "a"),
            bad(Verdict.INCONCLUSIVE, Decision.WARN, "b"),
            bad(Verdict.FAIL, Decision.BLOCK, "c"),
            bad(Verdict.PASS, Decision.HOLD, "d"),
        )
    )

    assert headline(facts) == Headline(
        words="FAIL 1 model · INCONCLUSIVE 1 model · PASS 2 models",
        why="c: accuracy rose 0.012 [0.001, 0.024] to 0.931, against digits@2 (production)",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
    )


def test_a_deferred_stage_is_always_in_the_headline() -> None:
    facts = run(models=(model(regression()),), stages=(DEFERRED,))

    assert headline(facts).words == "PASS · DEFERRED 1 (overfit)"


def test_what_is_owed_is_told_in_hours_behind_the_names() -> None:
    """Left out where nothing is known, and a hold by debt is told apart from others."""
    line = headline(samples.owed())
    nothing = run(stages=(DEFERRED,), debt=DebtFact(unknown=1))

    assert line.words == "PASS 4 models · DEFERRED 2 (train, evaluate: 6 GPU-h)"
    assert (line.verdict, line.decision, line.owing) == (Verdict.PASS, Decision.HOLD, True)
    assert line.meaning == "it waits until what was deferred has been run"
    assert headline(nothing).words == "DEFERRED 1 (overfit)"
    assert headline(nothing).decision is None


@pytest.mark.parametrize("decision", [Decision.HOLD, Decision.BLOCK])
def test_debt_never_softens_a_decision(decision: Decision) -> None:
    """Nor does it explain one that stands without it."""
    facts = run(
        models=(bad(Verdict.FAIL, decision),), stages=(DEFERRED,), debt=DebtFact(merge="block", held=True, unknown=1)
    )

    assert (headline(facts).decision, headline(facts).owing) == (decision, False)


def test_a_run_that_judged_nothing_is_held_by_debt_all_the_same() -> None:
    """A verdict is still not claimed."""
    line = headline(run(stages=(DEFERRED,), debt=DebtFact(merge="block", held=True, unknown=1)))

    assert (line.verdict, line.decision, line.owing) == (None, Decision.HOLD, True)


def test_a_run_that_only_deferred_is_not_called_done() -> None:
    """What was put off is not done; the cells of a matrix go by their stage."""
    cells = tuple(StageFact(name=f"train[seed={seed}]", action="deferred", reason="no GPU") for seed in range(3))

    assert headline(run(stages=(DEFERRED,))).words == "DEFERRED 1 (overfit)"
    assert headline(run(stages=(*cells, DEFERRED))).words == "DEFERRED 4 (train, overfit)"


def test_a_pass_beside_a_failed_stage_does_not_read_like_a_pass() -> None:
    line = str(headline(run(models=(model(regression()),), stages=(LINT_FAILED,))))

    assert line == (
        "PASS · FAILED STAGES 1: accuracy rose 0.012 [0.001, 0.024] to 0.931, against digits@2 (production); "
        "stage lint failed: exit code 1"
    )


def test_a_model_that_could_not_be_judged_names_the_stage_that_failed() -> None:
    unjudged = model(verdict=Verdict.ERROR, decision=Decision.BLOCK)

    assert str(headline(run(models=(unjudged,), stages=(LINT_FAILED,)))) == "ERROR: stage lint failed: exit code 1"
    assert str(headline(run(models=(unjudged,)))) == "ERROR: nothing was judged"


def test_a_run_without_models_claims_no_verdict() -> None:
    done = (
        StageFact(name="a", action="reused", reason="x"),
        StageFact(name="b", action="ran", reason="x"),
        StageFact(name="c", action="ran", reason="x"),
    )

    assert headline(run(stages=done)) == Headline(
        words="DONE", why="2 ran, 1 reused; no model was judged", verdict=None, decision=None
    )
    assert headline(run()).why == "no stage was needed; no model was judged"


def test_two_failed_stages_are_both_counted() -> None:
    facts = run(stages=(LINT_FAILED, LINT_FAILED, StageFact(name="t", action="blocked", reason="lint failed")))

    assert headline(facts).why == "stage lint failed: exit code 1; 1 more stage failed; 1 stage blocked"


def test_names_cannot_push_the_figures_out_of_the_headline() -> None:
    facts = run(models=(model(regression(metric="m" * 5000), baseline="b" * 5000),))

    assert len(headline(facts).why) < 240
    assert " rose 0.012 [0.001, 0.024] to 0.931, against " in headline(facts).why


def test_a_count_says_what_it_counts() -> None:
    """`PASS 2: wine: accuracy 0.842` left a reader to guess: models, gates, or something of wine?"""
    facts = run(
        models=(model(regression(), name="wine"), model(regression(), name="iris")),
        checks=(samples.a_check(Verdict.PASS, findings=(), details=(), decision=Decision.ALLOW),),
    )

    assert str(headline(facts)) == (
        "PASS 2 models, 1 dataset: wine: accuracy rose 0.012 [0.001, 0.024] to 0.931, against digits@2 (production); "
        "likewise iris, check"
    )


def test_the_headline_of_one_model_is_of_it_and_keeps_what_is_owed() -> None:
    """Other models have comments of their own; what was deferred is missing from no title."""
    line = headline_of(samples.owed(), "b")

    assert line.words == "PASS · DEFERRED 2 (train, evaluate: 6 GPU-h)"
    assert line.why.endswith("against b@2 (production)")
    assert line.decision is Decision.HOLD


def test_a_model_beside_data_that_is_refused_does_not_read_like_a_pass() -> None:
    facts = run(models=(model(regression()),), checks=(samples.a_check(),))

    assert headline_of(facts, "digits").words == "FAIL 1 dataset \u00b7 PASS 1 model"


def test_what_only_the_gates_of_the_change_let_through_is_no_plain_pass() -> None:
    """Else a check that is red would be called PASS and not say why."""
    base = UnderBaseFact(
        label="main at 1a2b3c4",
        gate_set="promote",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        findings=(samples.performance(Verdict.FAIL), samples.regression(Verdict.PASS)),
    )
    held = samples.model(samples.performance(Verdict.PASS), decision=Decision.HOLD, under_base=base)
    other = samples.model(samples.performance(Verdict.PASS), name="churn")
    alone, beside = headline(samples.run(models=(held,))), headline(samples.run(models=(other, held)))

    assert (alone.words, alone.verdict, alone.decision) == ("PASS · HELD", Verdict.PASS, Decision.HOLD)
    assert alone.why.startswith("under the gates of main at 1a2b3c4: FAIL, accuracy ")
    assert beside.words == "PASS 2 models · HELD 1"
    assert beside.why.startswith("digits under the gates of main at 1a2b3c4: FAIL, accuracy ")
    plain = replace(held, decision=Decision.ALLOW, under_base=replace(base, decision=Decision.WARN))
    assert headline(samples.run(models=(plain,))).words == "PASS"
