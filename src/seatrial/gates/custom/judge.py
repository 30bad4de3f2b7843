"""The custom gate: results that a stage of the user's left, against limits of the gate set.

A result that the set names and nobody made is an ERROR: a check that was forgotten is not one that passed. Where a
result brings an interval, the interval decides, with three verdicts; a value alone is compared as it is. A verdict of
its own counts beside the limits, and the worse of the two stands.
"""

from __future__ import annotations

from seatrial.evidence.own_result_records import OwnResult, OwnResults
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.custom.policy import KIND, Custom, OwnLimit
from seatrial.gates.figures import kept
from seatrial.gates.quoting import shown
from seatrial.nearest import nearest
from seatrial.verdict import Finding, Verdict, combine

_OWN = {
    Verdict.PASS: Reason.OWN_PASS,
    Verdict.FAIL: Reason.OWN_FAIL,
    Verdict.INCONCLUSIVE: Reason.OWN_INCONCLUSIVE,
    Verdict.ERROR: Reason.OWN_ERROR,
}


def judge(rule: Custom, results: OwnResults | None) -> tuple[Finding, ...]:
    """One finding for each result that the set names. Never raises for evidence that does not fit."""
    return tuple(_finding(name, limit, results) for name, limit in rule.limits.items())


def _finding(name: str, limit: OwnLimit, results: OwnResults | None) -> Finding:
    if results is None:
        return _missing(name, {}, "no stage left results of gates of its own")
    digests = {"custom": results.source.digest}
    result = results.results.get(name)
    if result is None:
        close = nearest(name, results.results)
        near = f"; the nearest one is `{close}`" if close else ""
        return _missing(name, digests, f"{results.source.path} has no result `{shown(name)}`{near}")
    if result.value is None and (limit.min is not None or limit.max is not None):
        return _missing(name, digests, f"`{shown(name)}` has no value to hold against a limit", Reason.NOT_MEASURED)
    by_limit = _by_limit(result, limit)
    verdicts = [each for each in (by_limit, result.verdict) if each is not None]
    if not verdicts:
        return _missing(name, digests, f"`{shown(name)}` has a value, and the gate no limit", Reason.NO_LIMIT)
    verdict = combine(verdicts)
    return Finding(
        name=f"{KIND}.{name}",
        kind=KIND,
        metric=name,
        verdict=verdict,
        reason=_reason(verdict, by_limit, result, limit),
        message=_message(name, result, limit, verdict),
        estimate=None if result.value is None else kept(result.value),
        interval=None if result.interval is None else (kept(result.interval[0]), kept(result.interval[1])),
        threshold=limit.min if limit.min is not None else limit.max,
        n=result.n,
        method="the user's own",
        candidate=None if result.value is None else kept(result.value),
        digests=digests,
    )


def _by_limit(result: OwnResult, limit: OwnLimit) -> Verdict | None:
    if result.value is None or (limit.min is None and limit.max is None):
        return None
    low, high = result.interval or (result.value, result.value)
    least = -float("inf") if limit.min is None else limit.min
    most = float("inf") if limit.max is None else limit.max
    if least <= low and high <= most:
        return Verdict.PASS
    return Verdict.FAIL if high < least or low > most else Verdict.INCONCLUSIVE


def _reason(verdict: Verdict, by_limit: Verdict | None, result: OwnResult, limit: OwnLimit) -> Reason:
    if by_limit is not verdict:
        return _OWN[verdict]
    if verdict is Verdict.PASS:
        return Reason.WITHIN_LIMIT
    if verdict is Verdict.INCONCLUSIVE:
        return Reason.NEAR_THE_LIMIT
    below = limit.min is not None and result.value is not None and result.value < limit.min
    return Reason.BELOW_MIN if below else Reason.ABOVE_MAX


def _message(name: str, result: OwnResult, limit: OwnLimit, verdict: Verdict) -> str:
    said = shown(name)
    if result.value is not None:
        said += f" {result.value:.6g}"
        if result.interval is not None:
            said += f" (interval {result.interval[0]:.6g} to {result.interval[1]:.6g})"
    limits = [
        f"{word} {wording.exactly(value, 0)}"
        for word, value in (("at least", limit.min), ("at most", limit.max))
        if value is not None
    ]
    verb = {Verdict.PASS: "is", Verdict.FAIL: "is not"}.get(verdict, "cannot be told to be")
    if limits:
        said += f" {verb} {' and '.join(limits)}"
    if result.verdict is not None:
        said += f"; its own verdict is {result.verdict}"
    return f"{said}; {shown(result.message)}" if result.message else said


def _missing(name: str, digests: dict[str, str], message: str, reason: Reason = Reason.OWN_RESULT_MISSING) -> Finding:
    return Finding(
        name=f"{KIND}.{name}",
        kind=KIND,
        metric=name,
        verdict=Verdict.ERROR,
        reason=reason,
        message=message,
        digests=digests,
    )
