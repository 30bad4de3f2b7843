"""Tango's score test and interval for the difference of two paired proportions.

Two models answer the same `n` rows. Only rows where exactly one of them is right tell them
apart: `candidate_only` and `baseline_only` of them. The parameter is the true difference
candidate minus baseline, between -1 and 1.

Tango (1998), Statistics in Medicine 17:891, equations 24 to 26. The interval inverts the test;
it exists and is not empty when the models never disagree, where Wald's interval has width zero.
Pure Python on purpose: the usual gate then loads neither numpy nor scipy.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.stats.interval import Interval, last_true
from seatrial.stats.normal import upper_quantile


class PairedCounts(Struct, frozen=True, kw_only=True):
    """What decides between two models on the same rows. Raises ValueError for impossible counts."""

    n: int
    candidate_only: int
    baseline_only: int

    def __post_init__(self) -> None:
        if self.n < 1 or min(self.candidate_only, self.baseline_only) < 0 or self.disagreements > self.n:
            raise ValueError(f"{self.candidate_only} and {self.baseline_only} of {self.n} rows are not paired counts")

    @property
    def disagreements(self) -> int:
        """Rows where exactly one of the two is right."""
        return self.candidate_only + self.baseline_only

    @property
    def difference(self) -> float:
        """Candidate minus baseline, as a share of all rows."""
        return (self.candidate_only - self.baseline_only) / self.n

    def swapped(self) -> PairedCounts:
        """The same rows with the two models' parts exchanged."""
        return PairedCounts(n=self.n, candidate_only=self.baseline_only, baseline_only=self.candidate_only)


def score(counts: PairedCounts, difference: float) -> float:
    """Tango's statistic for the hypothesis that the true difference is `difference`.

    Standard normal under the hypothesis for large n, and falling as `difference` rises. At
    `difference` 0 it is McNemar's statistic. Where its variance is zero (no disagreement and a
    difference of 0, or one of the ends) it is 0 if the data fit exactly, else infinite.
    """
    n, b, c = counts.n, counts.candidate_only, counts.baseline_only
    excess = b - c - n * difference
    spread = 2 * _baseline_only_share(n, b, c, difference) + difference * (1 - difference)
    if spread <= 0.0:
        return 0.0 if excess == 0 else math.copysign(math.inf, excess)
    return excess / math.sqrt(n * spread)


def _baseline_only_share(n: int, b: int, c: int, difference: float) -> float:
    """The most likely share of baseline-only rows, given that the true difference is `difference`.

    The larger root of `2n q^2 + B q + C = 0`, in the form that does not cancel for either sign of B.
    """
    linear = -(b + c) + (2 * n - b + c) * difference
    constant = -c * difference * (1 - difference)
    root = math.sqrt(max(0.0, linear * linear - 8 * n * constant))
    share = (root - linear) / (4 * n) if linear <= 0 else -2 * constant / (root + linear)
    return max(share, 0.0, -difference)


def interval(counts: PairedCounts, *, alpha: float) -> Interval:
    """The differences that the test at one-sided level `alpha` does not reject on either side."""
    z = upper_quantile(alpha)
    return Interval(lower=_lower(counts, z), upper=-_lower(counts.swapped(), z))


def _lower(counts: PairedCounts, z: float) -> float:
    """The smallest difference at which the score does not exceed z."""
    return last_true(lambda difference: score(counts, difference) > z, -1.0, counts.difference)
