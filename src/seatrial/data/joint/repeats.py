"""How many rows, or values, repeat an earlier one, beyond what the reference has of them.

Shared by `duplicates` (digests of rows) and `near_duplicates` (keys of texts and vectors). What the reference has is
expected in proportion to the rows where current has more of them, since in a table of few categories each further row
repeats one more often. The unit of chance is the distinct row: its copies are all there or none.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.joint.excess import Excess, excess
from seatrial.data.joint.regions import Region
from seatrial.data.policy import Drift


class Repeats(Excess, frozen=True, kw_only=True):
    """`share` of current's rows beyond the first of their kind, and what was `usual`. `bare`: without ids."""

    share: float
    usual: float
    rows: int
    reference_rows: int | None
    bare: bool = False

    def clear(self, drift: Drift) -> bool:
        """Whether this is an alarm, were it asked alone."""
        return self.p <= drift.q and self.low > drift.share_floor


def beyond_usual(
    old: Region, new: Region, drift: Drift, *, growth: float, deff: float, looks: int = 1, bare: bool = False
) -> Repeats | None:
    """The share of repeated rows against that of the reference; None where one side has none at all.

    `growth`: how many times the rows of the reference current has. `looks`: p is the smallest of so many.
    """
    if old.rows == 0 or new.rows == 0:
        return None
    was, now = old.counts - 1, new.counts - 1
    times = max(1.0, growth)
    found = excess(
        float(now.sum()),
        new.rows,
        float(was.sum()),
        old.rows,
        variance=float(np.sum((now / new.rows) ** 2) + times**2 * np.sum((was / old.rows) ** 2)),
        times=times,
        confidence=drift.confidence,
        deff=deff,
    )
    return Repeats(
        value=found.value,
        low=found.low,
        high=found.high,
        p=min(1.0, found.p * looks),
        share=float(now.sum()) / new.rows,
        usual=min(1.0, times * float(was.sum()) / old.rows),
        rows=new.rows,
        reference_rows=old.rows,
        bare=bare,
    )
