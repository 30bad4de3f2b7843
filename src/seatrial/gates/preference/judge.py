"""The preference gate: does a judge like the candidate's answers no less than the baseline's?

A stage asked the judge and wrote the rows; here they are only counted. Findings:

- `preference.win_rate`: the candidate's share of wins is not below one half by `margin` or more (`stats/bounded_mean`);
- `preference.agreement`: the judge agrees with people on at least `min_agreement` of the ids they looked at, if asked.

A judge has a bias for what it sees first, so every id is needed in both orders unless the rule says otherwise, and
a judge that is not the one that was pinned has judged something else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from seatrial.errors import some_of
from seatrial.evidence.preference_records import Order, Preference, Preferences
from seatrial.gates import wording
from seatrial.gates.codes import Reason
from seatrial.gates.figures import SHOWN_ALPHA, kept, kept_interval
from seatrial.gates.not_worse import reason_of
from seatrial.gates.preference import counting
from seatrial.gates.preference.counting import Agreement
from seatrial.gates.preference.policy import KIND, Orders, PreferenceRule
from seatrial.gates.quoting import shown
from seatrial.stats.bounded_mean import MeanResult, Size, not_below
from seatrial.stats.interval import Interval
from seatrial.stats.kappa import cohen
from seatrial.stats.proportion import clopper_pearson, wilson
from seatrial.stats.rows import Assuming, share_rows_needed
from seatrial.verdict import Finding, Part, Verdict

WIN_RATE = "win_rate"
AGREEMENT = "agreement"
_SHOWN = 5
_EVEN = 0.5


def judge(rule: PreferenceRule, preferences: Preferences | None, *, label: str) -> tuple[Finding, ...]:
    """The findings of the gate; `label` names the baseline. Never raises for evidence that does not fit."""
    if preferences is None:
        message = f"there are no preferences between the candidate and {label}"
        return (_error(rule, WIN_RATE, Reason.PREFERENCES_MISSING, message, {}),)
    digests = {"preferences": preferences.source.digest}
    if rule.judge is not None and preferences.judge != rule.judge:
        message = f"the judge is '{shown(preferences.judge)}', and the gate names '{shown(rule.judge)}'"
        return (_error(rule, WIN_RATE, Reason.JUDGE_DIFFERS, message, digests),)
    if rule.orders is Orders.BOTH and (lacking := [one for one in preferences.by_id if len(one.winners) < 2]):
        return (_error(rule, WIN_RATE, Reason.ORDER_MISSING, _lacking(lacking, len(preferences.by_id)), digests),)
    found = counting.agreement(preferences.by_id)
    findings = (_win_rate(rule, preferences, found, digests, label),)
    return findings if rule.min_agreement is None else (*findings, _agreement(rule, rule.min_agreement, found, digests))


def _win_rate(
    rule: PreferenceRule, preferences: Preferences, found: Agreement, digests: dict[str, str], label: str
) -> Finding:
    values = counting.from_half(preferences)
    size = None if preferences.clustered else Size(least=0.25, most=_EVEN)
    result = not_below(values, size=size, margin=rule.margin, alpha=rule.alpha, power=rule.power)
    bounded = math.isfinite(result.interval.lower)
    interval = Interval(lower=max(0.0, _EVEN + result.interval.lower), upper=min(1.0, _EVEN + result.interval.upper))
    said = [
        _seen(rule, preferences, result, interval if bounded else None, label),
        _conclusion(rule, preferences, result, len(values)),
        _position(preferences.by_id),
        _people(found),
    ]
    return Finding(
        name=f"{KIND}.{WIN_RATE}",
        kind=KIND,
        metric=WIN_RATE,
        verdict=result.verdict,
        reason=_reason(result),
        message="; ".join(part for part in said if part),
        estimate=kept(_EVEN + result.mean),
        interval=kept_interval(interval) if bounded else None,
        threshold=kept(_EVEN - rule.margin),
        n=len(values),
        n_needed=result.rows.needed if result.rows else None,
        method=f"{result.method}, {'clusters' if preferences.clustered else 'ids'}",
        candidate=kept(_EVEN + result.mean),
        baseline=kept(_EVEN - result.mean),
        digests=digests,
        parts=_parts(preferences.by_id, found),
    )


def _reason(result: MeanResult) -> Reason:
    if result.verdict is Verdict.INCONCLUSIVE and not math.isfinite(result.interval.lower):
        return Reason.TOO_FEW_INFORMATIVE_ROWS
    return reason_of(result.verdict, result.rows)


def _seen(
    rule: PreferenceRule, preferences: Preferences, result: MeanResult, interval: Interval | None, label: str
) -> str:
    places = wording.decimals_for(4 * len(preferences.by_id))
    limit = _EVEN - rule.margin
    rate = wording.apart(_EVEN + result.mean, limit, places)
    between = "too few for an interval"
    if interval is not None:
        between = wording.between(interval, rule.alpha, places, limit=limit)
    return f"the candidate wins {rate} against {label}, ties half ({between}; judge '{shown(preferences.judge)}')"


def _conclusion(rule: PreferenceRule, preferences: Preferences, result: MeanResult, units: int) -> str:
    limit = wording.exactly(kept(_EVEN - rule.margin), 3)
    unit = "cluster" if preferences.clustered else "id"
    there = wording.units(units, unit)
    if result.verdict is Verdict.PASS:
        return f"that it lies above {limit} is shown with {there}"
    if result.verdict is Verdict.FAIL:
        return f"that it lies below {limit} is shown with {there}"
    cannot = f"that it lies above {limit} can be neither shown nor ruled out with {there}"
    if result.rows is None or result.rows.needed is None:
        return f"{cannot}, and no number of {unit}s can be named"
    stays = " if both are equally good" if result.rows.assuming is Assuming.EQUAL else " if it stays as seen"
    return f"{cannot}; about {result.rows.needed:,} {unit}s would decide{stays}"


def _position(preferences: Sequence[Preference]) -> str:
    seen = counting.position(preferences)
    if not seen.decided:
        return "the judge saw nothing but ties"
    places = wording.decimals_for(seen.decided)
    interval = wording.between(
        wilson(seen.first_wins, seen.decided, alpha=SHOWN_ALPHA), SHOWN_ALPHA, places, limit=_EVEN
    )
    share = wording.number(seen.first_wins / seen.decided, places)
    turned = f", and turning the order changed {seen.turned:,} of {seen.both:,} ids" if seen.both else ""
    alone = len(preferences) - seen.both
    shown_once = f", {alone:,} ids were shown in one order only" if alone else ""
    return f"what was shown first won {share} of {seen.decided:,} decided rows ({interval}){turned}{shown_once}"


def _parts(preferences: Sequence[Preference], found: Agreement) -> tuple[Part, ...]:
    """What the judge is like, as figures: how it goes by position, and how far it agrees with people."""
    seen = counting.position(preferences)
    parts = []
    if seen.decided:
        interval = kept_interval(wilson(seen.first_wins, seen.decided, alpha=SHOWN_ALPHA))
        share = kept(seen.first_wins / seen.decided)
        parts.append(Part(name="first shown wins", n=seen.decided, estimate=share, interval=interval))
    if seen.both:
        parts.append(
            Part(name="another winner in the other order", n=seen.both, estimate=kept(seen.turned / seen.both))
        )
    if n := len(found.pairs):
        interval = kept_interval(wilson(found.agreed, n, alpha=SHOWN_ALPHA))
        parts.append(Part(name="agrees with people", n=n, estimate=kept(found.agreed / n), interval=interval))
        if kappa := cohen(found.pairs, alpha=SHOWN_ALPHA):
            interval = kept_interval(kappa.interval)
            parts.append(Part(name="kappa with people", n=n, estimate=kept(kappa.value), interval=interval))
    return tuple(parts)


def _people(found: Agreement) -> str:
    n = len(found.pairs)
    if not n:
        return ""
    places = wording.decimals_for(n)
    said = f"the judge agrees with people on {found.agreed:,} of {n:,} ids"
    kappa = cohen(found.pairs, alpha=SHOWN_ALPHA)
    if kappa is None:
        return f"{said}, kappa does not exist"
    low, high = (wording.number(end, places) for end in (kappa.interval.lower, kappa.interval.upper))
    return f"{said}, kappa {wording.number(kappa.value, places)} (95 % interval {low} to {high})"


def _agreement(rule: PreferenceRule, least: float, found: Agreement, digests: dict[str, str]) -> Finding:
    n, agreed = len(found.pairs), found.agreed
    if not n:
        message = "nobody's word stands in the column `human`, so agreement with people cannot be told"
        return _error(rule, AGREEMENT, Reason.HUMAN_LABELS_MISSING, message, digests)
    interval = clopper_pearson(agreed, n, alpha=rule.alpha)
    rows = None
    if interval.lower >= least:
        verdict, reason = Verdict.PASS, Reason.WITHIN_LIMIT
    elif interval.upper < least:
        verdict, reason = Verdict.FAIL, Reason.BELOW_MIN
    else:
        verdict = Verdict.INCONCLUSIVE
        rows = share_rows_needed(agreed, n, limit=least, alpha=rule.alpha, power=rule.power)
        reason = Reason.NEAR_THE_LIMIT if rows.needed is None else Reason.TOO_FEW_ROWS
    places = wording.decimals_for(n)
    between = wording.between(interval, rule.alpha, places, limit=least)
    claim = f"at least {wording.exactly(least, 3)}"
    tail = {Verdict.PASS: f"that is {claim}", Verdict.FAIL: f"that is not {claim}"}.get(
        verdict, f"that it is {claim} can be neither shown nor ruled out"
    )
    more = f"; about {rows.needed:,} ids that people look at would decide" if rows and rows.needed else ""
    return Finding(
        name=f"{KIND}.{AGREEMENT}",
        kind=KIND,
        metric=AGREEMENT,
        verdict=verdict,
        reason=reason,
        message=f"{_people(found)}; share {wording.apart(agreed / n, least, places)} ({between}); {tail}{more}",
        estimate=kept(agreed / n),
        interval=kept_interval(interval),
        threshold=least,
        n=n,
        n_needed=rows.needed if rows else None,
        method="Clopper-Pearson bound",
        digests=digests,
    )


def _lacking(lacking: Sequence[Preference], n: int) -> str:
    named = [
        f"'{shown(one.id, 40)}' ({Order.CANDIDATE_FIRST if one.candidate_first is None else Order.BASELINE_FIRST})"
        for one in lacking
    ]
    return (
        f"{len(lacking):,} of {n:,} ids were shown in one order only; missing: {some_of(named, most=_SHOWN)}; a judge "
        "likes what it sees first, so ask it in both orders (or say `orders: any`)"
    )


def _error(rule: PreferenceRule, metric: str, reason: Reason, message: str, digests: dict[str, str]) -> Finding:
    threshold = rule.min_agreement if metric == AGREEMENT else kept(_EVEN - rule.margin)
    return Finding(
        name=f"{KIND}.{metric}",
        kind=KIND,
        metric=metric,
        verdict=Verdict.ERROR,
        reason=reason,
        message=message,
        threshold=threshold,
        digests=digests,
    )
