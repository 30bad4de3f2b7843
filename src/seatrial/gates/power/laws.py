"""How often a model as good as production is shown to be no worse by one figure, as a function of rows and of margin.

Called by `compared` and `whole`, which search it for the smallest margin and for the rows that would do. Which way a
figure will be compared is that of `gates/comparison.py`: shares whose denominator labels fix by paired counts, and all
others (a precision, an F1, an average, any relative margin, anything in clusters) by the moments of influence values.
Each is planned by the interval that it will be judged with.

How much a new model will differ from production is not known before it exists. With two models at hand it is taken
from them; with one it is assumed (`disagreement`), and said: rows that are answered differently are then spread over
the labels as the rows are, and each moves the figure from a right answer to a wrong one, or back. Rows of one cluster
are taken to be answered differently together. Two models never vary more than two that have nothing in common.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from msgspec import Struct

from seatrial.gates import wording
from seatrial.gates.comparison import no_margin
from seatrial.gates.margin import Margin
from seatrial.gates.policy import BlockOn, Comparing
from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.figures import Figure
from seatrial.stats import normal
from seatrial.stats import power as planning
from seatrial.stats.beta import binomial_tail
from seatrial.stats.noninferiority import unseen
from seatrial.stats.paired_power import paired_power
from seatrial.stats.rows import fewest_deciding

DISAGREEMENT = 0.05
"""The share of rows that a new model answers differently, where nothing better is known."""
_ALIKE = 0.9
"""How far two models' losses (or scores) go together, where nothing better is known: their correlation."""

_MOST = 10**12  # more rows than anybody has
_WIDEST = 0.999  # a margin of a share that is counted in pairs
_NIL = 1e-4  # a chance that nobody waits for
_EXACTLY = 2000  # rows of a plan up to which they are looked for one by one


class Law(Struct, frozen=True, kw_only=True):
    """`units` are what is counted (`counted` in words, of `rows` rows), `limit` the margin in the metric's unit,
    `least` the units below which no model as good passes. `chance` tells of any number of units and any margin.
    `lacks` ends the sentence `100 rows are there, and ...`."""

    units: int
    rows: int
    counted: str
    limit: float
    least: int
    chance: Callable[[int, float], float]
    assumed: str
    lacks: str

    def at(self, *, times: float = 1.0, wider: float = 1.0) -> float:
        """The chance with so many times the units, at a margin so many times as wide."""
        return self.chance(math.floor(self.units * times), self.limit * wider)

    @property
    def can_pass(self) -> bool:
        return self.units >= self.least


class Unplanned(Struct, frozen=True, kw_only=True):
    """Why there is no law: `never` where no model as good can pass, else because nobody can tell."""

    why: str
    never: bool


def law_of(
    metric: Metric, figure: Figure, margin: Margin, rule: Comparing, disagreement: float | None, *, family: int = 1
) -> Law | Unplanned:
    """The law of one figure. `figure` is production's own, or that of two models; `family` counts the comparisons of
    its gate, over which a decline is corrected."""
    if figure.undefined is not None:
        return Unplanned(why=f"{figure.undefined}, so that it has no value there", never=True)
    held = figure.candidate if figure.baseline is None else figure.baseline
    limit = margin.value * (abs(held) if margin.relative else 1.0)
    if no_margin(figure, margin) is not None or (margin.relative and held == 0):
        return Unplanned(why="a share of a baseline of 0 is no margin", never=True)
    if limit <= 0:
        return Unplanned(why="a margin of 0 is never shown", never=False)
    most = _most(rule, family)
    if figure.paired is not None and not margin.relative:
        share = figure.paired.disagreements / figure.paired.n
        return _by_counts(figure, figure.paired.n, share, limit, rule, most)
    if figure.apart is None and figure.share is not None and figure.fixed and not margin.relative:
        return _by_counts(figure, figure.share[1], disagreement or DISAGREEMENT, limit, rule, most)
    return _by_moments(metric, figure, limit, rule, disagreement, most)


def fewest_times(chance: Callable[[float], float], power: float, units: int) -> float | None:
    """By how much rows must grow (or may shrink) for a chance; None where no number of them gives it."""
    high = 1.0
    while chance(high) < power:
        high *= 2
        if high * units > _MOST:
            return None
    low = high / 2 if high > 1 else 0.0
    while (high - low) * units > (1 if high * units <= _EXACTLY else high * units / _EXACTLY):
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def smallest_wider(chance: Callable[[float], float], power: float) -> float | None:
    """By how much the margin may be narrowed (or must be widened) for a chance; None where none is wide enough."""
    high = 1.0
    while chance(high) < power:
        high *= 2
        if high > _MOST:
            return None
    low = high / 2 if high > 1 else 0.0
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if chance(middle) >= power else (middle, high)
    return high


def _most(rule: Comparing, family: int) -> float:
    """How often one comparison of equal models is not called worse, where any decline blocks: the gate corrects
    declines over its whole family, so that all of them together are spared in 1 - alpha, and each in that root of it.
    Exact for Benjamini and Hochberg's correction of independent comparisons, and within a tenth of alpha for Holm's."""
    return float((1 - rule.alpha) ** (1 / max(family, 1))) if rule.block_on is BlockOn.DECLINE else 1.0


