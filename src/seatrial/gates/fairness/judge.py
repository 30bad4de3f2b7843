"""The fairness gate: how far do groups lie apart, and further than under the baseline?

The distance of the farthest two of many groups is always above 0: of twenty equal groups with two hundred positives
each, the recalls of some two differ by ten points. So a disparity is never the largest value minus the smallest. It
FAILs where its lower bound lies beyond the limit (`stats/group_range.py`), PASSes where its upper bound lies within,
and is INCONCLUSIVE between.

A group in which the metric has no value (no positives) cannot be shown to be like the others: INCONCLUSIVE, and named.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

from msgspec import Struct

from seatrial.errors import some_of
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.fairness import plan, words
from seatrial.gates.fairness.questions import Question, questions
from seatrial.gates.fairness.records import Apart, Limit
from seatrial.gates.fairness.widening import Moved, widening
from seatrial.gates.figures import kept, kept_interval
from seatrial.gates.looking import Looking, Trouble, figures
from seatrial.gates.own import bounded
from seatrial.gates.policy import Fairness, GateSet
from seatrial.gates.regression import digests
from seatrial.metrics.catalog import Metric
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.replacing import replace
from seatrial.stats.group_range import GroupRange, range_of_estimates, range_of_shares, ratio_of_shares
from seatrial.stats.interval import Interval
from seatrial.verdict import Finding, Part, Verdict


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """A finding for each attribute, criterion and limit."""
    rule = gate_set.fairness
    if rule is None:
        return ()
    found: list[Finding] = []
    for grouping in rule.protected:
        for each in questions(rule, looking):
            found += _judged(looking, _Inquiry(rule=rule, grouping=grouping, question=each))
    return tuple(found)


class _Inquiry(Struct, frozen=True, kw_only=True):
    """One criterion for one attribute."""

    rule: Fairness
    grouping: tuple[str, ...]
    question: Question

    @property
    def key(self) -> str:
        """The attribute, as rows and people know it."""
        return JOINT.join(self.grouping)


def _judged(looking: Looking, inquiry: _Inquiry) -> list[Finding]:
    rule = inquiry.rule
    limits = [
        Limit(what=what, value=value)
        for what, value in (("difference", rule.max_disparity), ("ratio", rule.min_ratio))
        if value is not None
    ]
    found = [_against_limit(looking, inquiry, limit) for limit in limits]
    if rule.max_increase is not None:
        other = looking.other()
        if not (isinstance(other, Trouble) and other.left_out):
            limit = Limit(what="increase", value=rule.max_increase)
            found.append(_against_baseline(looking, inquiry, limit))
    return found


def _against_limit(looking: Looking, inquiry: _Inquiry, limit: Limit) -> Finding:
    metric, alpha, key = inquiry.question.metric, inquiry.question.alpha, inquiry.key
    rows = looking.alone()
    known = _figures(rows, metric, key)
    if isinstance(known, Trouble):
        return _finding(looking, inquiry, limit, known, (), paired=False)
    names = _names(rows, key)
    there = [(label, figure) for label, figure in zip(names, known, strict=True) if figure.undefined is None]
    parts = tuple(_part(label, figure, metric, alpha) for label, figure in zip(names, known, strict=True))
    if len(there) < 2:
        return _finding(looking, inquiry, limit, _alone(names, len(there), key), parts, paired=False)
    apart = _apart(there, alpha, limit.what)
    if isinstance(apart, Trouble):
        return _finding(looking, inquiry, limit, apart, parts, paired=False)
    planned = plan.alike([figure for _, figure in there])
    needed = None if planned is None else partial(plan.rows_needed, planned, limit, alpha, inquiry.rule.power)
    return _finding(looking, inquiry, limit, apart, parts, paired=False, needed=needed)


def _apart(groups: Sequence[tuple[str, Figure]], alpha: float, what: str) -> Apart | Trouble:
    shares = [figure.share for _, figure in groups]
    if what == "ratio" and not any(share is None or share[0] for share in shares):
        message = "it is 0 in every group, and a ratio of nothing to nothing has no value"
        return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.UNDEFINED, message=message)
    if all(share is not None for share in shares):
        right, n = zip(*(share for share in shares if share is not None), strict=True)
        found = (range_of_shares if what == "difference" else ratio_of_shares)(right, n, alpha=alpha)
        return _named(groups, found, "studentised range of shares")
    if what == "ratio":
        message = (
            "a ratio between groups is bounded for shares of rows only, and rows in clusters are not counted as such"
        )
        return Trouble(verdict=Verdict.ERROR, reason=Reason.METRIC_UNSUPPORTED, message=message)
    enough = [f.own is not None and f.own.effective_units >= f.least and f.support > 0 for _, f in groups]
    spread = [f.own.standard_error if f.own is not None else 0.0 for _, f in groups]
    if not all(enough) or min(spread) <= 0:
        few = [label for (label, _), carried in zip(groups, enough, strict=True) if not carried]
        message = f"too few rows to bound it in {some_of(few)}"
        return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.TOO_FEW_INFORMATIVE_ROWS, message=message)
    freedom = min(f.own.n for _, f in groups if f.own is not None) - 1
    values = [figure.candidate for _, figure in groups]
    found = range_of_estimates(values, spread, alpha=alpha, freedom=freedom)
    return _named(groups, found, "studentised range of estimates")


def _named(groups: Sequence[tuple[str, Figure]], found: GroupRange, method: str) -> Apart:
    pair = (groups[found.seen.high][0], groups[found.seen.low][0])
    method = _noted(method, [groups[found.seen.high][1], groups[found.seen.low][1]])
    return Apart(estimate=found.estimate, lower=found.lower, upper=found.upper, pair=pair, method=method)


def _noted(method: str, figures: Sequence[Figure]) -> str:
    """The method, with what is to be said of how figures were found."""
    return "; ".join(dict.fromkeys((method, *(figure.note for figure in figures if figure.note is not None))))


def _against_baseline(looking: Looking, inquiry: _Inquiry, limit: Limit) -> Finding:
    metric, alpha, key = inquiry.question.metric, inquiry.question.alpha, inquiry.key
    other, rows = looking.other(), looking.paired()
    if not isinstance(other, Trouble) and other.same_artifact:
        same = Trouble(
            verdict=Verdict.PASS,
            reason=Reason.SAME_ARTIFACT,
            message=f"the candidate is the very same artifact as {other.label}: groups cannot have moved apart",
        )
        return _finding(looking, inquiry, limit, same, (), paired=True)
    minus, plus = _figures(rows, metric, key), _figures(rows, metric, key, ratio=-1.0)
    if isinstance(minus, Trouble) or isinstance(plus, Trouble):
        trouble = minus if isinstance(minus, Trouble) else plus
        assert isinstance(trouble, Trouble)  # noqa: S101 - one of the two is
        return _finding(looking, inquiry, limit, trouble, (), paired=True)
    names = _names(rows, key)
    parts = tuple(_part(label, figure, metric, alpha) for label, figure in zip(names, minus, strict=True))
    moved = [
        (label, Moved(candidate=a.candidate, baseline=a.baseline or 0.0, of_minus=_variance(a), of_plus=_variance(b)))
        for label, a, b in zip(names, minus, plus, strict=True)
        if _believed(a) and _believed(b)
    ]
    if len(moved) < 2:
        return _finding(looking, inquiry, limit, _alone(names, len(moved), key), parts, paired=True)
    known = {label for label, _ in moved}
    parts = tuple(part if part.name in known else _unknown(part) for part in parts)
    found = widening([each for _, each in moved], alpha=alpha)
    apart = Apart(
        estimate=found.estimate,
        lower=found.lower,
        upper=found.upper,
        pair=(moved[found.pair[0]][0], moved[found.pair[1]][0]),
        method=_noted(
            "signed gaps of pairs, studentised range", [minus[names.index(moved[at][0])] for at in found.pair]
        ),
    )
    moving = [plan.Moving(variance=_squared_error(a), unit=_unit(a)) for a in minus if _believed(a)]
    rows_there = sum(figure.n for figure in minus)
    needed = partial(plan.rows_of_increase, moving, rows_there, limit.value, alpha, inquiry.rule.power)
    return _finding(looking, inquiry, limit, apart, parts, paired=True, needed=needed)


def _believed(figure: Figure) -> bool:
    """Whether a group's spread says anything: enough units carry it, or what one unit can do is bounded."""
    if figure.undefined is not None or figure.apart is None:
        return False
    return math.isfinite(figure.reach) or figure.apart.effective_units >= figure.least


