"""How often a model as good as production is shown to be no worse: `--power` of regression and slices.

Which way a figure will be compared is that of `gates/comparison.py`: shares whose denominator labels fix by paired
counts, and all others (a precision, an F1, an average, any relative margin, anything in clusters) by the moments of
influence values. Each is planned by the spread that its own interval has.

How much a new model will differ from production is not known before it exists. With two models at hand it is taken
from them; with one it is assumed (`disagreement`), and said: rows that are answered differently are then spread over
the labels as the rows are, and each moves the figure from a right answer to a wrong one, or back. Rows of one cluster
are taken to be answered differently together. Two models never vary more than two that have nothing in common.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.gates import wording
from seatrial.gates.codes import Kind
from seatrial.gates.comparison import figures_for, no_margin
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing
from seatrial.gates.power.outlook import Outlook, often, untold
from seatrial.gates.regression import margin_for, without_rows
from seatrial.metrics.catalog import Family, Metric
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.stats import normal
from seatrial.stats import power as planning
from seatrial.stats.noninferiority import unseen
from seatrial.stats.rows import fewest_rows

DISAGREEMENT = 0.05
"""The share of rows that a new model answers differently, where nothing better is known."""
_ALIKE = 0.9
"""How far two models' losses (or scores) go together, where nothing better is known: their correlation."""

_MOST = 10**12  # more rows than anybody has


class _Plan(Struct, frozen=True, kw_only=True):
    """`units` are what is counted, `least` those below which no model as good passes. `lacks` ends the sentence
    `100 rows are there, and ...`. `smallest` is None where no margin would do."""

    units: int
    chance: float
    smallest: float | None
    needed: int
    least: int
    assumed: str
    lacks: str


def compared(
    both: Looking,
    alone: Looking,
    rule: Comparing,
    name: str,
    by: tuple[str, ...],
    disagreement: float | None,
    *,
    kind: Kind,
    prefix: str,
) -> Outlook:
    """The line of one metric; of slices that with the least chance. `alone` is at production."""
    key = JOINT.join(by)
    title = f"{prefix}.{name}" + (f".{key}" if by else "")
    metric, margin = alone.metric(name), margin_for(rule, name)
    if metric is None:
        return untold(title, kind, margin.value, without_rows(alone, name).message)
    rows = both.paired() if disagreement is None else alone.alone()
    if isinstance(rows, Trouble) and rows.left_out:  # there is no second model; one that does not fit is told
        rows = alone.alone()
    known = figures_for(rows, metric, margin, key or None)
    if isinstance(known, Trouble):
        return untold(title, kind, margin.value, known.message)
    groups = rows.groups(key) if by and isinstance(rows, Measuring) else None
    names = ("",) if groups is None else groups.names
    each = [
        _told(title, kind, metric, figure, margin, rule, f"in {label}, " if label else "", disagreement)
        for label, figure in zip(names, known, strict=True)
    ]
    return min(each, key=lambda one: (one.can_pass is not False, one.chance if one.chance is not None else -1.0))


def _told(
    title: str,
    kind: Kind,
    metric: Metric,
    figure: Figure,
    margin: Margin,
    rule: Comparing,
    where: str,
    disagreement: float | None,
) -> Outlook:
    held = figure.candidate if figure.baseline is None else figure.baseline
    limit = margin.value * (abs(held) if margin.relative else 1.0)
    why = figure.undefined or no_margin(figure, margin) or ("a margin of 0 is never shown" if limit <= 0 else None)
    if why is not None:
        return untold(title, kind, margin.value, f"{where}{why}", n=figure.n)
    plan = _plan(metric, figure, margin, limit, rule, disagreement)
    if plan is None:
        text = f"{where}its spread cannot be seen with {wording.rows(figure.n)}"
        return untold(title, kind, limit, text, n=figure.n)
    can = plan.units >= plan.least
    text = f"{where}{plan.assumed} pass {often(plan.chance)}"
    if plan.smallest is not None:
        text += f"; the smallest margin these rows enforce is {plan.smallest:.3g}"
    if not can:
        text = f"{where}no model as good can pass: {wording.rows(plan.units)} are there, and {plan.lacks}"
    return Outlook(
        name=title,
        kind=kind,
        n=plan.units,
        limit=limit,
        can_pass=can,
        message=text,
        chance=plan.chance if can else 0.0,
        smallest=plan.smallest,
        n_needed=plan.needed,
    )


