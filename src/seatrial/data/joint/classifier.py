"""Can the rows of current be told from those of the reference, taking all columns together?

The classifier two-sample test of Lopez-Paz and Oquab (2017), ICLR, cross-fitted: each half of the sampled rows is
scored by what was learned from the other half, so an area above one half is a difference and not a memory. The effect
is the area minus one half.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity, Unit
from seatrial.data.codes import Check, Reason
from seatrial.data.findings import DataFinding
from seatrial.data.joint import areas, boosting, interactions, tables, wording
from seatrial.data.joint.explaining import GAIN
from seatrial.data.joint.halves import halves
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile
from seatrial.stats.effects.record import rows_needed
from seatrial.verdict import Verdict

MOST_COLUMNS = 128
"""Wider tables are cut, in each half by what it has learned from, to the columns that differ most."""
LEAST_ROWS = 20  # of either side
NAMED = 3
"""Columns that the message names at most, and the share of all gain that each has at least."""
NAMED_SHARE = 0.1


def told_apart(reference: Profile, current: Profile, contract: Contract, *, seed: int) -> Claim | DataFinding | None:
    """A claim, or a finding where there are too few rows; None where no two columns can be looked at together."""
    names = tables.usable(reference, current, contract)
    if len(names) < 2:
        return None
    data = tables.both(reference, current, names)
    new, old = int(data.counts[data.is_current].sum()), int(data.counts[~data.is_current].sum())
    parts = halves(data.origin, data.counts, seed)
    fewest = min(part[side].sum() for part in parts for side in (data.is_current, ~data.is_current))
    if fewest < LEAST_ROWS / len(parts):
        return _too_few(current, new, old)
    area, gains = cross_fitted(data, parts)
    leading = [names[at] for at in np.argsort(-gains, kind="stable")[:NAMED] if gains[at] >= NAMED_SHARE]
    return _claim(area, {name: float(gains[names.index(name)]) for name in leading}, contract, new, old)


def cross_fitted(data: tables.BothRows, parts: areas.Floats) -> tuple[areas.Area, areas.Floats]:
    """The area on rows that were not learned from, and the share of each column in what was learned."""
    grid = interactions.coarse(data.codes, data.counts)
    found: list[areas.Area] = []
    gains = np.zeros(data.codes.shape[1])
    for known, away in ((parts[0], parts[1]), (parts[1], parts[0])):
        model, wide, columns = _learned(data, grid, known)
        here = away > 0
        found.append(areas.of_scores(boosting.score(model, wide[here]), away[here], data.is_current[here]))
        for column, gain in zip(columns, model.gains, strict=True):
            for one in column:
                gains[one] += gain / len(column) / len(parts)
    return areas.averaged(found, data.copies), gains


def _learned(
    data: tables.BothRows, grid: boosting.Codes, known: areas.Floats
) -> tuple[boosting.Model, boosting.Codes, list[tuple[int, ...]]]:
    """The model, the matrix it reads, and of which columns each column of that matrix is made."""
    here = known > 0
    target, counts = data.is_current[here], known[here]
    kept = _most_different(data.codes[here], counts, target)
    found = interactions.strongest(grid[here][:, kept], counts, target)
    pairs = [(int(kept[a]), int(kept[b])) for a, b in found]
    wide = np.concatenate([data.codes[:, kept], interactions.together(grid, pairs)], axis=1)
    order = np.concatenate([data.ordered[kept], np.zeros(len(pairs), dtype=np.bool_)])
    new, old = float(counts[target].sum()), float(counts[~target].sum())
    weights = counts * np.where(target, min(new, old) / new, min(new, old) / old)
    model = boosting.fit(wide[here], target, order, weights)
    return model, wide, [(int(column),) for column in kept] + [tuple(pair) for pair in pairs]


def _most_different(codes: boosting.Codes, counts: areas.Floats, is_current: NDArray[np.bool_]) -> NDArray[np.int64]:
    columns = codes.shape[1]
    if columns <= MOST_COLUMNS:
        return np.arange(columns)
    flat = codes.astype(np.int64) + np.arange(columns) * boosting.LEVELS
    width = columns * boosting.LEVELS
    new, old = (
        np.bincount(flat[side].ravel(), np.repeat(counts[side], columns), minlength=width)
        for side in (is_current, ~is_current)
    )
    apart = (new / new.sum() - old / old.sum()) ** 2 / np.maximum(new + old, 1.0)
    order = np.argsort(-apart.reshape(columns, -1).sum(axis=1), kind="stable")
    return np.sort(order[:MOST_COLUMNS])


def _claim(area: areas.Area, by: Mapping[str, float], contract: Contract, new: int, old: int) -> Claim:
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
        high=max(high, high - area.value + 0.5) - 0.5,  # below one half is chance, and excludes no more than one half
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
        confidence=drift.confidence,
        message=f"a classifier tells rows of current from rows of the reference with an area under the curve of "
        f"{area.value:.3f}" + (f", by {wording.listed(list(by))}" if by else ""),
        details={GAIN + name: gain for name, gain in by.items()},
    )


def _too_few(current: Profile, new: int, old: int) -> DataFinding:
    """In a dataset of enough rows that mostly repeat each other it is a note: other checks see all rows of those."""
    scarce = current.rows < 2 * LEAST_ROWS
    return DataFinding(
        check=Check.CLASSIFIER,
        column=None,
        verdict=Verdict.INCONCLUSIVE,
        severity=Severity.ERROR if scarce else Severity.INFO,
        reason=Reason.TOO_FEW_ROWS,
        message=f"{new} sampled rows of current and {old} of the reference are too few to learn from",
        n=new,
        n_reference=old,
        n_needed=2 * LEAST_ROWS if scarce else None,
    )
