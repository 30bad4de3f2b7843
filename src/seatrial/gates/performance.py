"""The performance gate: is one figure of the candidate within its limits?

Accuracy is counted from the predictions; every other name is looked up in the metrics files.
Without `confidence` the point estimate is compared and Wilson's interval is only shown, which is
what people expect of `accuracy: {min: 0.92}`. With `confidence` the exact one-sided bound must
clear the limit, and the verdict has three values. A metrics file has no rows, so nothing can be
said about its uncertainty: asked for, that is an ERROR, never a quiet comparison of points.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.evidence.records import Predictions
from seatrial.gates import wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import Baseline, Evidence, Measured
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.policy import Bound, GateSet
from seatrial.stats.interval import Interval
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import Rows, share_rows_needed
from seatrial.verdict import Finding, Verdict

ACCURACY = "accuracy"
_MOST_NAMES = 10
_SHOWN_ALPHA = 0.025  # an interval that decides nothing is shown at the customary 95 %
_METRICS_FILE = "metrics file"


class Limit(Struct, frozen=True, kw_only=True):
    """One end of a bound. `least` is True for `min`."""

    value: float
    least: bool

    @property
    def key(self) -> str:
        return "min" if self.least else "max"

    @property
    def words(self) -> str:
        return "at least" if self.least else "at most"

    @property
    def missed(self) -> Reason:
        return Reason.BELOW_MIN if self.least else Reason.ABOVE_MAX

    def slack(self, value: float) -> float:
        """How far `value` is inside the limit; negative outside."""
        return value - self.value if self.least else self.value - value


def judge(gate_set: GateSet, candidate: Evidence, _baseline: Baseline) -> tuple[Finding, ...]:
    """One finding for every limit of the set, in the order of the set."""
    return tuple(
        _judge_limit(metric, limit, bound.confidence, candidate)
        if limit is not None
        else _error(metric, None, candidate, Reason.NO_LIMIT, f"{metric} has neither a min nor a max")
        for metric, bound in gate_set.performance.items()
        for limit in _limits(bound)
    )


def _limits(bound: Bound) -> tuple[Limit | None, ...]:
    ends = ((bound.min, True), (bound.max, False))
    return tuple(Limit(value=value, least=least) for value, least in ends if value is not None) or (None,)


def _judge_limit(metric: str, limit: Limit, confidence: float | None, candidate: Evidence) -> Finding:
    if metric == ACCURACY and candidate.predictions is not None:
        return _from_rows(limit, confidence, candidate, candidate.predictions)
    found = candidate.metrics.get(metric, ())
    match found:
        case ():
            known = ", ".join(sorted(candidate.metrics)[:_MOST_NAMES]) or "none"
            message = f"{metric} was measured by nobody: the metrics files of this model name {known}"
            if metric == ACCURACY:
                message = "accuracy was measured by nobody: this model has no predictions and no metrics file names it"
            return _error(metric, limit, candidate, Reason.METRIC_MISSING, message)
        case (one,):
            return _from_file(metric, limit, confidence, candidate, one)
        case _:
            paths = ", ".join(each.source.path for each in found)
            message = f"{metric} is in {len(found)} metrics files ({paths}); which one is meant cannot be told"
            return _error(metric, limit, candidate, Reason.METRIC_AMBIGUOUS, message)


def _from_file(metric: str, limit: Limit, confidence: float | None, candidate: Evidence, measured: Measured) -> Finding:
    digests = {**_artifact(candidate), "candidate_metrics": measured.source.digest}
    if confidence is not None:
        message = f"{metric} comes from {measured.source.path}, which has no rows: a confidence cannot be computed"
        return _error(metric, limit, candidate, Reason.CONFIDENCE_NEEDS_ROWS, message, digests)
    value = measured.value
    if not math.isfinite(value):
        message = f"{metric} is {value} in {measured.source.path}, not a number to compare"
        return _error(metric, limit, candidate, Reason.NOT_A_NUMBER, message, digests)
    met = limit.slack(value) >= 0
    verb = "is" if met else "is not"
    return Finding(
        name=_name(metric, limit),
        kind=Kind.PERFORMANCE,
        metric=metric,
        verdict=Verdict.PASS if met else Verdict.FAIL,
        reason=Reason.WITHIN_LIMIT if met else limit.missed,
        message=f"{metric} {wording.told_apart(value, limit.value)} {verb} {limit.words} {limit.value:.12g} "
        f"(one value from {measured.source.path}, without an interval)",
        estimate=value,
        threshold=limit.value,
        method=_METRICS_FILE,
        candidate=value,
        digests=digests,
    )


def _from_rows(limit: Limit, confidence: float | None, candidate: Evidence, predictions: Predictions) -> Finding:
    from seatrial.evidence.pairing import accuracy  # brings polars, which no start-up may pay for

    counted = accuracy(predictions)
    share = counted.right / counted.n
    rows: Rows | None = None
    if confidence is None:
        interval = wilson(counted.right, counted.n, alpha=_SHOWN_ALPHA)
        verdict = Verdict.PASS if limit.slack(share) >= 0 else Verdict.FAIL
        message = _point_message(share, limit, interval, counted.n)
    else:
        alpha = 1 - confidence
        interval = clopper_pearson(counted.right, counted.n, alpha=alpha)
        verdict = _by_bound(limit, interval)
        if verdict is Verdict.INCONCLUSIVE:
            rows = share_rows_needed(counted.right, counted.n, limit=limit.value, alpha=alpha)
        message = _bound_message(share, limit, interval, counted.n, confidence, verdict, rows)
    return Finding(
        name=_name(ACCURACY, limit),
        kind=Kind.PERFORMANCE,
        metric=ACCURACY,
        verdict=verdict,
        reason=_reason(verdict, limit, rows),
        message=message,
        estimate=kept(share),
        interval=kept_interval(interval),
        threshold=limit.value,
        n=counted.n,
        n_needed=rows.needed if rows else None,
        method="point estimate, Wilson interval" if confidence is None else "Clopper-Pearson bound",
        candidate=kept(share),
        digests={**_artifact(candidate), "candidate_predictions": predictions.source.digest},
    )


def _by_bound(limit: Limit, interval: Interval) -> Verdict:
    """PASS when the whole interval is within the limit, FAIL when all of it is outside."""
    slacks = limit.slack(interval.lower), limit.slack(interval.upper)
    if min(slacks) >= 0:
        return Verdict.PASS
    return Verdict.FAIL if max(slacks) < 0 else Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, limit: Limit, rows: Rows | None) -> Reason:
    if verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT
    if verdict is Verdict.FAIL:
        return limit.missed
    return Reason.NEAR_THE_LIMIT if rows is None or rows.needed is None else Reason.TOO_FEW_ROWS


def _point_message(share: float, limit: Limit, interval: Interval, n: int) -> str:
    places = wording.decimals_for(n)
    verb = "is" if limit.slack(share) >= 0 else "is not"
    return (
        f"accuracy {wording.apart(share, limit.value, places)} {verb} {limit.words} "
        f"{wording.exactly(limit.value, places)}; the figure itself is compared "
        f"({wording.between(interval, _SHOWN_ALPHA, places, limit=limit.value)}, {wording.rows(n)})"
    )


def _bound_message(
    share: float, limit: Limit, interval: Interval, n: int, confidence: float, verdict: Verdict, rows: Rows | None
) -> str:
    places = wording.decimals_for(n)
    value = wording.apart(share, limit.value, places)
    claim = f"{limit.words} {wording.exactly(limit.value, places)}"
    seen = (
        f"accuracy {value} ({wording.between(interval, 1 - confidence, places, limit=limit.value)}, {wording.rows(n)})"
    )
    sure = wording.percent(confidence)
    if verdict is Verdict.PASS:
        return f"{seen} is {claim} with {sure} confidence"
    if verdict is Verdict.FAIL:
        return f"{seen} is not {claim}, with {sure} confidence"
    if rows is None or rows.needed is None:
        return f"{seen}: the limit is {claim}, and the figure lies on it; no number of rows can be named"
    return (
        f"{seen}: that it is {claim} can be neither shown nor ruled out with {sure} confidence; "
        f"about {wording.rows(rows.needed)} would decide if it stays near {value}"
    )


def _error(
    metric: str,
    limit: Limit | None,
    candidate: Evidence,
    reason: Reason,
    message: str,
    digests: dict[str, str] | None = None,
) -> Finding:
    return Finding(
        name=_name(metric, limit),
        kind=Kind.PERFORMANCE,
        metric=metric,
        verdict=Verdict.ERROR,
        reason=reason,
        message=message,
        threshold=limit.value if limit else None,
        digests=_artifact(candidate) if digests is None else digests,
    )


def _name(metric: str, limit: Limit | None) -> str:
    """The path of the limit in the gate set: `performance.accuracy.min`."""
    return ".".join((Kind.PERFORMANCE, metric, *((limit.key,) if limit else ())))


def _artifact(candidate: Evidence) -> dict[str, str]:
    return {} if candidate.artifact is None else {"candidate_artifact": candidate.artifact}
