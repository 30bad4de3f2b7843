"""Draws from populations, in the form that gates read: many replicates at once, each a group of one sample.

Called by `judging`, `slicing` and `disparities`. An answer for each group is what Seatrial computes for slices, so a
thousand replicates cost one pass. Counts of cells are drawn as such, since their number is all that Seatrial counts
from rows (a test holds the two together); what looks at rows is drawn as rows, a million at a time.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.gates import scored_populations as scored
from benchmarks.gates.grid import AT_THE_MARGIN, Cell
from benchmarks.gates.populations import Table
from seatrial.evidence.sample import Codes, Sample, Side
from seatrial.metrics.counting import Cells
from seatrial.metrics.measure import Measuring

REPLICATE = "replicate"
_ROWS_AT_ONCE = 1_000_000
_SHARED = 1.0


def of_counts(counts: NDArray[np.int64]) -> Measuring:
    """Replicates from their counts, shape (replicates, 2, 2, 2): label, answer of the candidate, of the baseline."""
    replicates = len(counts)
    group, label, candidate, baseline = np.nonzero(counts)
    cells = Cells(
        groups=replicates,
        classes=2,
        group=group,
        label=label,
        candidate=candidate,
        baseline=baseline,
        count=counts[group, label, candidate, baseline].astype(np.float64),
    )
    rows = np.zeros(replicates, dtype=np.int32)  # none is looked at: the cells are there already
    sample = Sample(
        n=replicates, classes=("0", "1"), labels=rows, candidate=Side(answers=rows), baseline=Side(answers=rows),
        groups={REPLICATE: _groups(replicates, 1)},
    )  # fmt: skip
    return Measuring(sample, {REPLICATE: cells})


def drawn_counts(table: Table, n: int, replicates: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Counts of so many samples of `n` rows."""
    return rng.multinomial(n, table.ravel() / table.sum(), size=replicates).reshape(replicates, 2, 2, 2)


def drawn_by_label(table: Table, n: int, replicates: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """The same with the share of labels that the population has, in every sample."""
    made = np.zeros((replicates, 2, 2, 2), dtype=np.int64)
    positives = round(n * float(table[1].sum()))
    for label, rows in ((0, n - positives), (1, positives)):
        shares = table[label].ravel() / table[label].sum()
        made[:, label] = rng.multinomial(rows, shares, size=replicates).reshape(replicates, 2, 2)
    return made


def of_groups(right: NDArray[np.int64], n: int) -> Measuring:
    """One sample of one model whose groups have `n` positives each, so many of them found."""
    groups = len(right)
    at = np.tile(np.arange(groups), 2)
    answer = np.repeat(np.array([1, 0]), groups)
    cells = Cells(
        groups=groups,
        classes=2,
        group=at,
        label=np.ones(2 * groups, dtype=np.int64),
        candidate=answer,
        baseline=answer,
        count=np.concatenate([right, n - right]).astype(np.float64),
    )
    rows = np.zeros(groups, dtype=np.int32)
    groupings = {REPLICATE: _groups(groups, 1)}
    sample = Sample(n=groups, classes=("0", "1"), labels=rows, candidate=Side(answers=rows), groups=groupings)
    return Measuring(sample, {REPLICATE: cells})


def batches(cell: Cell) -> Iterator[int]:
    """How many replicates are drawn at once."""
    left, at_once = cell.replicates, max(1, _ROWS_AT_ONCE // cell.n)
    while left > 0:
        yield min(left, at_once)
        left -= at_once


def scores(cell: Cell, replicates: int, rng: np.random.Generator) -> Measuring:
    """Rows with a label and a probability from each model."""
    size = replicates * cell.n
    odds = scored.centre(cell.base_rate) + scored.SPREAD * rng.standard_normal(size)
    label = (rng.random(size) < 1 / (1 + np.exp(-odds))).astype(np.int32)
    sides = []
    for noise in (worse_noise(cell), cell.disagreement):
        seen = odds + noise * rng.standard_normal(size)
        sides.append(Side(score=1 / (1 + np.exp(-seen))))
    sample = Sample(
        n=size,
        classes=("0", "1"),
        labels=label,
        candidate=sides[0],
        baseline=sides[1],
        groups={REPLICATE: _groups(replicates, cell.n)},
    )  # fmt: skip
    return Measuring(sample)


def worse_noise(cell: Cell) -> float:
    """The candidate's noise."""
    if cell.truth != AT_THE_MARGIN:
        return cell.disagreement
    return scored.noise_for(cell.base_rate, cell.disagreement, cell.margin)


def numbers(cell: Cell, replicates: int, rng: np.random.Generator) -> Measuring:
    """Rows with a number as label and one as answer of each model."""
    size = replicates * cell.n
    shared = _SHARED * rng.standard_normal(size)
    scale = np.sqrt(rng.exponential(size=size)) if cell.what == "Laplace" else np.ones(size)
    label = rng.integers(scored.REACH, 3 * scored.REACH, size)
    sides = []
    for own in (worse_error(cell), cell.disagreement):
        error = scale * (shared + own * rng.standard_normal(size)) / scored.STEP
        steps = np.clip(np.rint(error), -scored.REACH, scored.REACH).astype(np.int64)
        sides.append(Side(answers=(label + steps).astype(np.int32)))
    names = tuple(f"{at * scored.STEP:.1f}" for at in range(4 * scored.REACH + 1))
    sample = Sample(
        n=size,
        classes=names,
        labels=label.astype(np.int32),
        candidate=sides[0],
        baseline=sides[1],
        groups={REPLICATE: _groups(replicates, cell.n)},
    )  # fmt: skip
    return Measuring(sample)


def worse_error(cell: Cell) -> float:
    """What the candidate errs by itself."""
    if cell.truth != AT_THE_MARGIN:
        return cell.disagreement
    return scored.own_error_for(cell.disagreement, cell.what, cell.margin)


def _groups(replicates: int, rows: int) -> Codes:
    codes = np.repeat(np.arange(replicates, dtype=np.int32), rows)
    return Codes(codes=codes, names=tuple(f"{number:07}" for number in range(replicates)))
