"""Verdicts, findings and decisions: the records every judge returns and every face shows.

A verdict says what the evidence shows; a decision is what policy makes of verdicts. The
first is never rewritten to obtain the second. Unknown is never a pass: no finding at all
combines to ERROR.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from msgspec import Struct, field


class Verdict(StrEnum):
    """What the evidence shows."""

    PASS = "PASS"
    FAIL = "FAIL"
    INCONCLUSIVE = "INCONCLUSIVE"
    ERROR = "ERROR"


class Decision(StrEnum):
    """What policy makes of the verdicts."""

    ALLOW = "allow"
    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def lets_through(self) -> bool:
        """Whether what was judged may go on by itself."""
        return self in (Decision.ALLOW, Decision.WARN)


class OnInconclusive(StrEnum):
    """What a gate set does with INCONCLUSIVE."""

    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"


class Part(Struct, frozen=True, kw_only=True):
    """One of several things that a finding is about: a slice, a group, a case. Figures as in Finding; `note` says what
    they do not."""

    name: str
    verdict: Verdict | None = None
    n: int | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    n_needed: int | None = None
    candidate: float | None = None
    baseline: float | None = None
    note: str | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """One judged claim.

    `estimate`, `interval` and `threshold` are in the metric's own unit. For a regression
    gate the estimate is candidate minus baseline, the interval is at 1 - 2 alpha on that
    scale, and the threshold is -margin where higher is better, +margin where lower is.
    `n` counts rows, `n_needed` the rows that would decide (None when nothing is missing or
    nothing can be said). `digests` names the evidence by content. `message` is the finding
    as one sentence for a reviewer. `parts` lists what it is about, where that is more than one thing.
    """

    name: str
    kind: str
    metric: str | None
    verdict: Verdict
    reason: str
    message: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    threshold: float | None = None
    n: int | None = None
    n_needed: int | None = None
    method: str | None = None
    candidate: float | None = None
    baseline: float | None = None
    digests: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()


_WEIGHT = {Verdict.PASS: 0, Verdict.INCONCLUSIVE: 1, Verdict.ERROR: 2, Verdict.FAIL: 3}


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict over several: FAIL > ERROR > INCONCLUSIVE > PASS, and ERROR over none."""
    return max(verdicts, key=_WEIGHT.__getitem__, default=Verdict.ERROR)


def strictest(decisions: Iterable[Decision]) -> Decision | None:
    """The decision over several: block, hold, warn, allow; None over none."""
    return max(decisions, key=list(Decision).index, default=None)


def decide(verdict: Verdict, on_inconclusive: OnInconclusive, *, debt: int = 0) -> Decision:
    """The decision for a combined verdict; open debt holds what would otherwise go through."""
    match verdict:
        case Verdict.FAIL | Verdict.ERROR:
            return Decision.BLOCK
        case Verdict.INCONCLUSIVE:
            decision = Decision(on_inconclusive.value)
        case Verdict.PASS:
            decision = Decision.ALLOW
    return Decision.HOLD if debt and decision.lets_through else decision
