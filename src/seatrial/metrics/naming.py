"""The first row that keeps a metric from being computed, named as its file names it.

Called where a `MetricError` is about single rows: who mends a file of a million rows needs to know which one. Rows that
are looked at in pieces have no ids at hand; `large/measuring` says how far it had read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seatrial.evidence.sample import Sample, Side


def first_row(sample: Sample, side: Side | None, wrong: NDArray[np.bool_]) -> str:
    """` (rows.csv, first at id '17')` of the rows that are wrong, of which there is one; nothing where that is not
    known. Labels are no side's own: they are the candidate's file's."""
    if sample.id_at is None or not sample.files:
        return ""
    at = 0 if side is None else next(at for at, each in enumerate(sample.sides) if each is side)
    count, row = int(wrong.sum()), int(np.argmax(wrong))
    return f" ({sample.files[at]}, {'first ' if count > 1 else ''}at id {sample.id_at(row)!r})"
