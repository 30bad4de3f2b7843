"""Curves as pictures: all seeds of a stage on one pair of axes, with their mean, and the baseline's beside them.

Called by the flows with what they read of the curves of a run, and for a judged model with those of its baseline;
pure. `train[seed=0]` and `train[seed=1]` are runs of one stage, so each column of their files is one picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.replacing import replace
from seatrial.report.plot_facts import (
    BASELINE,
    CANDIDATE,
    CURVE,
    MEAN,
    MOST_SERIES,
    RUN,
    AxisFact,
    LinesFact,
    PlotFact,
    SeriesFact,
)
from seatrial.report.plot_points import mean_of, thinned

if TYPE_CHECKING:
    from seatrial.evidence.records import Curve

MOST_CURVES = 24
"""Pictures of curves in one report."""
_MOST_BASELINES = 2
_MOST_RUNS = MOST_SERIES - 1 - _MOST_BASELINES  # the mean has its place too
_WIDE = 1_000.0  # greatest over least value, from which on a scale of powers shows more


class Drawn(Struct, frozen=True, kw_only=True):
    """One column of the curves of one cell; a value that is not finite is where it diverged."""

    cell: str
    column: str
    steps: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def stage(self) -> str:
        return self.cell.partition("[")[0]

    @property
    def run(self) -> str:
        """What tells this cell from others of its stage: `seed=0`; the stage, where it is the only one."""
        return self.cell.partition("[")[2].removesuffix("]") or self.cell


def drawn(cell: str, curve: Curve) -> list[Drawn]:
    """The columns of a file of curves."""
    return [
        Drawn(cell=cell, column=column, steps=curve.steps, values=values) for column, values in curve.columns.items()
    ]


def curve_plots(curves: Iterable[Drawn]) -> tuple[PlotFact, ...]:
    """A picture for each stage and column, in the order in which they come."""
    return tuple(map(_plot, _by_picture(curves)))


def baseline_plots(label: str, curves: Iterable[Drawn]) -> tuple[PlotFact, ...]:
    """The same pictures with the baseline's curves alone, for `beside`."""
    return tuple(_of_baseline(label, runs) for runs in _by_picture(curves))


def _by_picture(curves: Iterable[Drawn]) -> list[list[Drawn]]:
    """The runs of each stage and column, of as many as one report has pictures of."""
    grouped: dict[tuple[str, str], list[Drawn]] = {}
    for curve in curves:
        grouped.setdefault((curve.stage, curve.column), []).append(curve)
    return list(grouped.values())[:MOST_CURVES]


def beside(plots: Sequence[PlotFact], baselines: Sequence[PlotFact]) -> tuple[PlotFact, ...]:
    """Pictures with the series of the baselines that are of the same stage and column. A baseline's curve that the
    candidate has not is no picture of this run."""
    others: dict[tuple[str, str], list[SeriesFact]] = {}
    for plot in baselines:
        if plot.lines is not None:
            others.setdefault((plot.of, plot.title), []).extend(plot.lines.series)
    return tuple(_with(plot, others.get((plot.of, plot.title), ())) for plot in plots)


def _with(plot: PlotFact, others: Sequence[SeriesFact]) -> PlotFact:
    if plot.lines is None or not others:
        return plot
    series = (*plot.lines.series, *dict.fromkeys(others))[:MOST_SERIES]
    return replace(plot, lines=_scaled(replace(plot.lines, series=series)))


def _plot(runs: Sequence[Drawn]) -> PlotFact:
    first, alone = runs[0], len(runs) == 1
    shown = [_series(one.run, CANDIDATE if alone else RUN, one.steps, one.values) for one in runs[:_MOST_RUNS]]
    notes = []
    if len(runs) > _MOST_RUNS:
        notes.append(f"{_MOST_RUNS} of {len(runs)} runs are drawn, and the mean of all.")
    gone = [one.run for one in runs if not math.isfinite(one.values[-1])]
    if gone:
        notes.append(f"No value at the end: {', '.join(gone[:3])}{', ...' if len(gone) > 3 else ''}.")
    if not alone and any(one.steps != first.steps for one in runs):
        notes.append("The runs have steps of their own, so there is no mean.")
    elif not alone:
        shown.append(_series("mean", MEAN, first.steps, mean_of([one.values for one in runs])))
        notes += ["The mean ends where a run does."] if gone else []
    return _drawn(first, tuple(shown), " ".join(notes))


def _of_baseline(label: str, runs: Sequence[Drawn]) -> PlotFact:
    called = [label if len(runs) == 1 else f"{label} {one.run}" for one in runs]
    series = [
        _series(name, BASELINE, one.steps, one.values)
        for name, one in zip(called[:_MOST_BASELINES], runs, strict=False)
    ]
    return _drawn(runs[0], tuple(series), "")


def _drawn(first: Drawn, series: tuple[SeriesFact, ...], note: str) -> PlotFact:
    lines = LinesFact(x=AxisFact(title="step"), y=AxisFact(title=first.column), series=series)
    title = f"{first.column} of {first.stage}"
    return PlotFact(kind=CURVE, of=first.stage, title=title, note=note, lines=_scaled(lines))


def _series(name: str, role: str, steps: Sequence[float], values: Sequence[float]) -> SeriesFact:
    x, y = thinned(steps, values)
    return SeriesFact(name=name, role=role, x=x, y=y)


def _scaled(lines: LinesFact) -> LinesFact:
    """On a scale of powers where values are all above nothing and lie far apart."""
    known = [value for one in lines.series for value in one.y if not math.isnan(value)]
    wide = bool(known) and min(known) > 0 and max(known) / _WIDE > min(known)
    return replace(lines, y=replace(lines.y, log=wide))
