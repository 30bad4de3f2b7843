"""The limits on the candidate's own waits: quantiles, mean, throughput, first answers, failures.

Called by `judge`. Each limit is three-valued: PASS if the bound on the bad side is within it, FAIL if the bound on
the good side is beyond it, else INCONCLUSIVE with the number of requests that would decide.
"""

from __future__ import annotations

import math

from seatrial.evidence.timing_records import Measurement, Requests, Timings
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.figures import kept
from seatrial.gates.latency import claims, planning, series, told
from seatrial.gates.latency.claims import Context
from seatrial.gates.latency.policy import KIND, QUANTILES, Figure, Latency, Limit
from seatrial.gates.latency.series import Figures
from seatrial.stats.interval import Interval
from seatrial.stats.order_quantile import fewest_for_bound
from seatrial.stats.proportion import clopper_pearson
from seatrial.stats.rows import Assuming, Rows, share_rows_needed
from seatrial.stats.square_and_add import Bounds
from seatrial.verdict import Finding, Verdict

ORDER_STATISTIC = "order statistics"
HALL = "Hall's transformed mean"
CLOPPER_PEARSON = "Clopper-Pearson bound"
COUNT = "count"


def judge_limit(context: Context, figure: Figure, timings: Timings, measurement: Measurement | None) -> Finding:
    """The finding about one limit."""
    limit = context.rule.limits[figure]
    requests, alpha = timings.candidate, 1.0 - limit.confidence
    if figure is Figure.THROUGHPUT:
        callers = None if measurement is None else measurement.concurrency
        if callers is None:
            message = "throughput needs the number of callers, which no record of the measurement states"
            return _untold(context, figure, Reason.MEASUREMENT_MISSING, message)
        return _throughput(context, limit, requests, callers)
    if figure is Figure.COLD_START:
        figures = series.of_starts(requests, alpha=alpha)
    else:
        figures = series.of_model(requests, figure, alpha=alpha)
    if figures is None:
        what = "no first answer after a start" if figure is Figure.COLD_START else "no answered request"
        message = f"{what} is in {timings.source.path}, so {told.called(figure)} cannot be told"
        return _untold(context, figure, Reason.NOT_MEASURED, message)
    rows = _plan(context.rule, figure, limit, requests, figures)
    return _finding(context, figure, limit, figures, figures.bounds, rows)


def _plan(rule: Latency, figure: Figure, limit: Limit, requests: Requests, figures: Figures) -> Rows:
    alpha, power = 1.0 - limit.confidence, rule.power
    match figure:
        case Figure.MEAN:
            return planning.for_mean(figures, limit=limit.value, alpha=alpha, power=power)
        case Figure.COLD_START:
            waits, share = requests.cold_ms, 0.5
        case _:
            waits, share = requests.waits, QUANTILES[figure]
    return planning.for_quantile(figures, waits, share=share, limit=limit.value, alpha=alpha, power=power)


def _throughput(context: Context, limit: Limit, requests: Requests, callers: int) -> Finding:
    """Callers who each wait for their answer are served at callers / wait (Little 1961): one bound gives the other."""
    figure, alpha = Figure.THROUGHPUT, 1.0 - limit.confidence
    cost = series.cost_of_answer(requests, alpha=alpha)
    if cost is None or not cost.bounds.estimate > 0.0:
        why = "no request was answered" if cost is None else "every answer took 0 ms, which no clock can have measured"
        return _untold(context, figure, Reason.NOT_MEASURED, f"throughput cannot be told: {why}")
    rate = 1000.0 * callers
    bounds = Bounds(
        estimate=rate / cost.bounds.estimate,
        lower=_rate(rate, cost.bounds.upper),
        upper=_rate(rate, cost.bounds.lower),
    )
    most = rate / limit.value  # the cost at which the limit is met
    rows = planning.for_mean(cost, limit=most, alpha=alpha, power=context.rule.power)
    return _finding(context, figure, limit, cost, bounds, rows)


def _rate(rate: float, cost: float | None) -> float | None:
    return rate / cost if cost is not None and cost > 0.0 else None


def _untold(context: Context, figure: Figure, reason: Reason, message: str) -> Finding:
    return claims.limit(context.rule, figure).without_figures(context, Verdict.ERROR, reason, message)


def _finding(context: Context, figure: Figure, limit: Limit, figures: Figures, bounds: Bounds, rows: Rows) -> Finding:
    least = figure is Figure.THROUGHPUT
    verdict = _by_bound(bounds, limit.value, least=least)
    undecided = verdict is Verdict.INCONCLUSIVE
    seen = bounds.estimate if math.isfinite(bounds.estimate) else None
    claim = claims.limit(context.rule, figure)
    return Finding(
        name=claim.name,
        kind=KIND,
        metric=claim.metric,
        verdict=verdict,
        reason=_reason(verdict, rows, least=least),
        message=_message(context, figure, limit, figures, bounds, verdict, rows),
        estimate=None if seen is None else kept(seen),
        interval=interval_of(bounds),
        threshold=claim.threshold,
        n=figures.n,
        n_needed=rows.needed if undecided else None,
        method=HALL if figure in (Figure.MEAN, Figure.THROUGHPUT) else ORDER_STATISTIC,
        candidate=None if seen is None else kept(seen),
        digests=context.digests,
    )


def interval_of(bounds: Bounds) -> tuple[float, float] | None:
    """An interval as a finding keeps it; None where an end is missing."""
    if bounds.lower is None or bounds.upper is None or not math.isfinite(bounds.upper - bounds.lower):
        return None
    return kept(bounds.lower), kept(bounds.upper)