def _by_counts(figure: Figure, units: int, differs: float, limit: float, rule: Comparing, most: float) -> Law:
    def chance(n: int, margin: float) -> float:
        if n < 1:
            return 0.0
        return min(most, paired_power(n, differs, margin=min(margin, _WIDEST), alpha=rule.alpha))

    least = fewest_deciding(min(limit, _WIDEST), rule.alpha)
    return Law(
        units=units,
        rows=figure.n,
        counted="rows" if units == figure.n else "rows that it is about",
        limit=limit,
        least=least,
        chance=chance,
        assumed=f"models that disagree on {100 * differs:.3g} % of rows",
        lacks=f"{least:,} are needed even without a disagreement",
    )


def _by_moments(
    metric: Metric, figure: Figure, limit: float, rule: Comparing, disagreement: float | None, most: float
) -> Law | Unplanned:
    """Units that carry too little of the spread are not believed: then what stayed unseen is taken for the worst. How
    many carry it is chance as well, so a gate with about as many as it needs passes at times."""
    variance, assumed = _variance(figure, disagreement)
    seen = figure.apart or figure.own
    few = _too_few_for_any(figure, 1 if seen is None else seen.n, limit, rule)
    if few is not None:
        return Unplanned(why=few, never=True)
    if variance is None or seen is None:
        return Unplanned(why=f"its spread cannot be seen with {wording.rows(figure.n)}", never=False)
    telling = _telling(metric, figure, disagreement)
    believed = math.ceil(figure.least / telling) if telling > 0 else _MOST

    def chance(n: int, margin: float) -> float:
        if n < 2:
            return 0.0
        sure = _believed(n, telling, figure.least)
        plain = planning.mean_power(n, variance, margin=margin, alpha=rule.alpha) if sure > 0 else 0.0
        careful = _with_unseen(n, variance, figure.reach, margin, rule) if sure < 1 else 0.0
        return min(most, sure * plain + (1 - sure) * careful)

    enough = math.ceil(figure.least) if chance(seen.n, limit) > _NIL else believed
    least = min(enough, math.ceil(min(unseen(0.0, 1, reach=figure.reach, alpha=rule.alpha) / limit, _MOST)))
    return Law(
        units=seen.n,
        rows=figure.n,
        counted=_counted(figure, seen.n),
        limit=limit,
        least=least,
        chance=chance,
        assumed=assumed,
        lacks=f"about {least:,} are needed to see how two models differ",
    )


def _too_few_for_any(figure: Figure, units: int, limit: float, rule: Comparing) -> str | None:
    """Why no spread whatever could pass: fewer units than a verdict needs, and what stayed unseen alone outweighs the
    margin."""
    if units >= figure.least:
        return None
    if units >= 2 and limit > unseen(0.0, units, reach=figure.reach, alpha=rule.alpha):
        return None
    there = f"{wording.units(figure.n, figure.unit)} {'is' if figure.n == 1 else 'are'} there"
    unit = wording.plural(figure.unit)
    return f"no model as good can pass: {there}, and a verdict needs {figure.least:.0f} {unit} that tell models apart"


def _counted(figure: Figure, units: int) -> str:
    if figure.unit != "row":
        return wording.plural(figure.unit)
    return "rows" if units == figure.n else "clusters"


def _believed(n: int, telling: float, least: float) -> float:
    """How often as many units tell the models apart as a verdict needs: binomial where they are counted. The effective
    number of values like normal ones, n over their kurtosis, scatters about n / 3 much the same: 20 are reached with
    40, 55 and 80 values in 3, 47 and 96 % of samples (simulated, 20,000 each), and 2, 36 and 96 % are promised."""
    needed, mean = math.ceil(least), n * telling
    if mean > 4 * needed or telling >= 1:
        return float(n >= needed)
    return binomial_tail(needed, n, telling) if n >= needed else 0.0


def _with_unseen(units: int, variance: float, reach: float, limit: float, rule: Comparing) -> float:
    """The chance where the bound adds events that nobody saw (`stats/noninferiority`)."""
    if math.isinf(reach):
        return 0.0
    error = math.sqrt(variance / units)
    below = unseen(error, units, reach=reach, alpha=rule.alpha)
    return normal.cdf((limit - below) / error) if error > 0 else float(limit > below)


def _telling(metric: Metric, figure: Figure, disagreement: float | None) -> float:
    """The share of units that carry the spread of a difference, of which a verdict needs `least`."""
    if figure.apart is not None:
        return max(figure.apart.effective_units / figure.apart.n, 1e-6)
    if metric.family is Family.COUNTS:
        return (disagreement or DISAGREEMENT) * figure.carried
    return 1 / 3  # of values that are spread like normal ones


def _variance(figure: Figure, disagreement: float | None) -> tuple[float | None, str]:
    """Of what a unit adds to the difference of two models."""
    if figure.apart is not None:
        return figure.apart.standard_error**2 * figure.apart.n, "models that differ as these two do"
    if figure.own is None:
        return None, ""
    own = figure.own.standard_error**2 * figure.own.n
    if figure.swing is not None:
        differs = disagreement or DISAGREEMENT
        most = 2 * own if own > 0 else math.inf  # a model without a mistake has not shown how it varies
        spread = min(most, differs * figure.swing)
        known = f"models that disagree on {100 * differs:.3g} % of rows"
        return (spread, known) if math.isfinite(spread) else (None, "")
    return (None, "") if own == 0 else (2 * own * (1 - _ALIKE), f"models whose values go together by {_ALIKE:g}")