def _unknown(part: Part) -> Part:
    """A group that cannot be compared with the others: it has no estimate, and says why."""
    return replace(part, estimate=None, interval=None, note=part.note or "too few rows to see how it moved")


def _variance(figure: Figure) -> float:
    """Of the difference (or sum) of the two models in a group, with one more unit at the far end if that is known."""
    return _squared_error(figure) + _unit(figure) ** 2


def _squared_error(figure: Figure) -> float:
    return 0.0 if figure.apart is None else figure.apart.standard_error**2


def _unit(figure: Figure) -> float:
    """What one more unit could do."""
    return figure.reach / figure.apart.n if figure.apart is not None and math.isfinite(figure.reach) else 0.0


def _figures(
    rows: Measuring | Trouble, metric: Metric | None, key: str, *, ratio: float = 1.0
) -> tuple[Figure, ...] | Trouble:
    if metric is None:
        message = "that is neither a fairness criterion nor a metric that Seatrial computes from rows"
        return Trouble(verdict=Verdict.ERROR, reason=Reason.METRIC_UNSUPPORTED, message=message)
    return figures(rows, metric, key, ratio=ratio)


def _names(rows: Measuring | Trouble, key: str) -> tuple[str, ...]:
    groups = None if isinstance(rows, Trouble) else rows.groups(key)
    return () if groups is None else groups.names


