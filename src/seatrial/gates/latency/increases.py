"""The comparison with the baseline: is the candidate slower by more than it may be?

Called by `judge`. Non-inferiority, as in the regression gate: PASS if the upper bound of the increase is below the
margin, FAIL if the lower one is above it, else INCONCLUSIVE. The bounds are those of both models' figures,
squared and added, with the dependence of requests that were sent in turn taken out of their difference. Why not a
bootstrap, and how often this errs: decision 0019.

What is subtle: two sets of requests are comparable only if they were sent in turn, to the same class of machine, and
were the same requests. What contradicts that is an ERROR; what is not stated is said in the message.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import assert_never

from seatrial.evidence.timing_records import Measurement, Requests, Timings
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, Present
from seatrial.gates.figures import kept
from seatrial.gates.latency import claims, planning, series, told
from seatrial.gates.latency.claims import Context
from seatrial.gates.latency.limits import interval_of
from seatrial.gates.latency.policy import KIND, Figure
from seatrial.gates.latency.series import Figures
from seatrial.gates.margin import Margin
from seatrial.gates.missing_baseline import missing
from seatrial.gates.not_worse import reason_of
from seatrial.gates.quoting import shown
from seatrial.stats.rows import Assuming, Rows
from seatrial.stats.square_and_add import Bounds, difference, increase
from seatrial.verdict import Finding, Verdict

METHOD = "order statistics, square and add"
METHOD_OF_MEANS = "Hall's transformed means, square and add"
_TURNS = 3.0  # standard deviations by which random turns may drift apart


def refusal(timings: Timings, measurement: Measurement | None, label: str) -> tuple[Reason, str] | None:
    """Why two models' requests cannot be compared, or None."""
    one, other = timings.candidate, timings.baseline
    if other is None or other.n == 0:
        return Reason.TIMINGS_MISSING, f"no request to {label} is in {timings.source.path}"
    if one.n == 0:
        return Reason.TIMINGS_MISSING, f"only first answers of the candidate are in {timings.source.path}"
    if measurement is not None and measurement.baseline is not None:
        mine, theirs = measurement.candidate.machine, measurement.baseline.machine
        if mine is not None and theirs is not None and not mine.same_class(theirs):
            return Reason.DIFFERENT_MACHINES, f"the candidate ran on {mine}, {label} on {theirs}"
    if (apart := _most_apart(one, other)) > 1.0 + _TURNS * math.sqrt(one.n + other.n):
        return Reason.NOT_COMPARABLE, (
            f"the two were not asked in turn: at one time one of them was {told.requests(apart)} ahead; "
            "what the machine did meanwhile cannot be told from what the models do"
        )
    if one.request is not None and other.request is not None:
        alone = _not_of_both(one.request, other.request)
        if alone.total() > 1:  # models that take turns, cut off in the middle: one was sent one more
            return Reason.NOT_COMPARABLE, (
                f"the two were not sent the same requests equally often: {told.requests(alone.total())} to one of them "
                f"were not sent to the other, such as {shown(next(iter(alone)))}"
            )
    return None


def _most_apart(one: Requests, other: Requests) -> int:
    """By how many requests one model was ahead of the other at the worst moment."""
    ahead = most = 0
    for _, step in sorted([*((order, 1) for order in one.order), *((order, -1) for order in other.order)]):
        ahead += step
        most = max(most, abs(ahead))
    return most


def _not_of_both(one: tuple[str, ...], other: tuple[str, ...]) -> Counter[str]:
    """How often each request was sent to one of the two beyond what the other was sent."""
    mine, theirs = Counter(one), Counter(other)
    return (mine - theirs) + (theirs - mine)


def judge_increase(
    context: Context, figure: Figure, timings: Timings, measurement: Measurement | None, baseline: Present
) -> Finding:
    """The finding about one figure of the candidate beside the baseline's."""
    if refused := refusal(timings, measurement, baseline.label):
        return _untold(context, figure, *refused)
    rule, other = context.rule, timings.baseline
    pair = None if other is None else series.of_both(timings.candidate, other, figure, alpha=rule.alpha)
    if pair is None:
        message = f"one of the two answered no request, so {told.called(figure)} cannot be compared"
        return _untold(context, figure, Reason.NOT_MEASURED, message)
    mine, theirs = pair[0].bounds, pair[1].bounds
    if not (math.isfinite(mine.estimate) and math.isfinite(theirs.estimate)):
        who = "the candidate" if math.isinf(mine.estimate) else baseline.label
        message = f"so many requests to {who} failed that its {figure} is without end"
        return _untold(context, figure, Reason.NOT_MEASURED, message)
    margin = rule.max_increase[figure]
    if margin.relative and not (mine.estimate > 0.0 and theirs.estimate > 0.0):
        message = f"{figure} of one of the two is 0 ms: no share of it can be told, and the clock is too coarse"
        return _untold(context, figure, Reason.NOT_MEASURED, message)
    gap = _gap(mine, theirs, margin)
    return _finding(context, figure, margin, pair, gap, baseline.label)


def judge_absent(context: Context, figure: Figure, absent: Absent) -> Finding:
    """The finding where there is no baseline."""
    found = missing(absent, "whether the candidate is slower")
    claim = claims.increase(context.rule, figure)
    return claim.without_figures(context, found.verdict, found.reason, found.message)


