"""McNemar's tests: do two models that answered the same rows differ at all?

Extra information beside a gate, never the gate: "significantly different" says nothing about by how much, and too few
rows make every model pass. All three look only at the rows where exactly one of the two is right; they and their error
rates are compared by Fagerland, Lydersen and Laake (2013), BMC Med. Res. Methodol. 13:91, who recommend the
mid-p. All p values are two-sided.
"""

from __future__ import annotations

import math

from seatrial.stats import normal
from seatrial.stats.beta import binomial_tail
from seatrial.stats.binomial_terms import log_binomial
from seatrial.stats.tango import PairedCounts


def asymptotic(counts: PairedCounts) -> float:
    """McNemar (1947), Psychometrika 12:153, without continuity correction; the score test. 1 without disagreement."""
    if counts.disagreements == 0:
        return 1.0
    return normal.two_sided((counts.candidate_only - counts.baseline_only) / math.sqrt(counts.disagreements))


def exact(counts: PairedCounts) -> float:
    """The exact conditional test: twice the smaller binomial tail, at most 1. Never errs more often than promised."""
    larger = max(counts.candidate_only, counts.baseline_only)
    return min(1.0, 2 * binomial_tail(larger, counts.disagreements, 0.5))


def mid_p(counts: PairedCounts) -> float:
    """The exact test with only half of the probability of what was seen: Lancaster (1961), J. Am. Stat. Assoc. 56:223.

    Fagerland, Lydersen and Laake (2013), equation 8.
    """
    seen = math.exp(log_binomial(counts.candidate_only, counts.disagreements, 0.5))
    if counts.candidate_only == counts.baseline_only:
        return 1.0 - seen / 2
    larger = max(counts.candidate_only, counts.baseline_only)
    return 2 * binomial_tail(larger, counts.disagreements, 0.5) - seen