def _alone(names: Sequence[str], known: int, key: str) -> Trouble:
    if len(names) < 2:
        return Trouble(
            verdict=Verdict.ERROR,
            reason=Reason.ONE_GROUP,
            message=f"all rows have the same {key}, so there are no groups to compare",
        )
    return Trouble(
        verdict=Verdict.INCONCLUSIVE,
        reason=Reason.UNDEFINED,
        message=f"it has a value in {known} of {len(names)} groups by {key}, so there is nothing to compare",
    )


def _part(label: str, figure: Figure, metric: Metric | None, alpha: float) -> Part:
    if figure.undefined is not None or metric is None:
        return Part(name=label, n=figure.n, note=figure.undefined)
    seen = bounded(metric, figure, alpha, exact=False)
    return Part(
        name=label,
        n=figure.n,
        estimate=kept(figure.candidate if figure.difference is None else figure.difference),
        interval=kept_interval(seen.interval) if figure.difference is None else None,
        candidate=kept(figure.candidate),
        baseline=None if figure.baseline is None else kept(figure.baseline),
        note=None if figure.share is None or figure.share[1] == figure.n else f"of {figure.share[1]:,} rows",
    )


def _finding(
    looking: Looking,
    inquiry: _Inquiry,
    limit: Limit,
    seen: Apart | Trouble,
    parts: tuple[Part, ...],
    *,
    paired: bool,
    needed: Callable[[], int | None] | None = None,
) -> Finding:
    asked, alpha, key = inquiry.question.asked, inquiry.question.alpha, inquiry.key
    n = sum(part.n or 0 for part in parts)
    missing = tuple(part.name for part in parts if part.estimate is None)
    if isinstance(seen, Trouble):
        verdict, reason, rows = seen.verdict, seen.reason, None
        message = seen.message if seen.verdict is Verdict.PASS else f"{asked} by {key}: {seen.message}"
    else:
        verdict, reason = _verdict(seen, limit, missing)
        rows = needed() if needed is not None and reason is Reason.TOO_FEW_ROWS else None
        if rows is not None and rows <= n:  # groups that are alike would mostly have passed, so these may well not be
            rows, reason = None, Reason.NEAR_THE_LIMIT
        message = words.sentence(asked, key, seen, limit, verdict, reason, missing, rows, alpha)
        message += "" if inquiry.question.note is None else f"; {inquiry.question.note}"
    other = looking.other() if paired else None
    evidence = None if other is None or isinstance(other, Trouble) else other.evidence
    suffix = "" if limit.what == "difference" else f".{limit.what}"
    return Finding(
        name=f"{Kind.FAIRNESS}.{asked}.{key}{suffix}",
        kind=Kind.FAIRNESS,
        metric=asked,
        verdict=verdict,
        reason=reason,
        message=message,
        estimate=None if isinstance(seen, Trouble) else kept(seen.estimate),
        interval=None if isinstance(seen, Trouble) else kept_interval(Interval(lower=seen.lower, upper=seen.upper)),
        threshold=limit.value,
        n=n or None,
        n_needed=rows,
        method=None if isinstance(seen, Trouble) else seen.method,
        digests=digests(looking.case.candidate, evidence),
        parts=parts,
    )


def _verdict(seen: Apart, limit: Limit, missing: tuple[str, ...]) -> tuple[Verdict, Reason]:
    if limit.what == "ratio":
        within, beyond = seen.lower >= limit.value, seen.upper < limit.value
    else:
        within, beyond = seen.upper <= limit.value, seen.lower > limit.value
    if beyond:
        return Verdict.FAIL, Reason.DISPARITY
    if missing:
        return Verdict.INCONCLUSIVE, Reason.UNDEFINED
    return (Verdict.PASS, Reason.GROUPS_ALIKE) if within else (Verdict.INCONCLUSIVE, Reason.TOO_FEW_ROWS)
