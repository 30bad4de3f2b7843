"""Rows of two models counted by hand, so that tests of pairing speak of rows and not of arrays."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from seatrial.evidence.pairing import disagreeing, sample_of
from seatrial.evidence.records import Predictions


class Paired(Struct, frozen=True, kw_only=True):
    """Rows by who was right; `disagreements` counts rows whose answers differ, also where both are wrong."""

    n: int
    both_right: int
    candidate_only: int
    baseline_only: int
    both_wrong: int
    disagreements: int


def pair(candidate: Predictions, baseline: Predictions) -> Paired:
    """Join and count; raises what the join raises."""
    sample = sample_of(candidate, baseline)
    assert sample.baseline is not None
    assert sample.candidate.answers is not None
    assert sample.baseline.answers is not None
    ours, theirs = sample.candidate.answers == sample.labels, sample.baseline.answers == sample.labels
    return Paired(
        n=sample.n,
        both_right=int(np.sum(ours & theirs)),
        candidate_only=int(np.sum(ours & ~theirs)),
        baseline_only=int(np.sum(~ours & theirs)),
        both_wrong=int(np.sum(~ours & ~theirs)),
        disagreements=disagreeing(candidate, baseline).height,
    )


def right(predictions: Predictions) -> int:
    """How many rows are right."""
    sample = sample_of(predictions)
    assert sample.candidate.answers is not None
    return int(np.sum(sample.candidate.answers == sample.labels))