def _plan(
    metric: Metric, figure: Figure, margin: Margin, limit: float, rule: Comparing, disagreement: float | None
) -> _Plan | None:
    """None where nothing is known of the spread."""
    if figure.paired is not None and not margin.relative:
        return _by_counts(figure.paired.n, figure.paired.disagreements / figure.paired.n, limit, rule)
    if figure.apart is None and figure.share is not None and figure.fixed and not margin.relative:
        return _by_counts(figure.share[1], disagreement or DISAGREEMENT, limit, rule)
    return _by_moments(metric, figure, limit, rule, disagreement)


def _by_counts(units: int, differs: float, limit: float, rule: Comparing) -> _Plan:
    least = fewest_rows(limit, rule.alpha)
    return _Plan(
        units=units,
        chance=planning.mean_power(units, differs, margin=limit, alpha=rule.alpha),
        smallest=planning.smallest_paired_margin(units, differs, alpha=rule.alpha, power=rule.power),
        needed=max(planning.mean_rows(differs, margin=limit, alpha=rule.alpha, power=rule.power), least),
        least=least,
        assumed=f"models that disagree on {100 * differs:.3g} % of rows",
        lacks=f"{least:,} are needed even without a disagreement",
    )


def _by_moments(
    metric: Metric, figure: Figure, limit: float, rule: Comparing, disagreement: float | None
) -> _Plan | None:
    """Units that carry too little of the spread are not believed: then what stayed unseen is taken for the worst."""
    variance, assumed = _variance(figure, disagreement)
    seen = figure.apart or figure.own
    if variance is None or seen is None:
        return None
    units = seen.n
    believed = math.ceil(figure.least / _telling(metric, figure, disagreement))
    needed = planning.mean_rows(variance, margin=limit, alpha=rule.alpha, power=rule.power)
    if units >= believed:
        chance = planning.mean_power(units, variance, margin=limit, alpha=rule.alpha)
        smallest: float | None = planning.smallest_margin(units, variance, alpha=rule.alpha, power=rule.power)
    else:
        chance, smallest = _with_unseen(units, variance, figure.reach, limit, rule)
    least = min(believed, math.ceil(min(unseen(0.0, 1, reach=figure.reach, alpha=rule.alpha) / limit, _MOST)))
    needed = max(needed, believed) if variance > 0 else least
    return _Plan(
        units=units,
        chance=chance,
        smallest=smallest,
        needed=min(needed, units) if chance >= rule.power else needed,
        least=least,
        assumed=assumed,
        lacks=f"about {least:,} are needed to see how two models differ",
    )


def _with_unseen(
    units: int, variance: float, reach: float, limit: float, rule: Comparing
) -> tuple[float, float | None]:
    """The chance, and the smallest margin, where the bound adds events that nobody saw (`stats/noninferiority`)."""
    if math.isinf(reach):
        return 0.0, None
    error = math.sqrt(variance / units)
    below = unseen(error, units, reach=reach, alpha=rule.alpha)
    chance = normal.cdf((limit - below) / error) if error > 0 else float(limit > below)
    return chance, below + normal.upper_quantile(1 - rule.power) * error


def _telling(metric: Metric, figure: Figure, disagreement: float | None) -> float:
    """The share of units that carry the spread of a difference, of which a verdict needs `least`."""
    if figure.apart is not None:
        return max(figure.apart.effective_units / figure.apart.n, 1e-6)
    if metric.family is Family.COUNTS:
        return disagreement or DISAGREEMENT
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
