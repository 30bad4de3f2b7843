"""Whether a corruption lies above the declared floor, and whether any honest test could show that with n rows.

The answer must not come from Seatrial, or what Seatrial cannot see would not be asked for. So damage is measured on
the kind's own view, over tens of thousands of rows, and the test is the ideal one: it knows the column, the direction
and what the clean data is like. It has to pass what every alarm has to pass: a level of q divided by the number
of columns (what Benjamini and Hochberg's step-up leaves to a single discovery), and a lower bound, at the declared
confidence, above the declared floor. What it cannot show in nine of ten samples is not asked of anybody.

Effects are on the declared scales: shares of rows, and standard deviations, where the distance of any two
distributions is the root of eight times their Jensen-Shannon divergence: for a normal distribution that is its
shift, so the standard error of an effect is that of a shift, the root of 1/n + 1/m. An accident that leaves fewer rows
leaves the test fewer. `oracle.py` repeats the same test on drawn samples.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy import stats

from benchmarks.data.kinds import Fact, Kind, Marked, Ranked, Seen, Spread, Together, positive
from benchmarks.data.roles import REFERENCE_ROWS, Table
from seatrial.data.policy import Drift

POPULATION = 50_000
SOURCE = 7_001
"""Rows and source on which effects are measured; no checked sample comes from this source."""
BINS = 40
ENOUGH = 0.9
FLOORS = Drift()
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a corruption does to its view: on one side and on the other, and how far apart they are.

    `size` is in `unit`; `floor` is the declared one. For shares `before` and `after` are the shares themselves.
    `rows` are left of each row, `positives` the share of rows with the label that an area tells from the others.
    """

    unit: str
    size: float
    floor: float
    before: float = 0.0
    after: float = 0.0
    rows: float = 1.0
    positives: float = 0.5

    @property
    def above_floor(self) -> bool:
        """Shares have to exceed the floor in points and in standard deviations."""
        if self.unit == "share":
            return self.size > self.floor and arcs(self.before, self.after) > FLOORS.floor
        return self.size > self.floor

    @property
    def is_new(self) -> bool:
        """Whether whole rows never have it, so that a rule can name it: another schema, a word that nobody knew."""
        return self.unit == "fact" or (self.unit == "share" and self.before == 0)


def arcs(one: float, other: float) -> float:
    """Cohen's h: how far two shares lie apart, in standard deviations."""
    return abs(2 * math.asin(math.sqrt(one)) - 2 * math.asin(math.sqrt(other)))


@cache
def population(table: Table) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The reference and the clean rows on which effects are measured."""
    if table.changing:  # as many rows as there are
        return table.pair(900, SOURCE, 1)
    return table.pair(POPULATION, SOURCE, 1)


def effect_of(table: Table, kind: Kind, magnitude: float) -> Effect:
    """Measured over many rows."""
    reference, clean = population(table)
    damaged = kind.damaged(table, clean, reference, magnitude, 1)
    return between(kind, *(seen(table, kind, frame, reference) for frame in (clean, damaged)))


def seen(table: Table, kind: Kind, frame: pl.DataFrame, reference: pl.DataFrame) -> Seen:
    """A frame as the kind's view looks at it."""
    return Seen(frame=frame, reference=reference, roles=table.roles, column=str(kind.column(table)))


def between(kind: Kind, before: Seen, after: Seen) -> Effect:
    """How far two frames lie apart on the kind's view."""
    rows = after.frame.height / before.frame.height
    match kind.view:
        case Fact():
            return Effect(unit="fact", size=1.0, floor=0.0, rows=rows)
        case Marked(mark):
            one, other = share(mark(before)), share(mark(after))
            return Effect(unit="share", size=abs(one - other), floor=FLOORS.share_floor, before=one, after=other,
                          rows=rows)  # fmt: skip
        case Spread(values):
            return Effect(unit="sd", size=distance(values(before), values(after)), floor=FLOORS.floor, rows=rows)
        case Together(pair):
            one, other = correlation(*pair(before)), correlation(*pair(after))
            return Effect(unit="correlation", size=abs(one - other), floor=FLOORS.correlation_floor, before=one,
                          after=other, rows=rows)  # fmt: skip
        case Ranked(score):
            one, other = (area(score(side), side) for side in (before, after))
            return Effect(unit="auc", size=abs(one - other), floor=FLOORS.auc_floor, before=one, after=other, rows=rows,
                          positives=float(highs(after).mean()))  # fmt: skip


def share(marks: pl.Series) -> float:
    """The share of rows that are marked; null is not."""
    return float(marks.fill_null(value=False).sum()) / max(1, len(marks))


