"""Models with rows enough for every picture, and a run that shows them all: for tests, a benchmark and screenshots."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl

from seatrial.evidence.records import Predictions, Source
from seatrial.evidence.timing_records import Requests, Timings
from seatrial.flows.picturing import pictures
from seatrial.gates.evidence import Evidence, Present
from seatrial.report.curve_plots import Drawn, baseline_plots, beside, curve_plots
from seatrial.report.facts import CurveFact, MetricFact, RunFacts
from seatrial.report.plot_facts import CURVE, DRIFT, BarsFact, PlotFact
from seatrial.verdict import Decision, Finding, Part, Verdict
from tests.support.report_samples import a_check, failed, model, performance, regression, run

LABEL = "digits@2 (production)"
_NAMES = ("accuracy", "f1_macro", "precision_macro", "recall_macro")


def predictions(table: pl.DataFrame, *, positive: str | None = None, name: str = "predictions.csv") -> Predictions:
    """A table as it was read."""
    return Predictions(source=Source(path=name, digest="b3:" + "1" * 64), table=table, positive=positive)


def binary(rows: int, seed: int, *, skill: float = 1.6) -> Predictions:
    """Labels no and yes, and scores that know something of them."""
    draw = np.random.default_rng(7)
    truth = draw.random(rows) < 0.35
    noise = np.random.default_rng(seed).normal(size=rows)
    score = 1 / (1 + np.exp(-(skill * (2 * truth - 1) + noise)))
    return predictions(_table(truth, score))


def _table(truth: np.ndarray, score: np.ndarray) -> pl.DataFrame:
    words = np.array(["no", "yes"])
    return pl.DataFrame(
        {
            "id": [str(at) for at in range(len(truth))],
            "label": words[truth.astype(int)],
            "prediction": words[(score > 0.5).astype(int)],
            "score": score,
        }
    )


def several(rows: int, seed: int, classes: int = 10, *, wrong: float = 0.1) -> Predictions:
    """Labels of some classes, answers that are wrong now and then, and a score for each class."""
    truth = np.random.default_rng(7).integers(0, classes, rows)
    draw = np.random.default_rng(seed)
    answers = np.where(draw.random(rows) < wrong, (truth + draw.integers(1, 3, rows)) % classes, truth)
    raw = draw.normal(size=(rows, classes)) + 2.5 * np.eye(classes)[answers]
    shares = np.exp(raw) / np.exp(raw).sum(axis=1, keepdims=True)
    table = pl.DataFrame(
        {
            "id": [str(at) for at in range(rows)],
            "label": [str(at) for at in truth],
            "prediction": [str(at) for at in answers],
            **{f"score:{at}": shares[:, at] for at in range(classes)},
        }
    )
    return predictions(table)


def measured(rows: int, seed: int, *, spread: float = 1.0) -> Predictions:
    """Labels and answers that are measurements."""
    truth = np.random.default_rng(7).normal(20, 6, rows)
    answers = truth + np.random.default_rng(seed).normal(0, spread, rows)
    table = pl.DataFrame(
        {
            "id": [str(at) for at in range(rows)],
            "label": [f"{value:.3f}" for value in truth],
            "prediction": [f"{value:.3f}" for value in answers],
        }
    )
    return predictions(table)


def timings(requests: int = 400) -> Timings:
    """Two servers, of which the candidate's is a little slower and lost an answer."""
    draw = np.random.default_rng(3)

    def of(scale: float, lost: int) -> Requests:
        ms = tuple((scale * draw.lognormal(1.0, 0.4, requests)).tolist())
        return Requests(order=tuple(range(requests)), ms=ms, ok=tuple(at >= lost for at in range(requests)))

    return Timings(source=Source(path="t.csv", digest="b3:" + "2" * 64), candidate=of(1.15, 1), baseline=of(1.0, 0))


def losses() -> list[Drawn]:
    """Three runs of a training, one of which diverges."""
    steps = tuple(float(step) for step in range(1, 121))
    found = []
    for seed in range(3):
        draw = np.random.default_rng(seed)
        values = [2.3 * math.exp(-step / 30) + 0.15 + 0.03 * draw.normal() for step in steps]
        if seed == 2:
            values[60:] = [values[60] * 1.2, values[60] * 2.0, values[60] * 3.5, *[math.nan] * 57]
        found.append(Drawn(cell=f"train[seed={seed}]", column="loss", steps=steps, values=tuple(values)))
    return found


def loss_plots() -> tuple[PlotFact, ...]:
    """Those runs beside one of the baseline."""
    steps = tuple(float(step) for step in range(1, 121))
    before = Drawn(
        cell="train[seed=0]",
        column="loss",
        steps=steps,
        values=tuple(2.3 * math.exp(-step / 36) + 0.19 for step in steps),
    )
    return beside(curve_plots(losses()), baseline_plots(LABEL, [before]))


