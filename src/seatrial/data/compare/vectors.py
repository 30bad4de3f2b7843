"""Claims about a column of vectors (embeddings): their norms, their directions, and those that are all zero.

Directions are seen through projections on fixed random ones: a distribution in many dimensions differs if and only
if its projections do (Cramer and Wold 1936), and a change that matters is seen by most of a few. One claim tells
the worst of them, corrected for how many there are. Another width is a fact, told in `schema`.
"""

from __future__ import annotations

import numpy as np

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair, bins_for
from seatrial.data.compare.shares import share_claim
from seatrial.data.profile.records import Vectors
from seatrial.stats.effects import shape, shift


def claims(pair: Pair) -> list[Claim]:
    """Norms, projections, and broken vectors where there are any."""
    before, after = pair.before.vectors, pair.after.vectors
    if before is None or after is None:
        return []
    found: list[Claim | None] = [_norms(pair, before, after), _projections(pair, before, after)]
    for check, what, old, new in (
        (Check.ZERO_VECTORS, "all zeros", before.zero, after.zero),
        (Check.NOT_FINITE, "vectors with NaN or infinity", before.not_finite, after.not_finite),
    ):
        if old or new:
            found.append(share_claim(pair, check, (old, pair.n_reference), (new, pair.n), what, screens=True))
    return [claim for claim in found if claim is not None]


def _norms(pair: Pair, before: Vectors, after: Vectors) -> Claim | None:
    old, new = np.asarray(before.bins), np.asarray(after.bins)
    if not (old.sum() and new.sum()) or np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD)
    effect = shift(old, new, **limits)
    way = "longer" if effect.signed > 0 else "shorter"
    message = f"the vectors of {pair.name} are {way} by {wording.size(effect, Unit.SD)}"
    return pair.claim(Check.NORMS, effect, message, limits=limits)


def _projections(pair: Pair, before: Vectors, after: Vectors) -> Claim | None:
    limits = pair.limits(Unit.SD)
    effects = [
        shape(np.asarray(old), np.asarray(new), bins=bins_for(pair.n, pair.n_reference), **limits)
        for old, new in zip(before.projections, after.projections, strict=True)
        if sum(old) and sum(new) and np.count_nonzero(np.asarray(old) + np.asarray(new)) > 1
    ]
    if not effects:
        return None
    worst = min(effects, key=lambda effect: (effect.p, -effect.low))
    message = (
        f"the vectors of {pair.name} point elsewhere by {wording.size(worst, Unit.SD)}, along one of "
        f"{len(effects)} directions looked along"
    )
    return pair.claim(Check.PROJECTIONS, worst, message, limits=limits, times=len(effects))
