"""The performance gate: is one figure of the candidate within its limits?

Metrics that Seatrial knows are computed from the predictions, and so are declared columns of numbers; every other name
is looked up in the metrics files. Without `confidence` the point estimate is compared and an interval is only shown,
which is what people expect of `accuracy: {min: 0.92}`. With `confidence` a one-sided bound must
clear the limit, and the verdict has three values. A metrics file has no rows, so nothing can be
said about its uncertainty: asked for, that is an ERROR, never a quiet comparison of points.
"""

from __future__ import annotations

import math

from msgspec import Struct

from seatrial.gates import own, wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.evidence import Evidence, Measured
from seatrial.gates.figures import SHOWN_ALPHA, kept, kept_interval, with_note
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.own import Own
from seatrial.gates.policy import Bound, GateSet
from seatrial.gates.range_of_values import outside
from seatrial.metrics.catalog import Metric, close_to
from seatrial.stats.interval import Interval
from seatrial.stats.rows import Rows
from seatrial.verdict import Finding, Verdict

_MOST_NAMES = 10
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


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """One finding for every limit of the set, in the order of the set."""
    candidate = looking.case.candidate
    return tuple(
        _judge_limit(name, limit, bound.confidence, looking)
        if limit is not None
        else _error(name, None, candidate, Reason.NO_LIMIT, f"{name} has neither a min nor a max")
        for name, bound in gate_set.performance.items()
        for limit in _limits(bound)
    )


def _limits(bound: Bound) -> tuple[Limit | None, ...]:
    ends = ((bound.min, True), (bound.max, False))
    return tuple(Limit(value=value, least=least) for value, least in ends if value is not None) or (None,)


def _judge_limit(name: str, limit: Limit, confidence: float | None, looking: Looking) -> Finding:
    candidate = looking.case.candidate
    metric = looking.metric(name)
    found = candidate.metrics.get(name, ())
    if metric is not None and candidate.predictions is not None:
        trouble = _from_rows(name, metric, limit, confidence, looking)
        if not isinstance(trouble, Trouble):
            return trouble
        if not found:
            return _error(name, limit, candidate, trouble.reason, trouble.message, _digests(candidate))
    match found:
        case ():
            return _error(name, limit, candidate, Reason.METRIC_MISSING, _missing(name, metric, candidate))
        case (one,):
            return _from_file(name, metric, limit, confidence, candidate, one)
        case _:
            paths = ", ".join(each.source.path for each in found)
            message = f"{name} is in {len(found)} metrics files ({paths}); which one is meant cannot be told"
            return _error(name, limit, candidate, Reason.METRIC_AMBIGUOUS, message)


def _missing(name: str, metric: Metric | None, candidate: Evidence) -> str:
    if metric is not None:
        return f"{name} was measured by nobody: this model has no predictions and no metrics file names it"
    near = close_to(name)
    meant = f"; `{near}` would be computed from the rows" if near else ""
    if not candidate.metrics:
        return (
            f"{name} was measured by nobody: it is no metric of rows, and there is no metrics file of this model{meant}"
        )
    known = ", ".join(sorted(candidate.metrics)[:_MOST_NAMES])
    return f"{name} was measured by nobody: the metrics files of this model name {known}{meant}"


def _from_file(
    metric: str, known: Metric | None, limit: Limit, confidence: float | None, candidate: Evidence, measured: Measured
) -> Finding:
    digests = {**_artifact(candidate), "candidate_metrics": measured.source.digest}
    if confidence is not None:
        message = f"{metric} comes from {measured.source.path}, which has no rows: a confidence cannot be computed"
        return _error(metric, limit, candidate, Reason.CONFIDENCE_NEEDS_ROWS, message, digests)
    value = measured.value
    if not math.isfinite(value):
        message = f"{metric} is {value} in {measured.source.path}, not a number to compare"
        return _error(metric, limit, candidate, Reason.NOT_A_NUMBER, message, digests)
    if (why := outside(known, metric, value, measured.source.path)) is not None:
        return _error(metric, limit, candidate, Reason.VALUE_OUT_OF_RANGE, why, digests)
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


