"""Distances of two columns as people name them: always among the details, limited where a contract says so.

What is compared is fixed by the profile: the frozen bins with their open ends, the bin of all other words, and a
bin for nulls (KS and Wasserstein, which need an order, leave it out). KL is KL(current || reference) in nats; JS is
in bits; Wasserstein in standard deviations of the reference.

What is shown is the distance less what chance alone adds to it, with bounds of the same; the plain one, which other
tools show, is among the details. Bounds need no resampling. KL, PSI and JS are, for small differences, the same
chi-square distance up to a factor (2, 1 and 8), so bounds of its noncentrality are bounds of theirs (Kullback 1959,
Information Theory and Statistics, chapter 6; Yurdakul 2018 for PSI). KS has those of Dvoretzky, Kiefer and Wolfowitz
with Massart's constant (1990, Ann. Probab. 18:1269), Wasserstein those of the difference of two means it is, once the
sign of the gap is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Unit
from seatrial.data.codes import Check
from seatrial.data.compare import wording
from seatrial.data.compare.pair import Pair
from seatrial.data.policy import Distance
from seatrial.stats import distances
from seatrial.stats.effects import shape
from seatrial.stats.effects.record import Effect, folded
from seatrial.stats.noncentral import noncentrality_bounds

_PER_CHI_SQUARE = {Distance.KL: 2.0, Distance.PSI: 1.0, Distance.JS: 8.0 * math.log(2)}
_FAR = 2.0
"""A limit times this must not go unseen: a check that cannot exclude it is INCONCLUSIVE."""

_OUTER = 3
"""Bins on either side that are open, or reach far out."""

_Array = NDArray[np.float64]


class _Sides:
    """The counts of both sides, with nulls and without, and the middles of the bins in standard deviations."""

    def __init__(self, pair: Pair, before: Sequence[int], after: Sequence[int], *, ordered: bool) -> None:
        self.old = np.asarray(before, dtype=np.float64)
        self.new = np.asarray(after, dtype=np.float64)
        self.all_old = np.append(self.old, pair.before.nulls)
        self.all_new = np.append(self.new, pair.after.nulls)
        self.middles = _middles(pair, len(self.old)) if ordered else None
        self.ordered = ordered


def _middles(pair: Pair, bins: int) -> _Array | None:
    """The middle of each bin in standard deviations of the reference; None where it has none.

    The outer bins are wide and their rows lie near the inside: a tail that halves over the width of the bin before
    has its mean that width / log 2 further out.
    """
    old, new, edges = pair.before.numbers, pair.after.numbers, pair.binning.edges
    if old is None or new is None or old.least is None or old.most is None or new.least is None or new.most is None:
        return None
    if old.count < 2 or old.m2 <= 0.0 or len(edges) != bins - 1 or not edges:
        return None
    low, high = min(old.least, new.least, edges[0]), max(old.most, new.most, edges[-1])
    ends = np.concatenate(([low], np.asarray(edges), [high]))
    centres = ends[:-1] / 2 + ends[1:] / 2
    if bins > 2 * _OUTER:
        widths = np.diff(ends) / math.log(2)
        for place in range(1, _OUTER + 1):
            centres[-place] = min(centres[-place], ends[-place - 1] + widths[-place - 1])
            centres[place - 1] = max(centres[place - 1], ends[place] - widths[place])
    scaled: _Array = centres / math.sqrt(old.m2 / old.count)
    return scaled if bool(np.isfinite(scaled).all()) else None


def figures(pair: Pair, before: Sequence[int], after: Sequence[int], *, ordered: bool = True) -> Mapping[str, float]:
    """All distances by name, for the details of a claim. Empty where a side has no values."""
    sides = _Sides(pair, before, after, ordered=ordered)
    if not (sides.old.sum() > 0 and sides.new.sum() > 0):
        return {}
    found = {
        "kl": distances.kl(sides.all_old, sides.all_new),
        "psi": distances.psi(sides.all_old, sides.all_new),
        "js_bits": distances.js(sides.all_old, sides.all_new) / math.log(2),
    }
    if ordered:
        found["ks"] = distances.ks(sides.old, sides.new)
    if sides.middles is not None:
        found["wasserstein_sd"] = _wasserstein(sides.middles, sides)[0]
    return found


def limit_claims(pair: Pair, before: Sequence[int], after: Sequence[int], *, ordered: bool = True) -> list[Claim]:
    """One claim for each distance that is limited, as far as it exists for such a column."""
    if not pair.drift.max:
        return []
    sides = _Sides(pair, before, after, ordered=ordered)
    if not (sides.old.sum() > 0 and sides.new.sum() > 0):
        return []
    plain = {
        **figures(pair, before, after, ordered=ordered),
        "chi_square": distances.chi_square(sides.all_old, sides.all_new),
    }
    p = shape(sides.all_old, sides.all_new, ordered=False, **pair.limits(Unit.SD)).p
    found = []
    for name, limit in sorted(pair.drift.max.items()):
        bounded = _bounded(Distance(name), pair, sides)
        if bounded is None:
            continue
        estimate, low, high = bounded
        effect = Effect(statistic=name, estimate=estimate, signed=estimate, low=low, high=high, p=p, n_needed=None)
        message = (
            f"the {name} distance of {pair.name} is {wording.figure(estimate)} ({wording.figure(low)} to "
            f"{wording.figure(high)}), the limit {wording.figure(limit)}"
        )
        limits = pair.limits(Unit.DISTANCE, floor=limit, detect=_FAR * limit)
        found.append(pair.claim(Check.DISTANCE, effect, message, limits=limits, unit=Unit.DISTANCE, details=plain))
    return found


def _bounded(distance: Distance, pair: Pair, sides: _Sides) -> tuple[float, float, float] | None:
    """Estimate, lower and upper bound; None where the column has no such distance."""
    confidence = pair.drift.confidence
    n, m = float(sides.all_old.sum()) / pair.deff_reference, float(sides.all_new.sum()) / pair.deff_current
    freedom = max(int(np.count_nonzero(sides.all_old + sides.all_new)) - 1, 1)
    match distance:
        case Distance.KL | Distance.PSI | Distance.JS:
            value = {
                Distance.KL: lambda: distances.kl(sides.all_old, sides.all_new),
                Distance.PSI: lambda: distances.psi(sides.all_old, sides.all_new),
                Distance.JS: lambda: distances.js(sides.all_old, sides.all_new) / math.log(2),
            }[distance]()
            unit = (1 / n + 1 / m) / _PER_CHI_SQUARE[distance]
            low, high = noncentrality_bounds(value / unit, freedom, confidence=confidence)
            return _unbiased(value, freedom * unit, low * unit, high * unit)
        case Distance.CHI_SQUARE:
            value = distances.chi_square(sides.all_old, sides.all_new)
            unit = (1 / n + 1 / m) / (1 / float(sides.all_old.sum()) + 1 / float(sides.all_new.sum()))
            low, high = noncentrality_bounds(value / unit, freedom, confidence=confidence)
            return _unbiased(value, freedom * unit, low * unit, high * unit)
        case Distance.KS:
            if not sides.ordered:
                return None
            value = distances.ks(sides.old, sides.new)
            reach = math.sqrt(-math.log((1 - confidence) / 2) / 2) * (math.sqrt(1 / n) + math.sqrt(1 / m))
            return value, max(0.0, value - reach), min(1.0, value + reach)
        case Distance.WASSERSTEIN:
            if sides.middles is None:
                return None
            value, error = _wasserstein(sides.middles, sides, n=n, m=m)
            return value, *folded(value, error, confidence=confidence)


def _unbiased(plain: float, by_chance: float, low: float, high: float) -> tuple[float, float, float]:
    """The distance less what chance alone adds to it, and its bounds. The upper one is never below the plain distance:
    of few rows in many bins half counts make it smaller than the law that the bound comes from allows for."""
    return max(plain - by_chance, low, 0.0), low, max(high, plain)


def _wasserstein(middles: _Array, sides: _Sides, *, n: float = 1.0, m: float = 1.0) -> tuple[float, float]:
    """The distance between bin middles, and its standard error.

    The distance is the integral of |F - G|, so the difference of the means of h with h' = sign(F - G); the error is
    that of this difference of two means.
    """
    old, new = sides.old / sides.old.sum(), sides.new / sides.new.sum()
    gap = np.cumsum(old - new)[:-1]
    scores = np.concatenate(([0.0], np.cumsum(np.sign(gap) * np.diff(middles))))
    value = float((new - old) @ scores)
    variances = [float(share @ (scores - float(share @ scores)) ** 2) for share in (old, new)]
    return value, math.sqrt(variances[0] / n + variances[1] / m)
