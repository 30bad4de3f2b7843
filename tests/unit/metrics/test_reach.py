"""How far one unit moves a figure: no answer of a row moves it further, and the worst one moves it as far."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from seatrial.evidence.pairing import sample_of
from seatrial.evidence.records import Predictions
from seatrial.evidence.sample import Codes, Sample, Side
from seatrial.metrics.catalog import METRICS
from seatrial.metrics.counts import Slope
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from tests.support.judged import evidence

Reals = NDArray[np.float64]

_LABELS = np.array([1] * 12 + [0] * 28)
_GOOD = np.where(_LABELS == 1, 0.9, 0.1) + np.linspace(-0.05, 0.05, 40)
_PEOPLE = [0] * 10 + list(range(1, 31))


def _figure(name: str, score: Reals, cluster: list[int] | None = None) -> Figure:
    rows = evidence(labels=_LABELS, answers=(score > 0.5).astype(int), score=score, cluster=cluster).predictions
    assert isinstance(rows, Predictions)
    (figure,) = Measuring(sample_of(rows, rows)).figures(METRICS[name])
    return figure


def _moved(name: str, rows: list[int], score: float) -> float:
    """n times how far the figure falls or rises when these rows are given this score."""
    spoilt = _GOOD.copy()
    spoilt[rows] = score
    return 40 * abs(_figure(name, spoilt).candidate - _figure(name, _GOOD).candidate)


@pytest.mark.parametrize(("name", "of_rows"), [("brier", 1.0), ("roc_auc", 40 / 12), ("accuracy", 1.0)])
def test_one_row_moves_a_figure_at_most_by_its_reach(name: str, of_rows: float) -> None:
    """A row is moved to either end of the scores. The worst comes close to the reach, but for losses that start from
    a score that was not certain."""
    reach = _figure(name, _GOOD).reach
    worst = max(_moved(name, [row], score) for row in range(40) for score in (0.0, 1.0))

    assert reach == pytest.approx(of_rows)
    assert 0.75 * reach < worst <= reach + 1e-9


def test_a_loss_of_a_probability_of_zero_is_large_and_bounded() -> None:
    """Log loss: the smallest probability that is told from 0."""
    reach = _figure("log_loss", _GOOD).reach

    assert reach == pytest.approx(36.04, abs=0.01)
    assert 0.9 * reach < _moved("log_loss", [0], 0.0) <= reach


def test_the_rows_of_a_cluster_err_together() -> None:
    """Ten of forty rows are one person's, and there are 31 people: a person moves 31 times the figure ten times as
    far as a row, over forty."""
    reach = _figure("accuracy", _GOOD, _PEOPLE).reach
    fallen = _moved("accuracy", list(range(10)), 0.0) / 40 * 31

    assert reach == pytest.approx(10 * 31 / 40)
    assert fallen == pytest.approx(reach)


def test_what_has_no_bound_says_so() -> None:
    """An error of a number may be as large as numbers are."""
    rows = evidence(labels=[1.0, 2.0, 3.0] * 10, answers=[1.0, 2.5, 3.0] * 10).predictions
    assert isinstance(rows, Predictions)
    (figure,) = Measuring(sample_of(rows, rows)).figures(METRICS["mae"])

    assert math.isinf(figure.reach)


def test_the_reach_of_all_groups_is_found_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once for each group it would be as slow as the square of their number."""
    calls, reach = [], Slope.reach

    def counted(slope: Slope) -> NDArray[np.float64]:
        calls.append(slope)
        return reach(slope)

    monkeypatch.setattr(Slope, "reach", counted)
    n = 300
    codes = np.arange(n, dtype=np.int32)
    side = Side(answers=(codes % 2).astype(np.int32))
    groups = {"g": Codes(codes=codes, names=tuple(f"{at:03}" for at in range(n)))}
    sample = Sample(n=n, classes=("0", "1"), labels=side.answers, candidate=side, groups=groups)

    figures = Measuring(sample).figures(METRICS["accuracy"], "g")

    assert (len(figures), len(calls)) == (n, 1)
    assert {figure.reach for figure in figures} == {1.0}