def _from_rows(
    name: str, metric: Metric, limit: Limit, confidence: float | None, looking: Looking
) -> Finding | Trouble:
    found = figures(looking.alone(), metric)
    if isinstance(found, Trouble):
        return found
    (figure,) = found
    if figure.undefined is not None:
        message = f"{name} has no value on these rows: {figure.undefined}"
        return Trouble(verdict=Verdict.ERROR, reason=Reason.UNDEFINED, message=message)
    alpha = SHOWN_ALPHA if confidence is None else 1 - confidence
    seen = own.bounded(metric, figure, alpha, exact=confidence is not None)
    rows: Rows | None = None
    if confidence is None:
        verdict = Verdict.PASS if limit.slack(figure.candidate) >= 0 else Verdict.FAIL
        message = _point_message(name, limit, seen)
    else:
        verdict = _by_bound(limit, seen.interval) if seen.decides else Verdict.INCONCLUSIVE
        if verdict is Verdict.INCONCLUSIVE:
            rows = own.rows_needed(seen, limit.value, alpha)
        message = _bound_message(name, limit, seen, confidence, verdict, rows)
    made = Finding(
        name=_name(name, limit),
        kind=Kind.PERFORMANCE,
        metric=name,
        verdict=verdict,
        reason=_reason(verdict, limit, rows, seen, asked=confidence is not None),
        message=message,
        estimate=kept(figure.candidate),
        interval=kept_interval(seen.interval),
        threshold=limit.value,
        n=figure.n,
        n_needed=rows.needed if rows else None,
        method=f"point estimate, {seen.method} interval" if confidence is None else f"{seen.method} bound",
        candidate=kept(figure.candidate),
        digests=_digests(looking.case.candidate),
    )
    return with_note(made, figure)


def _by_bound(limit: Limit, interval: Interval) -> Verdict:
    """PASS when the whole interval is within the limit, FAIL when all of it is outside."""
    slacks = limit.slack(interval.lower), limit.slack(interval.upper)
    if min(slacks) >= 0:
        return Verdict.PASS
    return Verdict.FAIL if max(slacks) < 0 else Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, limit: Limit, rows: Rows | None, seen: Own, *, asked: bool) -> Reason:
    if verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT
    if verdict is Verdict.FAIL:
        return limit.missed
    if asked and not seen.decides:
        return Reason.TOO_FEW_INFORMATIVE_ROWS
    return Reason.NEAR_THE_LIMIT if rows is None or rows.needed is None else Reason.TOO_FEW_ROWS


def _point_message(name: str, limit: Limit, seen: Own) -> str:
    places, value = seen.decimals, seen.figure.candidate
    verb = "is" if limit.slack(value) >= 0 else "is not"
    return (
        f"{name} {wording.apart(value, limit.value, places)} {verb} {limit.words} "
        f"{wording.exactly(limit.value, places)}; the figure itself is compared "
        f"({wording.between(seen.interval, SHOWN_ALPHA, places, limit=limit.value)}, {seen.counted})"
    )


def _bound_message(name: str, limit: Limit, seen: Own, confidence: float, verdict: Verdict, rows: Rows | None) -> str:
    places = seen.decimals
    value = wording.apart(seen.figure.candidate, limit.value, places)
    claim = f"{limit.words} {wording.exactly(limit.value, places)}"
    said = (
        f"{name} {value} ({wording.between(seen.interval, 1 - confidence, places, limit=limit.value)}, {seen.counted})"
    )
    sure = wording.percent(confidence)
    if verdict is Verdict.PASS:
        return f"{said} is {claim} with {sure} confidence"
    if verdict is Verdict.FAIL:
        return f"{said} is not {claim}, with {sure} confidence"
    if not seen.decides:
        return f"{said}: too few rows carry its spread to say with {sure} confidence that it is {claim}"
    if rows is None or rows.needed is None:
        return f"{said}: the limit is {claim}, and the figure lies on it; no number of rows can be named"
    return (
        f"{said}: that it is {claim} can be neither shown nor ruled out with {sure} confidence; "
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


def _digests(candidate: Evidence) -> dict[str, str]:
    rows = candidate.predictions
    return {**_artifact(candidate), **({} if rows is None else {"candidate_predictions": rows.source.digest})}
