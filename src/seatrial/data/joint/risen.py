"""How well a column that has an order tells two classes of the label apart, now and before, without learning anything.

`leakage.py` learns from one half of the sampled rows what each bin says, and judges on the other. That sees any
relation and pays for it: of 500 rows with one class in fifteen, a half has sixteen rows of it to learn from. A number
needs none of that. Its bins are in order, so the area under the curve of the column itself is taken from all rows, and
only its direction is chosen, the one that current shows; whoever uses it doubles p for that.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from seatrial.data.columns import Kind
from seatrial.data.joint import areas, tables
from seatrial.data.policy import Contract
from seatrial.data.profile.records import Profile

LEAST_OF_CLASS = 16
"""Rows of either class on either side: below, the normal approximation of an area is none."""


class Risen(Struct, frozen=True, kw_only=True):
    """The areas of one column, in the direction that current shows."""

    before: areas.Area
    after: areas.Area


def in_order(
    reference: Profile, old: tables.Rows, current: Profile, new: tables.Rows, contract: Contract
) -> dict[str, Risen]:
    """Both areas of every ordered column; none where the label has not the same two classes on both sides."""
    label = contract.label
    names = tables.usable(reference, current, contract)
    if label is None or label not in reference.sample.columns or label not in current.sample.columns:
        return {}
    before, after = _column(old, reference, label), _column(new, current, label)
    classes = np.unique(np.concatenate([before[before != tables.NULL], after[after != tables.NULL]]))
    if len(classes) != 2 or not (_enough(before, old, classes) and _enough(after, new, classes)):
        return {}
    found: dict[str, Risen] = {}
    for name in names:
        if name in (label, contract.prediction) or current.columns[name].column.kind is Kind.TEXT:
            continue
        was = _area(_column(old, reference, name), before, old.counts, classes)
        now = _area(_column(new, current, name), after, new.counts, classes)
        turned = now.value < 0.5
        found[name] = Risen(before=_turned(was) if turned else was, after=_turned(now) if turned else now)
    return found


def _column(rows: tables.Rows, profile: Profile, name: str) -> NDArray[np.uint8]:
    column: NDArray[np.uint8] = rows.codes[:, profile.sample.columns.index(name)]
    return column


def _enough(labels: NDArray[np.uint8], rows: tables.Rows, classes: NDArray[np.uint8]) -> bool:
    return all(int(rows.counts[labels == one].sum()) >= LEAST_OF_CLASS for one in classes)


def _area(
    column: NDArray[np.uint8], labels: NDArray[np.uint8], counts: NDArray[np.int64], classes: NDArray[np.uint8]
) -> areas.Area:
    """Of the rows that have a value; nulls have no place in the order."""
    known = column != tables.NULL
    low, high = (
        np.bincount(column[known & (labels == one)], counts[known & (labels == one)], minlength=256).astype(np.float64)
        for one in classes
    )
    return areas.of_table(low, high)


def _turned(area: areas.Area) -> areas.Area:
    return areas.Area(value=1.0 - area.value, error=area.error, null_error=area.null_error)