def model_plots(name: str, mine: Predictions, theirs: Predictions, *, timed: bool = False) -> tuple[PlotFact, ...]:
    """Every picture of two models' rows."""
    ours = Evidence(predictions=mine, timings=timings() if timed else None)
    other = Present(evidence=Evidence(predictions=theirs), label=LABEL)
    return pictures(name, ours, other, scratch=Path()).plots


def drift_plots() -> tuple[PlotFact, ...]:
    """A column of numbers and one of words that shifted."""
    at = np.linspace(-3, 3, 40)
    now, was = np.exp(-((at - 0.7) ** 2)), np.exp(-(at**2))
    return (
        PlotFact(
            kind=DRIFT,
            of="check",
            title="distribution of age",
            bars=BarsFact(
                sides=("current", "reference"),
                current=tuple((now / now.sum()).tolist()),
                reference=tuple((was / was.sum()).tolist()),
                low=18.0,
                high=90.0,
                above=True,
            ),
        ),
        PlotFact(
            kind=DRIFT,
            of="check",
            title="distribution of city",
            bars=BarsFact(
                sides=("current", "reference"),
                current=(0.6, 0.25, 0.1, 0.05),
                reference=(0.4, 0.4, 0.1, 0.1),
                labels=("Bern", "Luzern", "Zürich an der Limmat", "(others)"),
            ),
        ),
    )


MARGIN = -0.05
"""How much worse a slice may be."""


def slices(count: int, metric: str = "accuracy", *, by: str = "size") -> Finding:
    """A finding of the slices gate: most slices are as they were, some are worse, some are small."""
    draw = np.random.default_rng(count)
    parts = []
    for at in range(count):
        middle = float(draw.normal(0.001, 0.01)) - (0.06 if at % 17 == 3 else 0.0)
        half = float(draw.uniform(0.01, 0.03)) * (2.5 if at % 7 == 5 else 1.0)
        worse, as_good = middle + half < MARGIN, middle - half > MARGIN
        verdict = Verdict.FAIL if worse else Verdict.PASS if as_good else Verdict.INCONCLUSIVE
        parts.append(
            Part(
                name=str(at),
                verdict=verdict,
                n=60 + 13 * at,
                estimate=middle,
                interval=(middle - half, middle + half),
                candidate=0.9 + middle,
                baseline=0.9,
            )
        )
    failed = sum(part.verdict is Verdict.FAIL for part in parts)
    return Finding(
        name=f"slices.{metric}.{by}",
        kind="slices",
        metric=metric,
        verdict=Verdict.FAIL if failed else Verdict.PASS,
        reason="slice_worse" if failed else "not_worse",
        message=f"{failed} of {count} slices by {by} {'is' if failed == 1 else 'are'} worse",
        threshold=MARGIN,
        parts=tuple(parts),
    )


def rich_run(*, metrics: int = 4, slice_count: int = 12) -> RunFacts:
    """A run with every kind of picture: three models of three tasks, curves, data."""
    base = failed()
    measurements = tuple(
        MetricFact(
            name=_NAMES[at] if at < len(_NAMES) else f"metric_{at:02}",
            candidate=0.912 + at / 1000,
            baseline=0.92,
            difference=at / 1000 - 0.008,
            interval=(at / 1000 - 0.017, at / 1000 + 0.001),
        )
        for at in range(metrics)
    )
    judged = (
        model(
            regression(),
            performance(),
            slices(slice_count),
            name="digits",
            verdict=Verdict.FAIL,
            decision=Decision.BLOCK,
            metrics=measurements,
            baseline=LABEL,
        ),
        model(regression(), name="churn", metrics=measurements[:2], baseline=LABEL),
        model(regression(), name="price", metrics=measurements[:1], baseline=LABEL),
    )
    curves = tuple(CurveFact(name=f"{one.cell} {one.column}", values=one.values) for one in losses())
    return run(
        models=judged,
        checks=(a_check(),),
        stages=base.stages,
        curves=curves,
        tests=base.tests,
        warnings=base.warnings,
        next_step=base.next_step,
        plots=(
            *model_plots("digits", several(1500, 1), several(1500, 2, wrong=0.07)),
            *model_plots("churn", binary(3000, 1), binary(3000, 2, skill=1.3), timed=True),
            *model_plots("price", measured(900, 1), measured(900, 2, spread=1.4)),
            *loss_plots(),
            *drift_plots(),
        ),
    )


def kinds(facts: RunFacts) -> set[str]:
    """What a run has pictures of."""
    return {plot.kind for plot in facts.plots if plot.drawn or plot.kind == CURVE}
