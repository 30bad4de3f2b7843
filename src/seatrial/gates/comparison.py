"""One metric of two models against a margin: from a figure to an answer on the metric's own scale, and its words.

Called by the gates that compare with a baseline. `stats/noninferiority.py` has the rule; what is added here is the
direction of the metric, margins that are a share of the baseline's value, and families: with several comparisons in
one gate, "worse" needs evidence that survives their number, while "not worse" needs none (intersection-union test,
Berger 1982, Technometrics 24:295).

Subtle: a relative margin r is tested as candidate - (1 - r) baseline > 0, so that the baseline's own uncertainty
counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.gates.codes import Reason
from seatrial.gates.looking import Trouble, figures
from seatrial.gates.margin import Margin
from seatrial.gates.not_worse import reason_of
from seatrial.gates.policy import BlockOn, Comparing, Correction
from seatrial.metrics.catalog import Metric
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.replacing import replace
from seatrial.stats import multiplicity
from seatrial.stats.interval import Interval
from seatrial.stats.noninferiority import (
    Method,
    NonInferiority,
    decline,
    non_inferiority,
    non_inferiority_of_mean,
)
from seatrial.stats.skewed_mean import Moments
from seatrial.verdict import Verdict

ACCURACY = "accuracy"
_CORRECTIONS = {
    Correction.HOLM: multiplicity.holm,
    Correction.HOCHBERG: multiplicity.hochberg,
    Correction.BENJAMINI_HOCHBERG: multiplicity.benjamini_hochberg,
}


class Compared(Struct, frozen=True, kw_only=True):
    """An answer. `margin` is in the metric's unit; `result` is in the good direction, its interval that of the
    difference turned so that more is better. `p_value` is what the family is corrected over."""

    metric: Metric
    figure: Figure
    margin: float
    verdict: Verdict
    result: NonInferiority
    p_value: float
    alone: bool = True

    @property
    def interval(self) -> Interval:
        """Of candidate minus baseline."""
        low, high = self.result.interval.lower, self.result.interval.upper
        return Interval(lower=low, upper=high) if self.metric.higher_is_better else Interval(lower=-high, upper=-low)

    @property
    def threshold(self) -> float:
        """On the scale of candidate minus baseline."""
        return -self.margin if self.metric.higher_is_better else self.margin

    @property
    def n_needed(self) -> int | None:
        """In rows like those judged."""
        rows = self.result.rows
        if self.verdict is not Verdict.INCONCLUSIVE or rows is None or rows.needed is None:
            return None
        counted = _counted(self.figure)
        return math.ceil(rows.needed * self.figure.n / counted) if counted != self.figure.n else rows.needed

    @property
    def reason(self) -> Reason:
        """Why, as a code."""
        if self.verdict is Verdict.INCONCLUSIVE and self.result.method is Method.FEW:
            return Reason.TOO_FEW_INFORMATIVE_ROWS
        return reason_of(self.verdict, self.result.rows)


def figures_for(
    rows: Measuring | Trouble, metric: Metric, margin: Margin, grouping: str | None = None
) -> tuple[Figure, ...] | Trouble:
    """A metric's figures, with the moments of the difference that a margin is about: candidate - ratio * baseline."""
    found = figures(rows, metric, grouping, ratio=_ratio(metric, margin, negative=False))
    if isinstance(found, Trouble) or not margin.relative or not any((each.baseline or 0.0) < 0 for each in found):
        return found
    below = figures(rows, metric, grouping, ratio=_ratio(metric, margin, negative=True))
    if isinstance(below, Trouble):
        return below
    return tuple(other if (one.baseline or 0.0) < 0 else one for one, other in zip(found, below, strict=True))


def _ratio(metric: Metric, margin: Margin, *, negative: bool) -> float:
    """What the baseline is multiplied with; a share of a value below 0 (of an R2, say) is allowed on its far side."""
    if not margin.relative:
        return 1.0
    return 1 + margin.value if metric.higher_is_better is negative else 1 - margin.value


