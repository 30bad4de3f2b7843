"""Two ways of training, each tried with several seeds: bounds on the difference of what they come to.

Called by the recipe gate. Each arm has one value for each seed. The mean difference varies for two reasons: other
seeds would have given other models, and other rows other values of the same models. Their variances add (Bouthillier
et al. 2021, MLSys, Accounting for variance in machine learning benchmarks, section 3): s1^2 / k1 + s2^2 / k2 + v,
with v that of the rows. Degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2:110), as in Welch's test
(1947, Biometrika 34:28), so that three seeds are not taken for thirty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from msgspec import Struct

from seatrial.stats import student
from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile


class Arms(Struct, frozen=True, kw_only=True):
    """The difference of two arms' means: its standard error, the degrees of freedom of that, and the parts it is made
    of.
    """

    difference: float
    error: float
    freedom: float
    of_seeds: float
    of_rows: float

    def interval(self, *, alpha: float) -> Interval:
        """Student's interval with error `alpha` on each side."""
        if self.error == 0.0:
            return Interval(lower=self.difference, upper=self.difference)
        half = student.upper_quantile(alpha, self.freedom) * self.error
        return Interval(lower=self.difference - half, upper=self.difference + half)

    def seeds_needed(self, *, margin: float, alpha: float, power: float, seeds: int) -> int | None:
        """Seeds in each arm at which equal arms would pass, if seeds and rows vary as seen; None where rows alone are
        too few.
        """
        factor = upper_quantile(alpha) + upper_quantile(1 - power)
        room = (margin / factor) ** 2 - self.of_rows
        return math.ceil(self.of_seeds * seeds / room) if room > 0 else None


def two_arms(first: Sequence[float], second: Sequence[float], *, of_rows: float = 0.0, rows: int = 0) -> Arms:
    """First minus second. `of_rows` is the variance of the difference that comes from the rows, of which there are
    `rows`.

    Raises ValueError for an arm with fewer than two values.
    """
    if len(first) < 2 or len(second) < 2:
        raise ValueError("one value of an arm says nothing of how the next would differ")
    parts = [(_variance(arm) / len(arm), len(arm) - 1.0) for arm in (first, second)]
    of_seeds = sum(variance for variance, _ in parts)
    total = of_seeds + of_rows
    terms = [*parts, (of_rows, rows - 1.0)] if of_rows > 0 and rows > 1 else parts
    spread = sum(variance * variance / freedom for variance, freedom in terms)
    return Arms(
        difference=math.fsum(first) / len(first) - math.fsum(second) / len(second),
        error=math.sqrt(total),
        freedom=total * total / spread if spread > 0 else math.inf,
        of_seeds=of_seeds,
        of_rows=of_rows,
    )


def chance_of_better(first: Sequence[float], second: Sequence[float]) -> float:
    """How often a value of the first arm is above one of the second, ties half: Mann and Whitney (1947, Annals of
    Mathematical Statistics 18:50)."""
    wins = sum((one > other) + (one == other) / 2 for one in first for other in second)
    return wins / (len(first) * len(second))


def _variance(values: Sequence[float]) -> float:
    mean = math.fsum(values) / len(values)
    return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
