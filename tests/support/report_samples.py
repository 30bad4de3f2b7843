"""Runs as a report may have to show them: one of each kind, for the golden and the unit tests."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from seatrial.report.facts import (
    CheckFact,
    CurveFact,
    DebtFact,
    DetailFact,
    ExampleFact,
    ExamplesFact,
    FootprintFact,
    ForecastFact,
    MetricFact,
    ModelFact,
    PathFact,
    RunFacts,
    StageFact,
    TestsFact,
)
from seatrial.verdict import Decision, Finding, Part, Verdict

NAN = math.nan


def run(**changed: Any) -> RunFacts:
    """A run with the fields that a test does not care about filled in."""
    fields: dict[str, Any] = {
        "project": "digits",
        "run": "01jd7v8c3m9qk4x2w6r5t0yzab",
        "started": "2026-11-21T06:30:00.123Z",
        "seconds": 21.4,
        "repeat": "seatrial run",
        "commit": "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
        "machine": "Linux x86_64, 2 CPUs, Python 3.11",
    }
    return RunFacts(**{**fields, **changed})


def a_check(verdict: Verdict = Verdict.FAIL, **changed: Any) -> CheckFact:
    """A dataset of which a rule of the contract is broken and a comparison is undecided."""
    undecided = Finding(
        name="drift.nulls city",
        kind="data",
        metric="city",
        verdict=Verdict.INCONCLUSIVE,
        reason="too_few_rows",
        message="the share of nulls may have changed",
        n=40,
        n_needed=180,
    )
    broken = Finding(
        name="contract.range age",
        kind="data",
        metric="age",
        verdict=Verdict.FAIL,
        reason="broken",
        message="`age`: 1 of 400 values (0.25 %) does not lie from 0 to 120; the furthest is 999",
        n=400,
    )
    fields: dict[str, Any] = {
        "name": "check",
        "dataset": "people",
        "identity": "b3:" + "5" * 64,
        "rows": 400,
        "verdict": verdict,
        "decision": Decision.BLOCK,
        "findings": (broken, undecided),
        "details": (
            DetailFact(severity="error", figures="400 rows", file="contract.yaml", line=5),
            DetailFact(severity="error", figures="40 rows; about 180 rows would decide"),
        ),
        "passed": 6,
        "left_out": 2,
        "next_step": "Correct these rows, or what makes them",
        "examples": (
            ExamplesFact(
                check="contract.range",
                column="age",
                columns=("age", "name"),
                rows=(ExampleFact(row=7, cells=("999", "***")),),
            ),
        ),
        "distributions": (
            ("age", "\u2588\u2585\u2581", "\u2588\u2585 ", "18 to 90 or more"),
            ("city", "60.0 % Bern", "", ""),
        ),
        "statistics": (("age", "Int64", "0", "73", "18", "57.7", "999", "37 (2.8 %)"),),
    }
    return CheckFact(**{**fields, **changed})


def regression(verdict: Verdict = Verdict.PASS, **changed: Any) -> Finding:
    """A finding of the regression gate on 900 rows."""
    fields: dict[str, Any] = {
        "name": "regression.accuracy",
        "kind": "regression",
        "metric": "accuracy",
        "verdict": verdict,
        "reason": "not_worse",
        "message": "accuracy 0.931, 0.012 above digits@2 (production) (90 % interval 0.001 to 0.024); "
        "not worse by 0.010 or more, shown with 900 rows",
        "estimate": 0.012,
        "interval": (0.001, 0.024),
        "threshold": -0.01,
        "n": 900,
        "method": "tango",
        "candidate": 0.931,
        "baseline": 0.919,
        "digests": {"candidate_predictions": "b3:" + "1" * 64},
    }
    return Finding(**{**fields, **changed})


def performance(verdict: Verdict = Verdict.PASS, **changed: Any) -> Finding:
    """A finding of the performance gate on 900 rows."""
    fields: dict[str, Any] = {
        "name": "performance.accuracy.min",
        "kind": "performance",
        "metric": "accuracy",
        "verdict": verdict,
        "reason": "within_limit",
        "message": "accuracy 0.931 is at least 0.900; the figure itself is compared "
        "(95 % interval 0.912 to 0.946, 900 rows)",
        "estimate": 0.931,
        "interval": (0.912, 0.946),
        "threshold": 0.9,
        "n": 900,
        "method": "point estimate, Wilson interval",
        "candidate": 0.931,
    }
    return Finding(**{**fields, **changed})


def model(*findings: Finding, **changed: Any) -> ModelFact:
    """A model that passed, unless told otherwise."""
    fields: dict[str, Any] = {
        "name": "digits",
        "gate_set": "promote",
        "verdict": Verdict.PASS,
        "decision": Decision.ALLOW,
        "findings": findings,
        "baseline": "digits@2 (production)",
    }
    return ModelFact(**{**fields, **changed})


def _stages(*, reused: bool = False) -> tuple[StageFact, ...]:
    cells = tuple(
        StageFact(
            name=f"train[seed={seed}]",
            action="ran",
            reason="src/digits/train.py changed",
            wall=4.2 + seed,
            cpu=4.05,
            peak_memory=212_000_000,
        )
        for seed in range(3)
    )
    evaluate = StageFact(
        name="evaluate",
        action="ran",
        reason="the out train[seed=0].model has other bytes",
        wall=1.31,
        cpu=1.2,
        peak_memory=148_000_000,
    )
    if reused:
        evaluate = StageFact(
            name="evaluate", action="reused", reason="its inputs have the same bytes as in run 01jd7v7z", saved=1.31
        )
    data = StageFact(name="data", action="reused", reason="nothing it depends on changed", saved=0.93)
    return (data, *cells, evaluate)


_LOSS = (2.302, 1.41, 0.87, 0.61, 0.44, 0.35, 0.29, 0.25, 0.22, 0.2, 0.185, 0.174)


def passed() -> RunFacts:
    """A better model, judged, registered and promoted."""
    judged = model(
        regression(),
        performance(),
        registered=3,
        promoted_to="staging",
        metrics=(
            MetricFact(name="accuracy", candidate=0.931, baseline=0.919, difference=0.012, interval=(0.001, 0.024)),
            MetricFact(name="val_loss", candidate=0.2241, baseline=0.2519, difference=-0.0278),
            MetricFact(name="train_seconds", candidate=4.05),
        ),
    )
    return run(
        models=(judged,),
        stages=_stages(),
        tier="release",
        repeat="seatrial run --tier release",
        curves=(CurveFact(name="train[seed=0].loss", values=_LOSS),),
        tests=(TestsFact(name="unit", passed=14, failed=0, errors=0, skipped=1),),
        next_step="seatrial models promote digits@3 --to production",
    )


def failed() -> RunFacts:
    """A clearly worse model, from a dirty tree; one seed diverged."""
    judged = model(
        performance(
            Verdict.FAIL,
            reason="below_min",
            estimate=0.871,
            candidate=0.871,
            interval=(0.848, 0.891),
            message="accuracy 0.871 is not at least 0.900; the figure itself is compared "
            "(95 % interval 0.848 to 0.891, 900 rows)",
        ),
        regression(
            Verdict.FAIL,
            reason="worse",
            estimate=-0.041,
            interval=(-0.057, -0.026),
            candidate=0.871,
            baseline=0.912,
            message="accuracy 0.871, 0.041 below digits@2 (production) (90 % interval -0.057 to -0.026); "
            "worse by more than 0.010, shown with 900 rows; only a better model would change that",
        ),
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        registered=4,
        metrics=(
            MetricFact(name="accuracy", candidate=0.871, baseline=0.912, difference=-0.041, interval=(-0.057, -0.026)),
        ),
    )
    return run(
        models=(judged,),
        stages=_stages(),
        dirty=True,
        curves=(
            CurveFact(name="train[seed=0].loss", values=_LOSS),
            CurveFact(name="train[seed=1].loss", values=(2.3, 2.9, 4.8, 31.0, NAN, NAN), diverged_at=4.0),
        ),
        tests=(
            TestsFact(
                name="unit",
                passed=12,
                failed=1,
                errors=1,
                skipped=0,
                troubles=(
                    "tests/test_data.py::test_no_row_is_in_both_sets: 3 ids are in both",
                    "tests/test_train.py::test_overfits_one_batch: TimeoutError",
                ),
            ),
        ),
        warnings=("train[seed=1].loss diverged at step 4",),
        next_step="seatrial diff digits@2 digits@4",
    )


def inconclusive() -> RunFacts:
    """Too few rows to tell; production was scored again on the new test set."""
    judged = model(
        regression(
            Verdict.INCONCLUSIVE,
            reason="too_few_rows",
            estimate=-0.011,
            interval=(-0.035, 0.012),
            n=180,
            n_needed=1713,
            candidate=0.928,
            baseline=0.939,
            message="accuracy 0.928, 0.011 below digits@2 (production) (90 % interval -0.035 to 0.012); "
            "not worse than by 0.010 cannot be shown with 180 rows; about 1,713 rows would decide",
        ),
        performance(),
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.HOLD,
        registered=5,
        rescored="the test set is another one",
        metrics=(
            MetricFact(name="accuracy", candidate=0.928, baseline=0.939, difference=-0.011, interval=(-0.035, 0.012)),
        ),
    )
    return run(
        models=(judged,),
        stages=_stages(reused=True),
        next_step="raise `test_rows` in params.yaml, or override with `seatrial models promote digits@5 --override`",
    )


def no_baseline() -> RunFacts:
    """The first run of a project: nobody holds production."""
    judged = model(
        performance(),
        regression(
            Verdict.ERROR,
            reason="no_baseline",
            estimate=None,
            interval=None,
            n=None,
            method=None,
            candidate=None,
            baseline=None,
            message="there is no baseline to compare with, so whether the candidate is worse cannot be told; "
            "a first model is declared with `seatrial models promote --first`",
        ),
        verdict=Verdict.ERROR,
        decision=Decision.BLOCK,
        baseline=None,
        registered=1,
        metrics=(MetricFact(name="accuracy", candidate=0.931),),
    )
    return run(models=(judged,), stages=_stages(), next_step="seatrial models promote digits@1 --to production --first")


def broken_pipeline() -> RunFacts:
    """A plain pipeline run without models, in which a stage failed."""
    stages = (
        StageFact(name="lint", action="ran", reason="never ran before", wall=0.04, cpu=0.03, peak_memory=31_400_000),
        StageFact(
            name="features",
            action="failed",
            reason="exit code 1",
            wall=131.0,
            cpu=250.2,
            peak_memory=2_460_000_000,
            log="logs/features.txt",
            log_end=("Traceback (most recent call last):", '  File "features.py", line 12, in load', "KeyError: 'age'"),
        ),
        StageFact(name="train", action="blocked", reason="features failed"),
        StageFact(
            name="export", action="used", reason="its input changed while it ran, so nothing was stored", wall=3.0
        ),
        StageFact(name="data", action="reused", reason="nothing it depends on changed", saved=4210.0),
    )
    return run(stages=stages, seconds=135.2, repeat="seatrial run features train export", next_step="seatrial run")


EVIL: Mapping[str, str] = {
    "pipe": "a|b | c",
    "code": "`rm -rf /` ``x`` `",
    "html": "<img src=x onerror=alert(1)><!-- --><script>x</script>",
    "mention": "@everyone please see @org/team and mail@example.com",
    "image": "![x](http://evil.example/x.png) [click](javascript:alert(1)) <http://auto.example>",
    "address": "https://evil.example/?a=1&b=2 www.evil.example #12 GH-3 !7 $x^2$ :tada:",
    "heading": "# Heading\n## PASS\n\n- item\n---\n| a | b |\n|---|---|\n",
    "ansi": "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2J\r\x08\x7f\x9b1m",
    "bidi": "abc\u202egnp.exe\u2066x\u2069 zero\u200bwidth \ufeffbom \udc80surrogate",
    "emphasis": "**bold** _it_ __init__ ~~gone~~ snake_case_name 1. one + two \\| \\` \\",
    "long": "n" * 700,
    "wide": "数字の分類モデル😀" * 12,
}


def hostile() -> RunFacts:
    """Every text that a user controls tries to be something else."""
    text = list(EVIL.values())
    findings = (performance(Verdict.FAIL, name=value, metric=value, message=value, estimate=0.5) for value in text)
    judged = model(
        *findings,
        name=EVIL["heading"],
        gate_set=EVIL["emphasis"],
        baseline=EVIL["pipe"],
        rescored=EVIL["image"],
        promoted_to=EVIL["mention"],
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        metrics=tuple(MetricFact(name=value, candidate=0.5, baseline=NAN, difference=math.inf) for value in text),
    )
    return run(
        project=EVIL["html"],
        run=EVIL["pipe"],
        started=EVIL["ansi"],
        repeat=EVIL["code"],
        commit=EVIL["bidi"],
        machine=EVIL["mention"],
        tier=EVIL["image"],
        dirty=True,
        models=(judged, model(name=EVIL["address"], verdict=Verdict.ERROR, decision=Decision.BLOCK)),
        stages=tuple(
            StageFact(name=value, action="failed", reason=value, log=value, log_end=(value, f"  /merge {value}"))
            for value in text
        ),
        curves=(CurveFact(name=EVIL["pipe"], values=(1.0, NAN), diverged_at=1.0),),
        tests=(TestsFact(name=EVIL["html"], passed=0, failed=1, errors=0, skipped=0, troubles=tuple(text)),),
        warnings=tuple(text),
        next_step=EVIL["heading"],
    )


def deferred() -> RunFacts:
    """A pull request on a machine without a device: the dear stages are put off, and nothing is judged yet.
    The cheap one took longer than it was given."""
    judged = model(
        Finding(
            name="evidence",
            kind="evidence",
            metric=None,
            verdict=Verdict.INCONCLUSIVE,
            reason="deferred",
            message="train, evaluate were deferred (it needs 1 GPU and this machine has none), so there is nothing to "
            "judge yet; run `seatrial run --tier pr` on a machine that has what train needs",
        ),
        verdict=Verdict.INCONCLUSIVE,
        decision=Decision.WARN,
        gate_set="smoke",
        baseline=None,
    )
    stages = (
        StageFact(name="unit", action="ran", reason="src/digits/train.py changed", wall=312.0, cpu=300.5),
        StageFact(name="train", action="deferred", reason="it needs 1 GPU and this machine has none"),
        StageFact(name="evaluate", action="deferred", reason="train was deferred"),
    )
    return run(
        models=(judged,),
        stages=stages,
        tier="pr",
        seconds=314.0,
        repeat="seatrial run --tier pr",
        warnings=("the stages took 5 m 12 s, 12.0 s over the budget of 5 m 00 s; unit alone takes longer than that",),
        next_step="settle what was deferred: `seatrial run --tier pr` on a machine that has what train needs",
        forecast=ForecastFact(
            p50=240.0,
            p90=270.0,
            cells=3,
            unknown=("train", "evaluate"),
            path=(PathFact(stage="unit", seconds=240.0, share=1.0),),
            bases=(("unit", "other tiers"),),
            budget=300.0,
            over="report",
            fit="unknown",
            over_by=12.0,
            blame="unit",
            gain=312.0,
            alone=True,
            took=312.0,
            complete=False,
        ),
    )


def owed() -> RunFacts:
    """Four models that passed beside two dear stages for which the tier had no time; its merges are held by that."""
    models = tuple(model(regression(), name=name, baseline=f"{name}@2 (production)") for name in ("a", "b", "c", "d"))
    stages = (
        StageFact(name="unit", action="ran", reason="src/digits/train.py changed", wall=62.0, cpu=60.5),
        StageFact(
            name="train",
            action="deferred",
            reason="over the tier's budget of 5 m 00 s (expected 3 h 00 m)",
        ),
        StageFact(name="evaluate", action="deferred", reason="waits for train, which is deferred"),
    )
    lifted = (
        "held by debt, since tier pr says `merge_with_debt: queue`: lifted by the merge queue's run, once its tier "
        "runs train, evaluate; or by `seatrial run --tier pr train evaluate`"
    )
    return run(
        models=models,
        stages=stages,
        tier="pr",
        seconds=64.0,
        repeat="seatrial run --tier pr",
        warnings=(lifted,),
        next_step="settle what was deferred: `seatrial run --tier pr train evaluate`",
        debt=DebtFact(merge="queue", held=True, gpu_hours=6.0, hours=0.1, unknown=0, lifted_by=lifted),
    )


def data() -> RunFacts:
    """Data that is refused, beside data that is fine."""
    fine = a_check(
        Verdict.PASS,
        name="check-test",
        dataset="test",
        decision=Decision.ALLOW,
        findings=(),
        details=(),
        left_out=0,
        next_step=None,
        examples=(),
        distributions=(),
    )
    why = "FAIL: `age`: 1 of 400 values (0.25 %) does not lie from 0 to 120; the furthest is 999, and 1 more"
    return run(
        checks=(a_check(), fine),
        stages=(
            StageFact(name="check", action="failed", reason=why, wall=1.4, log="logs/check.log"),
            StageFact(name="check-test", action="reused", reason="nothing changed", saved=1.1),
            StageFact(name="train", action="blocked", reason="check failed"),
        ),
    )


def _slice(name: str, verdict: Verdict, estimate: float, reach: float, n: int) -> Part:
    return Part(
        name=name,
        verdict=verdict,
        n=n,
        estimate=estimate,
        interval=(round(estimate - reach, 4), round(estimate + reach, 4)),
        candidate=round(0.801 + estimate, 4),
        baseline=0.801,
    )


def sliced() -> RunFacts:
    """A pull request: better as a whole, worse in one slice, larger and slower, on a device; another model passed."""
    parts = (
        _slice("small", Verdict.FAIL, -0.027, 0.0235, 412),
        _slice("large", Verdict.PASS, 0.021, 0.011, 2210),
        _slice("middle", Verdict.PASS, 0.004, 0.009, 1890),
        _slice("tiny", Verdict.INCONCLUSIVE, -0.05, 0.09, 31),
    )
    worst = parts[0]
    judged = model(
        regression(
            metric="f1",
            name="regression.f1",
            message="f1 0.812, 0.006 above main at 1a2b3c4d5e (90 % interval 0.001 to 0.011); not worse by 0.010 or "
            "more, shown with 4,543 rows",
            estimate=0.006,
            interval=(0.001, 0.011),
            candidate=0.812,
            baseline=0.806,
            n=4543,
        ),
        Finding(
            name="slices.f1.size",
            kind="slices",
            metric="f1",
            verdict=Verdict.FAIL,
            reason="slice_worse",
            message="1 of 4 slices by size is worse (small): f1 0.774 where size is small, 0.027 below main at "
            "1a2b3c4d5e (90 % interval -0.051 to -0.004); worse by more than 0.002, shown with the slice's 412 rows",
            estimate=worst.estimate,
            interval=worst.interval,
            threshold=-0.002,
            n=4543,
            candidate=worst.candidate,
            baseline=worst.baseline,
            parts=parts,
        ),
        name="sizes",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        baseline="main at 1a2b3c4d5e",
        metrics=(
            MetricFact(
                name="f1",
                candidate=0.812,
                baseline=0.806,
                difference=0.006,
                interval=(0.001, 0.011),
                level=0.9,
                better="higher",
            ),
            MetricFact(
                name="log_loss",
                candidate=0.4312,
                baseline=0.4107,
                difference=0.0205,
                interval=(0.0011, 0.0399),
                level=0.9,
                better="lower",
            ),
        ),
        footprint=(
            FootprintFact(name="size", unit="bytes", candidate=14_200_000.0, baseline=12_800_000.0),
            FootprintFact(name="p50", unit="ms", candidate=4.2, baseline=4.2),
            FootprintFact(name="p99", unit="ms", candidate=19.1, baseline=None),
        ),
    )
    other = model(regression(), name="digits")
    return run(
        models=(judged, other),
        checks=(a_check(Verdict.PASS, findings=(), details=(), left_out=0, next_step=None, decision=Decision.ALLOW),),
        stages=(
            StageFact(name="check", action="reused", reason="nothing changed", saved=1.1),
            StageFact(
                name="train",
                action="ran",
                reason="src/train.py changed",
                wall=5400.0,
                cpu=6100.0,
                gpus=2,
                peak_memory=10**10,
            ),
            StageFact(name="explain", action="deferred", reason="over the tier's budget of 2 h 00 m"),
        ),
        debt=DebtFact(gpu_hours=6.0, hours=None, unknown=0),
        curves=(CurveFact(name="train loss", values=_LOSS),),
        tests=(TestsFact(name="unit", passed=14, failed=0, errors=0, skipped=1),),
        warnings=tuple(f"warning {number}" for number in range(5)),
        tier="pr",
        seconds=5460.0,
        repeat="seatrial run --tier pr",
        next_step="seatrial diff main run:01jd7v8c3m9qk4x2w6r5t0yzab",
    )


SAMPLES = {
    "slices": sliced,
    "data": data,
    "owed": owed,
    "pass": passed,
    "fail": failed,
    "inconclusive": inconclusive,
    "no-baseline": no_baseline,
    "broken-pipeline": broken_pipeline,
    "deferred": deferred,
    "hostile": hostile,
}
