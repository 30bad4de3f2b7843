"""What the latency gate was asked for: each limit and each margin, with the name under which its finding stands.

Called by `judge`, `limits` and `increases`, which fill in the figures, and by `power/unplanned`, which only names
what is asked. A claim that cannot be judged still gets its finding, with its threshold and without figures.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from seatrial.gates.codes import Reason
from seatrial.gates.latency.policy import KIND, Figure, Latency
from seatrial.verdict import Finding, Verdict


class Context(Struct, frozen=True, kw_only=True):
    """What all findings of one judgement share."""

    rule: Latency
    digests: Mapping[str, str]
    where: str


class Claim(Struct, frozen=True, kw_only=True):
    """One thing that was asked for. `name` is its path in the gate set, `metric` what it is about."""

    name: str
    metric: str
    threshold: float

    def without_figures(self, context: Context, verdict: Verdict, reason: Reason, message: str) -> Finding:
        """The finding where there is nothing to show."""
        return Finding(
            name=self.name,
            kind=KIND,
            metric=self.metric,
            verdict=verdict,
            reason=reason,
            message=message,
            threshold=self.threshold,
            digests=context.digests,
        )


def failures(rule: Latency) -> Claim:
    """That no more requests fail than may: `latency.failed.max`."""
    return Claim(name=f"{KIND}.failed.max", metric="failed", threshold=rule.max_failed)


def limit(rule: Latency, figure: Figure) -> Claim:
    """A limit on one figure: `latency.p99_ms.max`."""
    end = "min" if figure is Figure.THROUGHPUT else "max"
    return Claim(name=f"{KIND}.{figure.word}.{end}", metric=figure.word, threshold=rule.limits[figure].value)


def increase(rule: Latency, figure: Figure) -> Claim:
    """A margin for one figure beside the baseline's: `latency.p99_ms.max_increase`."""
    return Claim(
        name=f"{KIND}.{figure.word}.max_increase", metric=figure.word, threshold=rule.max_increase[figure].value
    )


def all_of(rule: Latency) -> tuple[Claim, ...]:
    """Everything that a rule asks for, in the order of its findings."""
    limits = (limit(rule, figure) for figure in rule.limits)
    return failures(rule), *limits, *(increase(rule, figure) for figure in rule.max_increase)
