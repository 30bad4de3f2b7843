"""Rows to what answers metrics of them, whether they lie in memory or are looked at in pieces.

Called by whoever in this folder looks at predictions. `groupings` are those that will be asked for: a pass over a large
file serves them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from seatrial.evidence.records import LargePredictions, Predictions, pieces_of
from seatrial.metrics.large.measuring import LargeMeasuring
from seatrial.metrics.measure import JOINT, Measuring

Rows: TypeAlias = Predictions | LargePredictions


def measuring_of(mine: Rows, theirs: Rows | None = None, groupings: Iterable[Sequence[str]] = ()) -> Measuring:
    """The rows of one model, or of two joined by id. Raises EvidenceError where they cannot be paired."""
    if isinstance(mine, LargePredictions) or isinstance(theirs, LargePredictions):
        return LargeMeasuring.of(pieces_of(mine, theirs), map(JOINT.join, groupings))
    from seatrial.evidence.pairing import sample_of  # brings polars, which no start-up may pay for

    return Measuring(sample_of(mine, theirs))


def disagreements(mine: Rows, theirs: Rows) -> int:
    """How many rows the two models answer differently. Raises EvidenceError where they cannot be paired."""
    if isinstance(mine, Predictions) and isinstance(theirs, Predictions):
        from seatrial.evidence.pairing import disagreeing  # as above

        return disagreeing(mine, theirs).height
    return LargeMeasuring.of(pieces_of(mine, theirs)).disagreements()