def _by_bound(bounds: Bounds, limit: float, *, least: bool) -> Verdict:
    """PASS when the whole interval is within the limit, FAIL when all of it is outside."""
    bad, good = (bounds.lower, bounds.upper) if least else (bounds.upper, bounds.lower)
    if bad is not None and (bad >= limit if least else bad <= limit):
        return Verdict.PASS
    if good is not None and (good < limit if least else good > limit):
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, rows: Rows, *, least: bool) -> Reason:
    match verdict:
        case Verdict.PASS:
            return Reason.WITHIN_LIMIT
        case Verdict.FAIL:
            return Reason.BELOW_MIN if least else Reason.ABOVE_MAX
        case _:
            return Reason.NEAR_THE_LIMIT if rows.needed is None else Reason.TOO_FEW_ROWS


def _message(
    context: Context, figure: Figure, limit: Limit, figures: Figures, bounds: Bounds, verdict: Verdict, rows: Rows
) -> str:
    least, cold = figure is Figure.THROUGHPUT, figure is Figure.COLD_START
    unit, most = ("requests/s", "at least") if least else ("ms", "at most")
    alpha = 1.0 - limit.confidence
    claim = f"{most} {limit.value:.12g} {unit}"
    count = told.starts(figures.n) if cold else told.worth(figures, figures.n)
    span = told.span(bounds, unit, level=told.level_of(alpha), beside=limit.value)
    value = told.amount(bounds.estimate, unit, beside=limit.value)
    seen = f"{told.called(figure)} {value} ({span}; {count}, {context.where})"
    sure = wording.percent(limit.confidence)
    if verdict is Verdict.PASS:
        return f"{seen} is {claim} with {sure} confidence"
    if verdict is Verdict.FAIL:
        return f"{seen} is not {claim}, with {sure} confidence"
    number = told.starts if cold else told.requests
    if figures.n < figures.fewest:
        floor = f"below {number(figures.fewest)} like these nothing bounds it at {sure}"
        needed = number(rows.needed or figures.fewest)
        return f"{seen}: that it is {claim} cannot be shown, {floor}; {needed} or more would decide"
    if rows.needed is None:
        return f"{seen}: the limit is {claim}, and the figure lies on it; no number of requests can be named"
    return (
        f"{seen}: that it is {claim} can be neither shown nor ruled out with {sure} confidence; "
        f"about {number(rows.needed)} would decide if it stays as seen"
    )


def judge_failures(context: Context, requests: Requests) -> Finding:
    """The finding about failed requests. A limit of 0 is about those that were sent; any other about the model."""
    rule, failed = context.rule, requests.failed
    n = requests.n + len(requests.cold_ms)
    most, share = rule.max_failed, failed / n
    verdict, interval, rows = Verdict.FAIL if failed else Verdict.PASS, None, None
    if most > 0.0:
        verdict, interval, rows = _failures_by_bound(rule, requests, failed, n)
    claim = f"at most {wording.percent(most)}" if most > 0.0 else "none"
    verb = {Verdict.PASS: "is within", Verdict.FAIL: "is more than"}.get(
        verdict, "can be neither told to be within nor above"
    )
    tail = "" if rows is None or rows.needed is None else f"; about {told.requests(rows.needed)} would decide"
    asked = claims.failures(rule)
    return Finding(
        name=asked.name,
        kind=KIND,
        metric=asked.metric,
        verdict=verdict,
        reason=_reason(verdict, rows or Rows(needed=None, assuming=Assuming.AS_SEEN), least=False),
        message=f"{failed:,} of {told.requests(n)} failed, which {verb} what may fail ({claim}){tail}; {context.where}",
        estimate=kept(share),
        interval=interval,
        threshold=asked.threshold,
        n=n,
        n_needed=None if rows is None else rows.needed,
        method=COUNT if interval is None else CLOPPER_PEARSON,
        candidate=kept(share),
        digests=context.digests,
    )


def _failures_by_bound(
    rule: Latency, requests: Requests, failed: int, n: int
) -> tuple[Verdict, tuple[float, float], Rows | None]:
    """Failures come in runs: each counts for as little as the dependence says, rounded to the careful side."""
    from seatrial.stats.dependence import inflation  # brings numpy

    alpha = 1.0 - rule.confidence
    each = inflation([float(not ok) for ok in requests.ok])
    upper = clopper_pearson(math.ceil(failed / each), max(1, math.floor(n / each)), alpha=alpha).upper
    lower = clopper_pearson(math.floor(failed / each), max(1, math.ceil(n / each)), alpha=alpha).lower
    interval = Interval(lower=lower, upper=upper)
    if interval.upper <= rule.max_failed:
        verdict = Verdict.PASS
    elif interval.lower > rule.max_failed:
        verdict = Verdict.FAIL
    else:
        verdict = Verdict.INCONCLUSIVE
    rows = None
    if verdict is Verdict.INCONCLUSIVE:
        plan = share_rows_needed(n - failed, n, limit=1.0 - rule.max_failed, alpha=alpha, power=rule.power)
        fewest = fewest_for_bound(1.0 - rule.max_failed, alpha=alpha, inflation=each)
        needed = None if plan.needed is None else max(math.ceil(plan.needed * each), fewest)
        rows = Rows(needed=needed, assuming=Assuming.AS_SEEN)
    return verdict, (kept(lower), kept(upper)), rows
