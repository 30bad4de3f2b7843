"""Claims about a column of vectors (embeddings): their norms, their directions, and those that are all zero.

Directions are seen through projections on fixed random ones: a distribution in many dimensions differs if and only
if its projections do (Cramer and Wold 1936), and a change that matters is seen by most of a few. One claim tells
the worst of them, corrected for how many there are. Another width is a fact, told in `schema`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.distances import limit_claims
from seatrial.data.compare.pair import BACKUP, Limits, Pair, bins_for, likeliest
from seatrial.data.compare.shares import compared, rough_z, share_claim
from seatrial.data.profile.records import Vectors
from seatrial.stats.effects import Effect, shape, shift

_VIEWS = 2
"""Lengths are looked at as a whole and bin by bin: a few that were scaled to one hardly move the whole."""


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
    found += limit_claims(pair, before.bins, after.bins)
    return [claim for claim in found if claim is not None]


def _norms(pair: Pair, before: Vectors, after: Vectors) -> Claim | None:
    old, new = np.asarray(before.bins), np.asarray(after.bins)
    if not (old.sum() and new.sum()) or np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD, detect=BACKUP * pair.drift.detect)
    moved = shift(old, new, **limits)
    grown, own, tried, told = _grown(pair, old, new)
    if moved.p <= grown.p * tried:
        way = "longer" if moved.signed > 0 else "shorter"
        message = f"the vectors of {pair.name} are {way} by {wording.size(moved, Unit.SD)}"
        return pair.claim(Check.NORMS, moved, message, limits=limits, times=_VIEWS)
    return pair.claim(Check.NORMS, grown, told, limits=own, times=_VIEWS * tried)


def _grown(pair: Pair, old: NDArray[np.int64], new: NDArray[np.int64]) -> tuple[Effect, Limits, int, str]:
    """The bin whose share changed most, the limits of such a look, how many bins it was chosen from, and in words."""
    n, m = int(old.sum()), int(new.sum())
    sides = [((int(was), n), (int(now), m)) for was, now in zip(old, new, strict=True)]
    place = max(range(len(sides)), key=lambda at: abs(rough_z(*sides[at])))
    effect, limits = compared(pair, *sides[place], Unit.SD, screens=True)
    was, now = (wording.percent(count / rows) for count, rows in sides[place])
    length = _length(pair.binning.edges, place)
    told = (
        f"{now} of the vectors of {pair.name} have a length {length}, was {was}: {wording.size(effect, Unit.SD)} apart"
    )
    return effect, limits, len(sides), told


def _length(edges: Sequence[float], place: int) -> str:
    """The lengths of one bin: below the first edge, between two, or from the last one on."""
    low = wording.figure(edges[place - 1]) if place else None
    high = wording.figure(edges[place]) if place < len(edges) else None
    if low is None or high is None:
        return f"below {high}" if low is None else f"of {low} or more"
    return f"of about {low}" if low == high else f"from {low} to {high}"


def _projections(pair: Pair, before: Vectors, after: Vectors) -> Claim | None:
    limits = pair.limits(Unit.SD, detect=BACKUP * pair.drift.detect)
    effects = [
        shape(np.asarray(old), np.asarray(new), bins=bins_for(pair.n, pair.n_reference), **limits)
        for old, new in zip(before.projections, after.projections, strict=True)
        if sum(old) and sum(new) and np.count_nonzero(np.asarray(old) + np.asarray(new)) > 1
    ]
    if not effects:
        return None
    worst = likeliest(effects, limits["floor"])
    message = (
        f"the vectors of {pair.name} point elsewhere by {wording.size(worst, Unit.SD)}, along one of "
        f"{len(effects)} directions looked along"
    )
    return pair.claim(Check.PROJECTIONS, worst, message, limits=limits, times=len(effects))
