"""The calibration gate: do probabilities come true as often as they say?

`max_error` limits the root mean square gap between scores and shares over bins, without the bias that small bins give
it; `max_gap` limits how far the mean score lies from the share of positives. Each is asked of all rows, and of every
group of `by`. Whether a model is worse than its baseline here is a question for `regression` on `brier` or
`log_loss`, which are means over rows and need no bins.
"""

from __future__ import annotations

from seatrial.gates import wording
from seatrial.gates.calibration.plan import can_be_planned, rows_needed
from seatrial.gates.calibration.seen import Seen, errors, gaps
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.looking import Looking, Trouble
from seatrial.gates.policy import Calibration, GateSet
from seatrial.gates.regression import digests
from seatrial.metrics.measure import JOINT
from seatrial.verdict import Finding, Part, Verdict, combine


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """A finding for each limit, over all rows and by each grouping."""
    rule = gate_set.calibration
    if rule is None:
        return ()
    found = []
    for grouping in (None, *rule.by):
        key = None if grouping is None else JOINT.join(grouping)
        if rule.max_error is not None:
            found.append(_limited(looking, rule, "max_error", rule.max_error, key, errors(looking, rule, key)))
        if rule.max_gap is not None:
            found.append(_limited(looking, rule, "max_gap", rule.max_gap, key, gaps(looking, rule, key)))
    return tuple(found)


def _limited(
    looking: Looking, rule: Calibration, what: str, limit: float, key: str | None, seen: list[Seen] | Trouble
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
    worst = max(
        (each for each, its in zip(seen, verdicts, strict=True) if its is verdict),
        key=lambda each: (each.noise is None, each.error),  # of which nothing can be said, then the furthest off
    )
    n = sum(each.n for each in seen)
    reason, needed = _reason(verdict, seen, n, limit, rule)
    return Finding(
        name=name,
        kind=Kind.CALIBRATION,
        metric=what.removeprefix("max_"),
        verdict=verdict,
        reason=reason,
        message=_message(what, worst, limit, reason, needed, rule.alpha, len(seen)),
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


def _verdict(seen: Seen, limit: float) -> Verdict:
    """Within by its own bound (all must be), beyond by that of the family."""
    if seen.family.lower > limit:
        return Verdict.FAIL
    return Verdict.PASS if seen.alone.upper <= limit else Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, seen: list[Seen], n: int, limit: float, rule: Calibration) -> tuple[Reason, int | None]:
    """Why, and how many rows in all would show a calibrated model to be within."""
    if verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT, None
    if verdict is Verdict.FAIL:
        return Reason.ABOVE_MAX, None
    if not can_be_planned(seen):
        return Reason.TOO_FEW_INFORMATIVE_ROWS, None
    needed = rows_needed(seen, limit, rule.alpha, rule.power)
    if needed is not None and needed <= n:  # a calibrated model would mostly have passed, so this one may well not be
        return Reason.NEAR_THE_LIMIT, None
    return Reason.TOO_FEW_ROWS, needed


def _message(what: str, worst: Seen, limit: float, reason: Reason, needed: int | None, alpha: float, many: int) -> str:
    error = wording.apart(worst.error, limit, 3)
    ends = wording.between(worst.alone, alpha, 3, limit=limit)
    bound = wording.exactly(limit, 3)
    where = "" if many == 1 else f" in {worst.name}"
    if what == "max_error":
        said = f"scores and outcomes lie {error} apart{where}, root mean square without bias ({ends}; {worst.note})"
    else:
        said = f"the mean score lies {error} from the share of positives{where} ({ends}; {worst.note})"
    there = wording.rows(worst.n)
    if reason is Reason.WITHIN_LIMIT:
        return f"{said}; at most {bound}, shown with {there}" + ("" if many == 1 else f" in the worst of {many} groups")
    if reason is Reason.ABOVE_MAX:
        return f"{said}; more than {bound}, shown with {there}; only scores that come true more nearly change that"
    if reason is Reason.NEAR_THE_LIMIT:
        return f"{said}; whether it is at most {bound} cannot be told with {there}: it lies close to the limit"
    if needed is None:
        return f"{said}; whether it is at most {bound} cannot be told with {there}"
    return (
        f"{said}; that it is at most {bound} cannot be shown with {there}; "
        f"about {wording.rows(needed)}{'' if many == 1 else ' in all'} would decide if scores are calibrated"
    )