def compare(metric: Metric, figure: Figure, margin: Margin, rule: Comparing, *, many: bool = False) -> Compared:
    """Judge one figure that has a value on both sides. `figure` is one of `figures_for`.

    With `many` the exact test of a small sample is asked only where it could decide: it costs a tenth of a second.
    """
    assert figure.baseline is not None  # noqa: S101 - both models were measured
    sign = 1.0 if metric.higher_is_better else -1.0
    if figure.paired is not None and not margin.relative:
        counts = figure.paired if metric.higher_is_better else figure.paired.swapped()
        result = non_inferiority(counts, margin=margin.value, alpha=rule.alpha, power=rule.power, sparing=many)
        p_decline = decline(counts) if rule.block_on is BlockOn.DECLINE else 1.0
        limit = margin.value
    elif figure.apart is None:
        return _unknown(metric, figure, margin)
    else:
        limit = margin.value * (abs(figure.baseline) if margin.relative else 1.0)
        by = sign * figure.baseline * (1 - _ratio(metric, margin, negative=figure.baseline < 0))
        result = non_inferiority_of_mean(
            _turned(figure.apart, sign, by=by),
            reach=figure.reach,
            least=figure.least,
            margin=limit,
            alpha=rule.alpha,
            power=rule.power,
        )
        p_decline = result.p_decline if rule.block_on is BlockOn.DECLINE else 1.0
    declined = rule.block_on is BlockOn.DECLINE and p_decline <= rule.alpha
    return Compared(
        metric=metric,
        figure=figure,
        margin=limit,
        verdict=Verdict.FAIL if declined else result.verdict,
        result=result,
        p_value=p_decline if rule.block_on is BlockOn.DECLINE else result.p_worse,
    )


def corrected(family: Sequence[Compared], rule: Comparing) -> list[Compared]:
    """The answers of a family: what failed by itself and not among all cannot be told."""
    if len(family) < 2:
        return list(family)
    adjusted = _CORRECTIONS[rule.correction]([each.p_value for each in family])
    made = []
    for each, p in zip(family, adjusted, strict=True):
        verdict = each.verdict
        if verdict is Verdict.FAIL and p > rule.alpha:
            verdict = each.result.verdict if each.result.verdict is Verdict.PASS else Verdict.INCONCLUSIVE
        made.append(replace(each, verdict=verdict, p_value=p, alone=False))
    return made


def _counted(figure: Figure) -> int:
    """What the interval counts: for a recall the rows of the positive class, with clusters the clusters."""
    if figure.paired is not None:
        return figure.paired.n
    return figure.n if figure.apart is None else figure.apart.n


def no_margin(figure: Figure, margin: Margin) -> str | None:
    """Why a margin means nothing for this figure; None where it does."""
    return "a share of a baseline of 0 is no margin" if margin.relative and figure.baseline == 0 else None


def _turned(moments: Moments, sign: float, *, by: float) -> Moments:
    """Moments of the difference in the good direction, less what a relative margin allows."""
    return Moments(
        n=moments.n,
        mean=sign * moments.mean - by,
        squares=moments.squares,
        cubes=sign * moments.cubes,
        fourths=moments.fourths,
    )


def _unknown(metric: Metric, figure: Figure, margin: Margin) -> Compared:
    """One unit alone: no spread can be seen."""
    nothing = NonInferiority(
        verdict=Verdict.INCONCLUSIVE,
        interval=Interval(lower=-math.inf, upper=math.inf),
        method=Method.FEW,
        p_worse=1.0,
        p_decline=1.0,
    )
    limit = margin.value * (abs(figure.baseline or 0.0) if margin.relative else 1.0)
    return Compared(
        metric=metric, figure=figure, margin=limit, verdict=Verdict.INCONCLUSIVE, result=nothing, p_value=1.0
    )
