"""The calibration gate: do probabilities come true as often as they say?

`max_error` limits the root mean square gap between scores and shares over bins, without the bias that small bins give
it; `max_gap` limits how far the mean score lies from the share of positives. Each is asked of all rows, and of every
group of `by`. Whether a model is worse than its baseline here is a question for `regression` on `brier` or
`log_loss`, which are means over rows and need no bins.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates import wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.looking import Looking, Trouble, figures, trouble_of
from seatrial.gates.own import bounded
from seatrial.gates.policy import Calibration, GateSet
from seatrial.gates.regression import digests
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import CALIBRATION_GAP, JOINT
from seatrial.metrics.reliability import reliability
from seatrial.metrics.trouble import MetricError
from seatrial.stats.calibration import calibration_error
from seatrial.stats.interval import Interval
from seatrial.stats.normal import upper_quantile
from seatrial.verdict import Finding, Part, Verdict, combine

FEW_ROWS = 40
"""Rows below which bins say nothing."""

FEW_OF_ONE_OUTCOME = 10
"""Rows of the rarer outcome below which a share of them is known too coarsely to be compared with a score."""


class _Seen(Struct, frozen=True, kw_only=True):
    """An error of one group of rows: not below 0, with bounds at the level of one group and at that of all."""

    name: str
    n: int
    error: float
    alone: Interval
    family: Interval
    note: str = ""


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """A finding for each limit, over all rows and by each grouping."""
    rule = gate_set.calibration
    if rule is None:
        return ()
    found = []
    for grouping in (None, *rule.by):
        key = None if grouping is None else JOINT.join(grouping)
        if rule.max_error is not None:
            found.append(_limited(looking, rule, "max_error", rule.max_error, key, _errors(looking, rule, key)))
        if rule.max_gap is not None:
            found.append(_limited(looking, rule, "max_gap", rule.max_gap, key, _gaps(looking, rule, key)))
    return tuple(found)


def _errors(looking: Looking, rule: Calibration, key: str | None) -> list[_Seen] | Trouble:
    rows = looking.alone()
    if isinstance(rows, Trouble):
        return rows
    try:
        known = reliability(rows, rule.bins, key)
    except MetricError as error:
        return trouble_of(error, "error")
    groups = rows.groups(key)
    names = ("all rows",) if groups is None else groups.names
    made = []
    for name, each in zip(names, known, strict=True):
        if each.n < FEW_ROWS:
            wide = Interval(lower=0.0, upper=1.0)
            made.append(_Seen(name=name, n=each.n, error=0.0, alone=wide, family=wide, note="too few rows for bins"))
            continue
        one = calibration_error(each.bins, alpha=rule.alpha, design=each.design)
        all_of = calibration_error(each.bins, alpha=rule.alpha / len(names), design=each.design)
        if one.rarer < FEW_OF_ONE_OUTCOME:
            wide = Interval(lower=0.0, upper=1.0)
            note = f"only {one.rarer:.0f} rows have the rarer outcome"
            made.append(_Seen(name=name, n=each.n, error=one.error, alone=wide, family=wide, note=note))
            continue
        note = f"{len(each.bins)} bins; plain expected calibration error {one.plain:.4f}"
        made.append(_Seen(name=name, n=each.n, error=one.error, alone=one.interval, family=all_of.interval, note=note))
    return made


def _gaps(looking: Looking, rule: Calibration, key: str | None) -> list[_Seen] | Trouble:
    rows = looking.alone()
    if isinstance(rows, Trouble):
        return rows
    known = figures(rows, CALIBRATION_GAP, key)
    if isinstance(known, Trouble):
        return known
    groups = rows.groups(key)
    names = ("all rows",) if groups is None else groups.names
    return [_gap(name, figure, rule.alpha, len(names)) for name, figure in zip(names, known, strict=True)]


def _gap(name: str, figure: Figure, alpha: float, many: int) -> _Seen:
    alone, family = (bounded(CALIBRATION_GAP, figure, level, exact=True) for level in (alpha, alpha / many))
    if not alone.decides or figure.support == 0:
        wide = Interval(lower=0.0, upper=1.0)
        note = "too few rows of one outcome" if figure.support == 0 else "too few rows carry its spread"
        return _Seen(name=name, n=figure.n, error=abs(figure.candidate), alone=wide, family=wide, note=note)
    return _Seen(
        name=name,
        n=figure.n,
        error=abs(figure.candidate),
        alone=_without_sign(alone.interval),
        family=_without_sign(family.interval),
        note=f"scores lie {'above' if figure.candidate > 0 else 'below'} what comes true",
    )


def _without_sign(interval: Interval) -> Interval:
    inside = interval.lower <= 0 <= interval.upper
    ends = abs(interval.lower), abs(interval.upper)
    return Interval(lower=0.0 if inside else min(ends), upper=max(ends))


def _limited(
    looking: Looking, rule: Calibration, what: str, limit: float, key: str | None, seen: list[_Seen] | Trouble
) -> Finding:
    name = ".".join((Kind.CALIBRATION, what, *((key,) if key else ())))
    if isinstance(seen, Trouble):
        return Finding(
            name=name,
            kind=Kind.CALIBRATION,
            metric=what.removeprefix("max_"),
            verdict=seen.verdict,
            reason=seen.reason,
            message=f"calibration: {seen.message}",
            threshold=limit,
            digests=digests(looking.case.candidate, None),
        )
    verdicts = [_verdict(each, limit) for each in seen]
    verdict = combine(verdicts)
    worst = max((each for each, its in zip(seen, verdicts, strict=True) if its is verdict), key=lambda each: each.error)
    n = sum(each.n for each in seen)
    needed = _rows_needed(worst, n, limit, rule) if verdict is Verdict.INCONCLUSIVE else None
    return Finding(
        name=name,
        kind=Kind.CALIBRATION,
        metric=what.removeprefix("max_"),
        verdict=verdict,
        reason=_reason(verdict, worst, limit),
        message=_message(what, worst, limit, verdict, needed, rule.alpha, len(seen)),
        estimate=kept(worst.error),
        interval=kept_interval(worst.alone),
        threshold=limit,
        n=n,
        n_needed=needed,
        method="debiased bins, bounds of a sum of squares"
        if what == "max_error"
        else "influence values, Hall's interval",
        digests=digests(looking.case.candidate, None),
        parts=()
        if key is None
        else tuple(
            Part(
                name=each.name,
                verdict=its,
                n=each.n,
                estimate=kept(each.error),
                interval=kept_interval(each.alone),
                note=each.note or None,
            )
            for each, its in zip(seen, verdicts, strict=True)
        ),
    )


def _verdict(seen: _Seen, limit: float) -> Verdict:
    """Within by its own bound (all must be), beyond by that of the family."""
    if seen.family.lower > limit:
        return Verdict.FAIL
    return Verdict.PASS if seen.alone.upper <= limit else Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, worst: _Seen, limit: float) -> Reason:
    if verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT
    if verdict is Verdict.FAIL:
        return Reason.ABOVE_MAX
    return Reason.TOO_FEW_ROWS if worst.error <= limit else Reason.NEAR_THE_LIMIT


def _rows_needed(worst: _Seen, n: int, limit: float, rule: Calibration) -> int | None:
    """Rows at which a calibrated model would be shown to be within: bounds close in with the root of the rows for a
    gap, and with their fourth root at worst for the error. Approximate."""
    if worst.error > limit or limit <= 0 or worst.n < FEW_ROWS:
        return None
    factor = 1 + upper_quantile(1 - rule.power) / upper_quantile(rule.alpha)
    return max(int(n * (worst.alone.upper * factor / limit) ** 2) + 1, n + 1)


def _message(
    what: str, worst: _Seen, limit: float, verdict: Verdict, needed: int | None, alpha: float, many: int
) -> str:
    error = wording.apart(worst.error, limit, 3)
    ends = wording.between(worst.alone, alpha, 3, limit=limit)
    bound = wording.exactly(limit, 3)
    where = "" if many == 1 else f" in {worst.name}"
    if what == "max_error":
        said = f"scores and outcomes lie {error} apart{where}, root mean square without bias ({ends}; {worst.note})"
    else:
        said = f"the mean score lies {error} from the share of positives{where} ({ends}; {worst.note})"
    there = wording.rows(worst.n)
    if verdict is Verdict.PASS:
        return f"{said}; at most {bound}, shown with {there}" + ("" if many == 1 else f" in the worst of {many} groups")
    if verdict is Verdict.FAIL:
        return f"{said}; more than {bound}, shown with {there}"
    if needed is None:
        return f"{said}; whether it is at most {bound} cannot be told with {there}"
    return (
        f"{said}; that it is at most {bound} cannot be shown with {there}; "
        f"about {wording.rows(needed)} would decide if scores are calibrated"
    )
