"""Why a comparison that asks "not worse by a margin" ended as it did, so that every gate says it with the same code.

Called by the gates of regression and slices, latency, behaviour and preference, each after what only it can meet (too
few rows that tell two models apart, say).
"""

from __future__ import annotations

from seatrial.gates.codes import Reason
from seatrial.stats.rows import Assuming, Rows
from seatrial.verdict import Verdict


def reason_of(verdict: Verdict, rows: Rows | None) -> Reason:
    """The code of a verdict. `rows` is what would decide an open one; they are too few where even equal models need
    more, and else the difference lies near the margin."""
    if verdict is Verdict.PASS:
        return Reason.NOT_WORSE
    if verdict is Verdict.FAIL:
        return Reason.WORSE
    too_few = rows is not None and rows.assuming is Assuming.EQUAL
    return Reason.TOO_FEW_ROWS if too_few else Reason.NEAR_THE_LIMIT