def _untold(context: Context, figure: Figure, reason: Reason, message: str) -> Finding:
    return claims.increase(context.rule, figure).without_figures(context, Verdict.ERROR, reason, message)


def _finding(
    context: Context, figure: Figure, margin: Margin, pair: tuple[Figures, Figures], gap: Bounds, label: str
) -> Finding:
    if gap.upper is not None and gap.upper < margin.value:
        verdict, rows = Verdict.PASS, None
    elif gap.lower is not None and gap.lower > margin.value:
        verdict, rows = Verdict.FAIL, None
    else:
        verdict, rows = Verdict.INCONCLUSIVE, _plan(context, margin, pair, gap)
    claim = claims.increase(context.rule, figure)
    return Finding(
        name=claim.name,
        kind=KIND,
        metric=claim.metric,
        verdict=verdict,
        reason=reason_of(verdict, rows),
        message=_message(context, figure, margin, pair, gap, label, verdict, rows),
        estimate=kept(gap.estimate),
        interval=interval_of(gap),
        threshold=claim.threshold,
        n=min(each.n for each in pair),
        n_needed=None if rows is None else rows.needed,
        method=METHOD_OF_MEANS if figure is Figure.MEAN else METHOD,
        candidate=kept(pair[0].bounds.estimate),
        baseline=kept(pair[1].bounds.estimate),
        digests=context.digests,
    )


def _plan(context: Context, margin: Margin, pair: tuple[Figures, Figures], gap: Bounds) -> Rows:
    scale = math.log1p if margin.relative else float
    end = gap.upper
    if end is None:  # a tail with no upper bound is as wide as its lower side, at the least
        end = _gap(_mirrored(pair[0].bounds), _mirrored(pair[1].bounds), margin).upper
    seen = scale(gap.estimate)
    return planning.for_comparison(
        min(each.n for each in pair),
        seen=seen,
        half=None if end is None else scale(end) - seen,
        margin=scale(margin.value),
        fewest=max(each.fewest for each in pair),
        alpha=context.rule.alpha,
        power=context.rule.power,
    )


def _gap(mine: Bounds, theirs: Bounds, margin: Margin) -> Bounds:
    return increase(mine, theirs) if margin.relative else difference(mine, theirs)


def _mirrored(bounds: Bounds) -> Bounds:
    """Bounds whose upper end, where there is none, lies as far from the estimate as the lower one."""
    if bounds.upper is not None or bounds.lower is None:
        return bounds
    return Bounds(estimate=bounds.estimate, lower=bounds.lower, upper=2 * bounds.estimate - bounds.lower)


def _message(
    context: Context,
    figure: Figure,
    margin: Margin,
    pair: tuple[Figures, Figures],
    gap: Bounds,
    label: str,
    verdict: Verdict,
    rows: Rows | None,
) -> str:
    mine, theirs = (each.bounds.estimate for each in pair)
    n, level = min(each.n for each in pair), told.level_of(context.rule.alpha)
    most = _size(margin.value, margin, beside=math.inf)
    apart = f"{_size(abs(gap.estimate), margin, beside=margin.value)} {'above' if gap.estimate > 0.0 else 'below'}"
    span = told.span(_shown(gap, margin), _unit_of(margin), level=level, beside=_unit(margin.value, margin))
    beside = f"{apart if gap.estimate else 'the same as'} {label} at {wording.told_apart(theirs, mine)} ms"
    asked = told.worth(pair[0], n, to=" to each")
    seen = f"{told.called(figure)} {wording.told_apart(mine, theirs)} ms, {beside} ({span}; {asked}, {context.where})"
    if verdict is Verdict.PASS:
        return f"{seen}; not slower by {most} or more"
    if verdict is Verdict.FAIL:
        return f"{seen}; slower by more than {most}, and only a faster model would change that"
    cannot = f"{seen}; that it is not slower by {most} or more cannot be shown"
    needed = None if rows is None else rows.needed
    if n < max(each.fewest for each in pair):
        fewest = max(each.fewest for each in pair)
        cannot += f": below {told.requests(fewest)} like these to each model nothing bounds {figure}"
        return cannot if needed is None else f"{cannot}; {told.requests(needed)} or more would decide"
    if needed is None or rows is None:
        return f"{cannot}: the increase lies on the limit, and no number of requests can be named"
    match rows.assuming:
        case Assuming.EQUAL:
            return f"{cannot}; about {told.requests(needed)} to each would decide if both are equally fast"
        case Assuming.AS_SEEN:
            return (
                f"{cannot}: enough for equally fast models, but the increase is close to the limit; "
                f"about {told.requests(needed)} to each would decide if it stays as seen"
            )
        case _:
            assert_never(rows.assuming)


def _unit(value: float, margin: Margin) -> float:
    """An increase in the unit it is shown in: per cent or milliseconds."""
    return 100.0 * value if margin.relative else value


def _unit_of(margin: Margin) -> str:
    return "%" if margin.relative else "ms"


def _size(value: float, margin: Margin, *, beside: float) -> str:
    return f"{wording.told_apart(_unit(value, margin), _unit(beside, margin))} {_unit_of(margin)}"


def _shown(gap: Bounds, margin: Margin) -> Bounds:
    lower, upper = (None if end is None else _unit(end, margin) for end in (gap.lower, gap.upper))
    return Bounds(estimate=_unit(gap.estimate, margin), lower=lower, upper=upper)