def counts(values: pl.Series, like: pl.Series) -> Floats:
    """Counts in bins that `like` chose: its words, or its quantiles, ends open; the last bin is for null and NaN."""
    if like.dtype == pl.String:
        words = like.drop_nulls().unique().sort()
        places = list(range(len(words)))
        found = values.replace_strict(words, places, default=len(words), return_dtype=pl.Int64)
        return np.bincount(found.to_numpy(), minlength=len(words) + 1).astype(float)
    floats, known = (side.cast(pl.Float64).to_numpy() for side in (values, like))
    known = known[np.isfinite(known)]
    inner = np.quantile(known, np.linspace(0, 1, BINS + 1), method="inverted_cdf")
    edges = np.unique(np.concatenate([inner, [np.nextafter(inner[-1], np.inf)]]))
    bins = np.where(np.isnan(floats), len(edges) + 1, np.searchsorted(edges, floats, side="right"))
    return np.bincount(bins, minlength=len(edges) + 2).astype(float)


def distance(before: pl.Series, after: pl.Series) -> float:
    """The root of eight times the Jensen-Shannon divergence in nats, less what chance alone makes of it."""
    one, other = counts(before, before), counts(after, before)
    used = (one + other) > 0
    p, q = one[used] / one.sum(), other[used] / other.sum()
    middle = (p + q) / 2
    divergence = sum(float(np.sum(side[side > 0] * np.log(side[side > 0] / middle[side > 0]))) for side in (p, q)) / 2
    chance = (used.sum() - 1) / 8 * (1 / one.sum() + 1 / other.sum())
    return math.sqrt(8 * max(0.0, divergence - chance))


def correlation(one: pl.Series, other: pl.Series) -> float:
    """Spearman's."""
    return float(stats.spearmanr(one.to_numpy(), other.to_numpy()).statistic)


def area(score: pl.Series, side: Seen) -> float:
    """The area under the curve of a score for the label, as Mann and Whitney count it."""
    high = highs(side)
    ranks = stats.rankdata(score.to_numpy())
    pairs = high.sum() * (~high).sum()
    return float((ranks[high].sum() - high.sum() * (high.sum() + 1) / 2) / pairs)


def highs(side: Seen) -> npt.NDArray[np.bool_]:
    """The rows that an area tells from the others."""
    return np.asarray(positive(side.frame[side.roles.label], side.reference[side.roles.label]).to_numpy())


def power(effect: Effect, table: Table, n: int, columns: int) -> float:
    """With which chance the ideal test raises an alarm on a file that had n rows."""
    level = FLOORS.q / columns
    m = max(n, REFERENCE_ROWS) if not table.changing else 1_397
    n = max(4, round(n * effect.rows))
    if effect.unit == "fact":
        return 1.0
    if effect.unit == "share":
        return _power_of_share(effect, n, level)
    return _power_of_shift(effect, _standard_error(effect, n, m), level)


def _standard_error(effect: Effect, n: int, m: int) -> float:
    if effect.unit == "correlation":  # Fieller, Hartley and Pearson (1957) for Spearman's
        return math.sqrt(1.06 * (_flat(effect.after) ** 2 / (n - 3) + _flat(effect.before) ** 2 / (m - 3)))
    if effect.unit == "auc":
        known = area_variance(effect.before, m, effect.positives)
        return math.sqrt(area_variance(effect.after, n, effect.positives) + known)
    return math.sqrt(1 / n + 1 / m)


def _flat(correlation: float) -> float:
    return 1 - correlation**2


def area_variance(area: float, n: int, positives: float) -> float:
    """Hanley and McNeil (1982)."""
    few, many = max(1.0, positives * n), (1 - positives) * n
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    return (area * (1 - area) + (few - 1) * (q1 - area**2) + (many - 1) * (q2 - area**2)) / (few * many)


def _power_of_shift(effect: Effect, error: float, level: float) -> float:
    normal = NormalDist()
    bound = effect.floor + normal.inv_cdf(FLOORS.confidence) * error
    needed = max(bound, normal.inv_cdf(1 - level) * error)
    return normal.cdf((effect.size - needed) / error)


def _power_of_share(effect: Effect, n: int, level: float) -> float:
    """Exact: the least number of marked rows that is an alarm, and the chance of as many."""
    before, after = effect.before, effect.after
    if after < before:
        before, after = 1 - before, 1 - after
    least = _first(n, lambda count: alarming(count, n, before, level))
    return 0.0 if least is None else float(stats.binom.sf(least - 1, n, after))


def alarming(count: int, n: int, before: float, level: float) -> bool:
    """Whether so many marked rows are an alarm: significant, and above both floors by the exact lower bound."""
    if stats.binom.sf(count - 1, n, before) > level:
        return False
    lower = float(stats.beta.ppf(1 - FLOORS.confidence, count, n - count + 1)) if count else 0.0
    return lower - before > FLOORS.share_floor and arcs(lower, before) > FLOORS.floor


def _first(n: int, alarms: Callable[[int], bool]) -> int | None:
    """The smallest count that alarms; larger ones do too."""
    if not alarms(n):
        return None
    low, high = 0, n
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if alarms(middle) else (middle + 1, high)
    return low
