"""Values outside the reference's range: rows in another unit, sentinels, broken parsing. Called by `numbers`.

Where a profile lists all values of a column they are counted exactly, and the p value is that of as many of the
most extreme rows of both sides being current ones. Else those in the outermost bins are counted, which the binning
put where hardly a row of the reference is. One claim per column, about the side that has more.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import msgspec
import numpy as np
from msgspec import Struct

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import units, wording
from seatrial.data.compare.pair import Limits, Pair
from seatrial.data.compare.shares import compared, points
from seatrial.data.profile.records import Items, Numbers
from seatrial.stats import effects

_OUTER = 0.005
"""The share of the reference that the outermost bins may hold to be the outside."""
_TOLD = 0.05  # the p above which nobody asks what the extreme is


class _Outside(Struct, frozen=True, kw_only=True):
    effect: effects.Effect
    share: float
    where: str
    extreme: float


def beyond(pair: Pair, before: Numbers, after: Numbers) -> Claim | None:
    """The claim that no more values lie outside than chance puts there; None where nothing can count them."""
    limits = pair.limits(Unit.SD, detect=pair.gross)
    sides = [_outside(pair, before, after, limits, above=above) for above in (False, True)]
    found = [side for side in sides if side is not None]
    if not found:
        return None
    worst = min(found, key=lambda side: (side.effect.p, -side.effect.estimate))
    times = units.factor_of(worst.extreme, before.mean) if worst.effect.p <= _TOLD else None
    return pair.claim(
        Check.BEYOND,
        worst.effect,
        f"{wording.percent(worst.share)} of {pair.name} lies {worst.where}: {wording.size(worst.effect, Unit.SD)} apart"
        + (f", the farthest at {wording.figure(worst.extreme)}" if worst.share > 0 else "")
        + ("" if times is None else f", {times} the usual"),
        limits=limits,
        n=after.count,
        n_reference=before.count,
        current=f"{wording.figure(after.least)} to {wording.figure(after.most)}",
        reference=f"{wording.figure(before.least)} to {wording.figure(before.most)}",
        times=len(found),
    )


def _outside(pair: Pair, before: Numbers, after: Numbers, limits: Limits, *, above: bool) -> _Outside | None:
    """One side of the range."""
    edge, extreme = (before.most, after.most) if above else (before.least, after.least)
    if edge is None or extreme is None or after.count <= 0:
        return None
    word, end = ("above", "greatest") if above else ("below", "least")
    if pair.after.items.complete:
        farther = extreme > edge if above else extreme < edge
        count = _listed(pair.after.items, float(edge), above=above) if farther else 0
        where = f"{word} {wording.figure(edge)}, the {end} value of the reference"
        effect = _counted(min(count, after.count), after.count, before.count, *limits.values())
        return _Outside(effect=effect, share=count / after.count, where=where, extreme=float(extreme))
    bins = outer_bins(before.bins, before.count, above=above)
    if not bins:
        return None
    old, new = (sum(side.bins[-bins:] if above else side.bins[:bins]) for side in (before, after))
    effect, _ = compared(pair, (old, before.count), (new, after.count), Unit.SD, screens=True)
    edge = pair.binning.edges[-bins if above else bins - 1]
    where = f"{word} {wording.figure(edge)}, where the reference has hardly a value"
    return _Outside(effect=effect, share=new / after.count, where=where, extreme=float(extreme))


def outer_bins(bins: Sequence[int], rows: int, *, above: bool) -> int:
    """How many bins at one end lie outside of the reference: all but a few of its rows are further in."""
    found = total = 0
    for count in bins[:0:-1] if above else bins[:-1]:
        total += count
        if total > _OUTER * rows:
            break
        found += 1
    return found


def _listed(items: Items, edge: float, *, above: bool) -> int:
    """Rows with a listed finite value beyond the edge: infinities have a claim of their own."""
    values = np.fromiter((float(text) for text, _ in items.counts), np.float64, len(items.counts))
    outside = np.flatnonzero(np.isfinite(values) & (values > edge if above else values < edge))
    return sum(items.counts[place][1] for place in outside.tolist())


@lru_cache(maxsize=256)
def _counted(
    count: int,
    n: int,
    n_reference: int,
    confidence: float,
    floor: float,
    detect: float,
    alpha: float,
    deff_reference: float,
    deff_current: float,
) -> effects.Effect:
    """So many rows beyond all of the reference, as Cohen's h from none; remembered, since most columns have none."""
    effect = effects.beyond(
        count,
        n,
        n_reference,
        confidence=confidence,
        floor=points(0.0, floor),
        detect=points(0.0, detect),
        alpha=alpha,
        deff_reference=deff_reference,
        deff_current=deff_current,
    )
    estimate, low, high = (effects.cohens_h(0.0, share) for share in (effect.estimate, effect.low, effect.high))
    return msgspec.structs.replace(
        effect, statistic="cohens_h_beyond", estimate=estimate, signed=estimate, low=low, high=high
    )
