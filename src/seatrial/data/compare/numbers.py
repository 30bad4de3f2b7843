"""Claims about a column of numbers: where it lies, how wide it is, its shape, and what breaks numbers in practice.

Three views of the same bins, since each sees with few rows what the others see only with many: a shift, a spread, and
everything else. Values far outside, negative ones where there were none, one value that became frequent, and a
coarser grid (rounding) have claims of their own, because they touch few rows, or none of the three. Of an id only
uniqueness is asked.
"""

from __future__ import annotations

import math

import numpy as np

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import frequent, units, wording
from seatrial.data.compare.beyond import beyond
from seatrial.data.compare.distances import figures, limit_claims
from seatrial.data.compare.pair import BACKUP, Pair, bins_for
from seatrial.data.compare.rounding import rounding
from seatrial.data.compare.shares import Count, share_claim
from seatrial.data.profile.records import Numbers
from seatrial.stats import normal
from seatrial.stats.effects import Effect, shape, shift, spread

_ATOM = 0.3
"""The share of one bin from which on the spread is that of the rest, and no figure of its own (many zeros)."""
_RARE = 0.02
"""A share of negative values up to which they are something special in the reference."""


def claims(pair: Pair) -> list[Claim]:
    """All claims about one column of numbers."""
    before, after = pair.before.numbers, pair.after.numbers
    if before is None or after is None or before.count <= 0 or after.count <= 0:
        return []
    found: list[Claim | None] = []
    if not pair.id_like:
        found += distribution(pair, before, after)
        found += limit_claims(pair, before.bins, after.bins)
        found += [beyond(pair, before, after)]
        found += [frequent.claim(pair, pair.before.items, pair.after.items), rounding(pair, before, after)]
        for check, old, new, what in (
            (Check.NEGATIVES, before.negatives, after.negatives, "negative"),
            (Check.ZEROS, before.zeros, after.zeros, "zero"),
        ):
            found.append(_special(pair, check, (old, before.count), (new, after.count), what))
    return [claim for claim in found if claim is not None]


def distribution(pair: Pair, before: Numbers, after: Numbers) -> list[Claim]:
    """Shift, spread and shape over the frozen bins; nothing of a column that is one and the same value."""
    old, new = np.asarray(before.bins), np.asarray(after.bins)
    if np.count_nonzero(old + new) < 2:
        return []
    limits, wider_limits = pair.limits(Unit.SD), pair.limits(Unit.SD, detect=BACKUP * pair.drift.detect)
    unit = units.explained(before, after)
    means = f"mean {wording.figure(after.mean)}, was {wording.figure(before.mean)}"
    sds = f"sd {wording.figure(_sd(after))}, was {wording.figure(_sd(before))}"
    moved = shift(old, new, **limits)
    other = shape(old, new, bins=bins_for(after.count, before.count), **wider_limits)
    widened = spread(old, new, **wider_limits) if old.max() <= _ATOM * old.sum() else None
    way = "higher" if moved.signed > 0 else "lower"
    ranked = _ranked(moved, after, before)
    told_of = [
        (Check.SHIFT, moved, f"{pair.name} is {way} by {wording.size(moved, Unit.SD)}: {ranked}{means}"),
        (
            Check.SHAPE,
            other,
            f"the distribution of {pair.name} differs by {wording.size(other, Unit.SD)}: {means}; {sds}",
        ),
    ]
    if widened is not None:
        wider = "wider" if widened.signed > 0 else "narrower"
        by = f"{wording.size(widened, Unit.SD)}: {_most(widened, after, before)}{sds}"
        told_of.insert(1, (Check.SPREAD, widened, f"{pair.name} is {wider} by {by}"))
    details = figures(pair, before.bins, after.bins)
    return [
        pair.claim(
            check,
            effect,
            message,
            limits=limits if check is Check.SHIFT else wider_limits,
            n=after.count,
            n_reference=before.count,
            details=details if check is Check.SHAPE else None,
            guess="" if unit is None else f"; it looks like a change of unit: {unit}",
            current=summary(after),
            reference=summary(before),
        )
        for check, effect, message in told_of
        if check is not Check.SHAPE or (effect.parts or 0) > 1  # of rows too few for a shape, the shift speaks
    ]


def _ranked(moved: Effect, after: Numbers, before: Numbers) -> str:
    """How often, where the mean says the opposite: a few huge values move it, and not where most rows lie."""
    if moved.signed * (after.mean - before.mean) >= 0:
        return ""
    way = "higher" if moved.signed > 0 else "lower"
    pairs = wording.percent(normal.cdf(moved.estimate / math.sqrt(2)))
    return f"{way} in {pairs} of all pairs of rows, if not on average; "


def _most(widened: Effect, after: Numbers, before: Numbers) -> str:
    """A word for the bulk of the rows, where the standard deviation says the opposite."""
    if widened.signed * (_sd(after) - _sd(before)) >= 0:
        return ""
    if 2 * (after.bins[0] + after.bins[-1]) > sum(after.bins):
        return "by the bins of the reference, whose range most rows have left; "
    return "most rows are, if not those far out; "


def summary(numbers: Numbers) -> str:
    """One side for people: mean, sd and range."""
    spread_of = f"mean {wording.figure(numbers.mean)}, sd {wording.figure(_sd(numbers))}"
    return f"{spread_of}, from {wording.figure(numbers.least)} to {wording.figure(numbers.most)}"


def _sd(numbers: Numbers) -> float:
    return math.sqrt(numbers.m2 / numbers.count) if numbers.count else math.nan


def _special(pair: Pair, check: Check, reference: Count, current: Count, what: str) -> Claim | None:
    """Negative values, or zeros, where the reference has hardly any: a flipped sign, a code, values filled in.

    Where they are usual, shift and shape tell.
    """
    if not (reference[0] or current[0]) or reference[0] > _RARE * reference[1]:
        return None
    return share_claim(pair, check, reference, current, what, screens=True)
