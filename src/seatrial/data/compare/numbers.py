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
from seatrial.data.compare.pair import Pair, bins_for, speaks
from seatrial.data.compare.shares import Count, share_claim
from seatrial.data.profile.records import Numbers
from seatrial.stats.effects import shape, shift, spread

_ATOM = 0.3
"""The share of one bin from which on the spread is that of the rest, and no figure of its own (many zeros)."""
_GROSS = 3.0
"""Rounding changes most values or none, so its limits are so many times the declared ones."""
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
        found += [frequent.claim(pair, pair.before.items, pair.after.items), _rounding(pair, before, after)]
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
    limits = pair.limits(Unit.SD)
    unit = units.explained(before, after)
    told = "" if unit is None else f"; it looks like a change of unit: {unit}"
    means = f"mean {wording.figure(after.mean)}, was {wording.figure(before.mean)}"
    sds = f"sd {wording.figure(_sd(after))}, was {wording.figure(_sd(before))}"
    moved, other = shift(old, new, **limits), shape(old, new, bins=bins_for(after.count, before.count), **limits)
    widened = spread(old, new, **limits) if old.max() <= _ATOM * old.sum() else None
    way = "higher" if moved.signed > 0 else "lower"
    told_of = [
        (Check.SHIFT, moved, f"{pair.name} is {way} by {wording.size(moved, Unit.SD)}: {means}"),
        (
            Check.SHAPE,
            other,
            f"the distribution of {pair.name} differs by {wording.size(other, Unit.SD)}: {means}; {sds}",
        ),
    ]
    if widened is not None:
        wider = "wider" if widened.signed > 0 else "narrower"
        told_of.insert(1, (Check.SPREAD, widened, f"{pair.name} is {wider} by {wording.size(widened, Unit.SD)}: {sds}"))
    details = figures(pair, before.bins, after.bins)
    return [
        pair.claim(
            check,
            effect,
            message + told,
            limits=limits,
            n=after.count,
            n_reference=before.count,
            details=details if check is Check.SHAPE else None,
            current=summary(after),
            reference=summary(before),
        )
        for check, effect, message in told_of
        if speaks(effect, after.count) or check is not Check.SHAPE
    ]


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
    return share_claim(pair, check, reference, current, what)


def _rounding(pair: Pair, before: Numbers, after: Numbers) -> Claim | None:
    """The grid the values lie on: digits after the point of broken numbers, zeros at the end of whole ones."""
    old, new = _grid(before), _grid(after)
    if old is None or new is None or len(old) != len(new) or np.count_nonzero(old + new) < 2:
        return None
    limits = pair.limits(Unit.SD, floor=_GROSS * pair.drift.floor, detect=_GROSS * pair.drift.detect)
    effect = shape(old, new, **limits)
    if not speaks(effect, int(new.sum())):
        return None
    coarser = (old * np.arange(len(old))).sum() / old.sum() > (new * np.arange(len(new))).sum() / new.sum()
    what = "rounded more coarsely" if coarser else "given more finely"
    return pair.claim(
        Check.ROUNDING,
        effect,
        f"{pair.name} is {what} than before ({_grid_words(new)}; was {_grid_words(old)}): "
        f"{wording.size(effect, Unit.SD)} apart",
        limits=limits,
        n=int(new.sum()),
        n_reference=int(old.sum()),
        current=_grid_words(new),
        reference=_grid_words(old),
    )


_ZEROS = 7  # of whole numbers: 0 to 5 zeros at the end, and 6 or more


def _grid(numbers: Numbers) -> np.ndarray | None:
    """Counts from the coarsest grid to the finest: 6 zeros and more at the end down to none, then 1 decimal, 2, ..."""
    if numbers.looked_at <= 0:
        return None
    zeros = list(numbers.zeros_at_end) + [0] * (_ZEROS - len(numbers.zeros_at_end))
    return np.asarray([*reversed(zeros[:_ZEROS]), *numbers.decimals[1:]])


def _grid_words(counts: np.ndarray) -> str:
    """The grid most values lie on."""
    place = int(np.argmax(counts))
    share = wording.percent(counts[place] / counts.sum())
    if place < _ZEROS - 1:
        return f"{share} divisible by {10 ** (_ZEROS - 1 - place):,}"
    if place == _ZEROS - 1:
        return f"{share} whole"
    digits = place - _ZEROS + 1
    last = place == len(counts) - 1
    return f"{share} with {digits}{' or more' if last else ''} digits after the point"
