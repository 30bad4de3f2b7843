"""A run with 50 metrics and 200 slices, and what pictures are made of besides predictions: the same every time."""

from __future__ import annotations

import math

from seatrial.evidence.records import Source
from seatrial.evidence.timing_records import Requests, Timings
from seatrial.report.curve_plots import Drawn, curve_plots
from seatrial.report.facts import MetricFact, ModelFact, RunFacts, StageFact
from seatrial.report.plot_facts import DRIFT, BarsFact, PlotFact
from seatrial.verdict import Decision, Finding, Part, Verdict

METRICS, SLICES, STAGES = 50, 200, 30


def a_run(plots: tuple[PlotFact, ...] = ()) -> RunFacts:
    """The facts, with these pictures."""
    metrics = tuple(
        MetricFact(
            name=f"metric_{at:02}",
            candidate=0.9 + at / 1000,
            baseline=0.9,
            difference=at / 1000,
            interval=(at / 1000 - 0.01, at / 1000 + 0.01),
        )
        for at in range(METRICS)
    )
    parts = tuple(
        Part(
            name=f"region={at}",
            verdict=Verdict.FAIL if at % 40 == 7 else Verdict.PASS,
            n=50 + at,
            estimate=-0.05 if at % 40 == 7 else 0.001,
            interval=(-0.08, -0.02) if at % 40 == 7 else (-0.01, 0.012),
            candidate=0.9,
            baseline=0.899,
        )
        for at in range(SLICES)
    )
    slices = Finding(
        name="slices.accuracy.region",
        kind="slices",
        metric="accuracy",
        verdict=Verdict.FAIL,
        reason="slice_worse",
        message="5 of 200 slices by region are worse",
        threshold=-0.02,
        parts=parts,
    )
    model = ModelFact(
        name="model",
        gate_set="promote",
        verdict=Verdict.FAIL,
        decision=Decision.BLOCK,
        findings=(slices,),
        metrics=metrics,
        baseline="model@3 (production)",
    )
    stages = tuple(
        StageFact(name=f"stage[{at}]", action="ran", reason="src/train.py changed", wall=1.0, cpu=0.9)
        for at in range(STAGES)
    )
    return RunFacts(
        project="bench",
        run="01jd7v8c3m9qk4x2w6r5t0yzab",
        started="2026-11-21T06:30:00.123Z",
        seconds=31.0,
        repeat="seatrial run",
        commit="1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d",
        models=(model,),
        stages=stages,
        plots=plots,
    )


def curves() -> tuple[PlotFact, ...]:
    """Two columns of five runs with 2,000 steps each."""
    steps = tuple(float(step) for step in range(2000))
    return curve_plots(
        Drawn(
            cell=f"train[seed={seed}]",
            column=column,
            steps=steps,
            values=tuple(2.3 * math.exp(-step / 300) + 0.1 + 0.01 * math.sin(step * (seed + 3)) for step in steps),
        )
        for column in ("loss", "val_loss")
        for seed in range(5)
    )


def drift() -> tuple[PlotFact, ...]:
    """Four columns of data."""
    bars = BarsFact(
        sides=("current", "reference"), current=(1 / 40,) * 40, reference=(1 / 40,) * 40, low=0.0, high=100.0
    )
    return tuple(PlotFact(kind=DRIFT, of="check", title=f"distribution of column {at}", bars=bars) for at in range(4))


def timings(requests: int = 2000) -> Timings:
    """Waits of two servers."""

    def of(scale: float) -> Requests:
        ms = tuple(scale * (3 + math.sin(at) + at % 7) for at in range(requests))
        return Requests(order=tuple(range(requests)), ms=ms, ok=(True,) * requests)

    source = Source(path="timings.csv", digest="b3:" + "0" * 64)
    return Timings(source=source, candidate=of(1.1), baseline=of(1.0))
