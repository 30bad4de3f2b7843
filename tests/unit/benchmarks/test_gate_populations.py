"""The populations that gates are simulated on are what they say, and draws from them are what gates read."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, special, stats
from sklearn import metrics  # type: ignore[import-untyped]

from benchmarks.gates import drawing, grid, populations
from benchmarks.gates import scored_populations as scored
from benchmarks.gates.grid import AT_THE_MARGIN, EQUAL, Cell
from benchmarks.gates.judging import known
from seatrial.evidence.sample import Codes, Sample, Side
from seatrial.metrics.measure import Measuring

FIGURES = {
    "f1": metrics.f1_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "mcc": metrics.matthews_corrcoef,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "accuracy": metrics.accuracy_score,
}


def _cell(part: str, *names: str, truth: float = AT_THE_MARGIN, **changed: object) -> Cell:
    given: dict[str, object] = {
        "n": 1_000, "replicates": 10, "margin": 0.02, "disagreement": 0.1, "base_rate": 0.2, "what": "both",
    }  # fmt: skip
    return Cell(part=part, metrics=names, truth=truth, **{**given, **changed})  # type: ignore[arg-type]


def test_the_grid_is_the_declared_one() -> None:
    """Every number of rows, base rate, disagreement and margin occurs, and no two cells are the same."""
    cells = grid.cells()

    assert {cell.n for cell in cells if cell.part in ("accuracy", "counts", "scores", "numbers")} == {
        500, 1_000, 2_000, 10_000, 50_000,
    }  # fmt: skip
    of_counts = [cell for cell in cells if cell.part == "counts" and not cell.relative]
    assert {(cell.n, cell.base_rate, cell.disagreement, cell.margin) for cell in of_counts} == {
        (n, rate, apart, margin)
        for n in grid.SIZES
        for rate in grid.BASE_RATES
        for apart in grid.DISAGREEMENTS
        for margin in grid.MARGINS
    }
    assert {name for cell in cells for name in cell.metrics} >= {
        *grid.COUNTS,
        *grid.SCORES,
        "accuracy",
        "recall",
        "mae",
    }
    assert len({cell.name for cell in cells}) == len(cells)
    assert {cell.part for cell in cells} == {*grid.PARTS}


def test_more_rows_never_mean_more_rows_drawn_in_a_cell_than_thirty_million() -> None:
    """The default run is to end in minutes; cells of few rows get all the replicates that were asked for."""
    asked = [grid.of_rows(4_000, n) for n in grid.SIZES]

    assert asked[0] == 4_000
    assert all(more >= fewer for more, fewer in pairwise(asked))
    assert max(n * count for n, count in zip(grid.SIZES, asked, strict=True)) <= 30_000_000


@pytest.mark.parametrize("name", [*grid.COUNTS, "recall", "accuracy"])
@pytest.mark.parametrize("what", ["both", "positives missed"])
def test_the_candidate_is_worse_by_exactly_the_margin(name: str, what: str) -> None:
    """Told by scikit-learn on a population of four million rows."""
    part = "accuracy" if name == "accuracy" else "counts"
    table = populations.of_cell(_cell(part, name, what=what))
    assert table is not None
    assert table.sum() == pytest.approx(1.0)
    labels, ours, theirs = (at.ravel() for at in np.indices(table.shape))
    weights = table.ravel()

    lost = FIGURES[name](labels, theirs, sample_weight=weights) - FIGURES[name](labels, ours, sample_weight=weights)

    assert lost == pytest.approx(0.02, abs=1e-9)


def test_models_that_are_equal_disagree_as_often_as_declared() -> None:
    """In a tenth of the positives, and in as many negatives."""
    table = populations.of_cell(_cell("counts", "f1", truth=EQUAL, what="equal"))
    assert table is not None

    assert table[1].sum() == pytest.approx(0.2)
    for label in (0, 1):
        assert table[label, 0, 1] + table[label, 1, 0] == pytest.approx(0.02)
        assert table[label, 0, 1] == pytest.approx(table[label, 1, 0])


def test_a_population_that_cannot_be_is_left_out() -> None:
    """Where models disagree in 2 % of rows none is five points worse."""
    assert populations.of_cell(_cell("accuracy", "accuracy", disagreement=0.02, margin=0.05)) is None


def test_a_population_that_just_can_be_is_drawn() -> None:
    """At an accuracy of 0.9 models that disagree in 20 % of rows are never both wrong, but for rounding."""
    table = populations.of_cell(_cell("accuracy", "accuracy", disagreement=0.2, truth=EQUAL))

    assert table is not None
    assert table.min() == 0.0


def test_relative_margins_are_shares_of_the_baseline() -> None:
    table = populations.of_cell(_cell("counts", "f1", margin=0.05, relative=True))
    assert table is not None

    assert populations.value(table, "f1", 0) == pytest.approx(0.95 * populations.value(table, "f1", 1), abs=1e-9)


def test_drawn_counts_are_judged_as_the_rows_that_they_count() -> None:
    """Counts are a short cut past the rows: the figures of both ways are the same."""
    table = populations.of_cell(_cell("counts", "f1"))
    assert table is not None
    counts = drawing.drawn_counts(table, 300, 4, np.random.default_rng(1))
    where = np.repeat(np.arange(counts.size), counts.ravel())
    group, label, ours, theirs = (at.astype(np.int32) for at in np.unravel_index(where, counts.shape))
    names = tuple(f"{number}" for number in range(4))
    rows = Sample(
        n=len(where), classes=("0", "1"), labels=label, candidate=Side(answers=ours), baseline=Side(answers=theirs),
        groups={"replicate": Codes(codes=group, names=names)},
    )  # fmt: skip

    for name in (*grid.COUNTS, "recall", "accuracy"):
        short = drawing.of_counts(counts).figures(known(name), drawing.REPLICATE)
        long = Measuring(rows).figures(known(name), "replicate")
        assert short == long


def test_labels_are_fixed_where_they_are_drawn_by_label() -> None:
    table = populations.of_cell(_cell("counts", "recall"))
    assert table is not None

    counts = drawing.drawn_by_label(table, 1_000, 50, np.random.default_rng(2))

    assert set(counts[:, 1].sum(axis=(1, 2)).tolist()) == {200}
    assert set(counts.sum(axis=(1, 2, 3)).tolist()) == {1_000}


@pytest.mark.parametrize(("rate", "noise"), [(0.05, 0.3), (0.5, 1.0)])
def test_true_figures_of_scores_are_their_integrals(rate: float, noise: float) -> None:
    """By the other way round the joint law: over what a model sees, and the odds of rows that are seen so."""
    mean, found = scored.centre(rate), scored.figures_of(rate, noise)
    width = math.hypot(scored.SPREAD, noise)
    seen = mean + width * np.linspace(-9, 9, 20_001)
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    odds = mean + (scored.SPREAD / width) ** 2 * (seen - mean)[:, None] + scored.SPREAD * noise / width * nodes
    density = stats.norm.pdf(seen, mean, width)
    positive = (special.expit(odds) * weights).sum(axis=1) / weights.sum() * density
    negative = density - positive

    def over(values: NDArray[np.float64]) -> float:
        return float(integrate.trapezoid(values, seen))

    def above(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(over(values) - integrate.cumulative_trapezoid(values, seen, initial=0))

    score = special.expit(seen)
    safe = np.maximum(above(density), 1e-12)  # where hardly a row lies, nothing is added either
    expected = {
        "log_loss": over(positive * np.logaddexp(0, -seen) + negative * np.logaddexp(0, seen)),
        "brier": over(positive * (1 - score) ** 2 + negative * score**2),
        "roc_auc": over(above(positive) * negative) / (rate * (1 - rate)),
        "average_precision": over(above(positive) / safe * positive) / rate,
    }

    assert over(positive) == pytest.approx(rate, abs=1e-9)
    assert found["log_loss"] == pytest.approx(expected["log_loss"], abs=1e-9)
    assert found["brier"] == pytest.approx(expected["brier"], abs=1e-9)
    assert found["roc_auc"] == pytest.approx(expected["roc_auc"], abs=3e-6)
    assert found["average_precision"] == pytest.approx(expected["average_precision"], abs=1e-5)


def test_a_noisier_model_ranks_worse_by_exactly_the_margin() -> None:
    noise = scored.noise_for(0.2, 0.3, 0.01)

    lost = scored.figures_of(0.2, 0.3)["roc_auc"] - scored.figures_of(0.2, noise)["roc_auc"]
    assert lost == pytest.approx(0.01, abs=1e-9)


@pytest.mark.parametrize("shape", ["normal", "Laplace"])
def test_drawn_numbers_have_the_mean_error_that_is_computed(shape: str) -> None:
    """On the lattice, for both models; the candidate's is larger by the margin."""
    cell = _cell("numbers", "mae", what=shape, margin=0.05, disagreement=0.3, n=400_000)
    rows = drawing.numbers(cell, 1, np.random.default_rng(4))
    (figure,) = rows.figures(known("mae"))
    baseline = scored.mean_error(math.hypot(1, 0.3), shape)
    assert figure.baseline is not None
    assert figure.own is not None

    assert figure.baseline == pytest.approx(baseline, abs=5 * figure.own.standard_error)
    assert figure.candidate == pytest.approx(baseline + 0.05, abs=5 * figure.own.standard_error)
