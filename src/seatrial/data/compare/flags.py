"""Claims about a column of truth values: the share of `true`. Called by `columns`."""

from __future__ import annotations

from collections.abc import Sequence

from seatrial.data.claims import Claim
from seatrial.data.codes import Check
from seatrial.data.compare.distances import limit_claims
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.shares import share_claim


def claims(pair: Pair) -> list[Claim]:
    """One claim, for a flag has one figure, and one for each distance that is limited."""
    before, after = pair.before.texts, pair.after.texts
    limited = [] if before is None or after is None else limit_claims(pair, before.bins, after.bins, ordered=False)
    if before is not None and after is not None:
        old, new = _true(pair, before.bins), _true(pair, after.bins)
    else:
        old, new = (dict(side.items.counts).get("true", 0) for side in (pair.before, pair.after))
    claim = share_claim(pair, Check.SHAPE, (old, pair.n_reference), (new, pair.n), "true")
    return limited if claim is None else [claim, *limited]


def _true(pair: Pair, bins: Sequence[int]) -> int:
    words = pair.binning.words
    return bins[words.index("true")] if "true" in words else 0
