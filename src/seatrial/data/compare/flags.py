"""Claims about a column of truth values: the share of `true`. Called by `columns`."""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.claims import Claim
from seatrial.data.codes import Check
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import share_claim


def claims(pair: Pair) -> list[Claim]:
    """One claim: a flag has one figure."""
    before, after = pair.before.texts, pair.after.texts
    if before is not None and after is not None:
        old, new = _true(pair, before.bins), _true(pair, after.bins)
    else:
        old, new = (dict(side.items.counts).get("true", 0) for side in (pair.before, pair.after))
    claim = share_claim(pair, Check.SHAPE, (old, pair.n_reference), (new, pair.n), "true")
    return [] if claim is None else [claim]


def _true(pair: Pair, bins: Sequence[int]) -> int:
    words = pair.binning.words
    return bins[words.index("true")] if "true" in words else 0
