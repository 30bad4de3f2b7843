"""Can the rows of current be told from those of the reference, taking all columns together?

The classifier two-sample test of Lopez-Paz and Oquab (2017), ICLR, cross-fitted: each half of the sampled rows is
scored by what was learned from the other half, so an area above one half is a difference and not a memory. Rows are
halved by their digest, so equal rows fall into the same half. The effect is the area minus one half.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.joint import areas, boosting, interactions, tables, wording
from seatrial.data.joint.halves import halves
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.stats.effects.record import rows_needed

FOLDS = 2
MOST_COLUMNS = 128
"""Wider tables are cut, in each half by what it has learned from, to the columns that differ most."""
LEAST_ROWS = 20
NAMED = 3
"""Columns that the message names at most, and the share of all gain that each has at least."""
NAMED_SHARE = 0.1


def told_apart(reference: Profile, current: Profile, contract: Contract, *, seed: int) -> Claim | None:
    """A claim, or None where there is nothing to learn from."""
    names = tables.usable(reference, current, contract)
    if len(names) < 2:
        return None
    data = tables.both(reference, current, names)
    new, old = int(data.is_current.sum()), int((~data.is_current).sum())
    if min(new, old) < LEAST_ROWS:
        return None
    area, gains = cross_fitted(data.rows.codes, data.is_current, data.rows.ordered, halves(data.rows.origin, seed))
    return _claim(area, wording.leading(names, gains, NAMED, NAMED_SHARE), contract, new, old)


def cross_fitted(
    codes: boosting.Codes, is_current: NDArray[np.bool_], ordered: NDArray[np.bool_], fold: NDArray[np.int64]
) -> tuple[areas.Area, areas.Floats]:
    """The area on rows that were not learned from, and the share of each column in what was learned."""
    grid = interactions.coarse(codes)
    found: list[areas.Area] = []
    gains = np.zeros(codes.shape[1])
    for held_out in range(FOLDS):
        away = fold == held_out
        model, wide, columns = _learned(codes, grid, is_current, ordered, ~away)
        found.append(areas.of_scores(boosting.score(model, wide[away]), is_current[away]))
        for column, gain in zip(columns, model.gains, strict=True):
            for one in column:
                gains[one] += gain / len(column) / FOLDS
    return areas.averaged(found), gains


def _learned(
    codes: boosting.Codes,
    grid: boosting.Codes,
    is_current: NDArray[np.bool_],
    ordered: NDArray[np.bool_],
    known: NDArray[np.bool_],
) -> tuple[boosting.Model, boosting.Codes, list[tuple[int, ...]]]:
    """The model, the matrix it reads, and of which columns each column of that matrix is made."""
    kept = _most_different(codes[known], is_current[known])
    pairs = [(int(kept[a]), int(kept[b])) for a, b in interactions.strongest(grid[known][:, kept], is_current[known])]
    wide = np.concatenate([codes[:, kept], interactions.together(grid, pairs)], axis=1)
    order = np.concatenate([ordered[kept], np.zeros(len(pairs), dtype=np.bool_)])
    target = is_current[known]
    new, old = int(target.sum()), int((~target).sum())
    weights = np.where(target, min(new, old) / new, min(new, old) / old)
    model = boosting.fit(wide[known], target, order, weights)
    return model, wide, [(int(column),) for column in kept] + [tuple(pair) for pair in pairs]


def _most_different(codes: boosting.Codes, is_current: NDArray[np.bool_]) -> NDArray[np.int64]:
    columns = codes.shape[1]
    if columns <= MOST_COLUMNS:
        return np.arange(columns)
    flat = codes.astype(np.int64) + np.arange(columns) * boosting.LEVELS
    width = columns * boosting.LEVELS
    new = np.bincount(flat[is_current].ravel(), minlength=width)
    old = np.bincount(flat[~is_current].ravel(), minlength=width)
    apart = (new / is_current.sum() - old / (~is_current).sum()) ** 2 / np.maximum(new + old, 1)
    order = np.argsort(-apart.reshape(columns, -1).sum(axis=1), kind="stable")
    return np.sort(order[:MOST_COLUMNS])


def _claim(area: areas.Area, by: str, contract: Contract, new: int, old: int) -> Claim:
    drift = contract.drift
    low, high = area.bounds(drift.confidence)
    spread = area.null_error**2 * new * old / (new + old)  # per row of either side
    return Claim(
        check=Check.CLASSIFIER,
        column=None,
        statistic="auc",
        unit=Unit.AUC,
        estimate=max(area.value - 0.5, 0.0),
        low=max(low - 0.5, 0.0),
        high=max(high - 0.5, 0.0),
        floor=drift.auc_floor,
        detect=drift.auc_detect,
        p=min(1.0, area.beyond(0.5)),
        n=new,
        n_reference=old,
        n_needed=rows_needed(
            spread,
            spread,
            old,
            confidence=drift.confidence,
            floor=drift.auc_floor,
            detect=drift.auc_detect,
            alpha=drift.q / 10,
            fewest=2 * LEAST_ROWS,
        ),
        message=f"a classifier tells rows of current from rows of the reference with an area under the curve of "
        f"{area.value:.3f}{by}",
    )
