"""The slices gate: is the candidate worse in any part of the rows?

One finding for each metric and grouping, whose parts are the slices. "No slice is worse by the margin" is shown only
if it is shown in every slice. That some slice is worse needs evidence that survives the number of slices, over all
groupings and metrics of the gate: with twenty slices of two hundred rows an identical model looks worse by more than
a point in some slice nearly always.

Values shown beside a slice are its own. In the words of the message they are never shrunk or smoothed: a slice is
judged by its own rows.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.gates import comparison, saying, slice_words, wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.comparison import Compared
from seatrial.gates.figures import kept, kept_interval, with_note
from seatrial.gates.looking import Against, Looking, Trouble
from seatrial.gates.policy import Comparing, GateSet
from seatrial.gates.regression import covered, digests, margin_for, without_rows
from seatrial.metrics.measure import JOINT, Measuring
from seatrial.verdict import Finding, Part, Verdict, combine


class _Slice(Struct, frozen=True, kw_only=True):
    """One slice: its answer, or why it has none."""

    name: str
    n: int
    compared: Compared | None
    why: str | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.INCONCLUSIVE if self.compared is None else self.compared.verdict


class _Asked(Struct, frozen=True, kw_only=True):
    """One metric in one grouping."""

    metric: str
    grouping: tuple[str, ...]
    slices: tuple[_Slice, ...] = ()
    trouble: Trouble | None = None


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """A finding for each metric and grouping; none where the set has no such gate, or this is the first model."""
    rule = gate_set.slices
    if rule is None:
        return ()
    other = looking.other()
    names = covered(gate_set, rule.comparing, looking)
    if isinstance(other, Trouble) and other.left_out:
        return ()
    if isinstance(other, Trouble) or other.same_artifact:
        trouble = other if isinstance(other, Trouble) else _same(other)
        asked = [_Asked(metric=name, grouping=by, trouble=trouble) for name in names for by in rule.by]
    else:
        asked = _corrected(
            [_ask(looking, rule.comparing, name, by) for name in names for by in rule.by], rule.comparing
        )
    against = None if isinstance(other, Trouble) else other
    return tuple(_finding(each, rule.comparing, looking, against) for each in asked)


def _same(other: Against) -> Trouble:
    message = f"the candidate is the very same artifact as {other.label}: it cannot be worse in any slice"
    return Trouble(verdict=Verdict.PASS, reason=Reason.SAME_ARTIFACT, message=message)


def _ask(looking: Looking, rule: Comparing, name: str, grouping: tuple[str, ...]) -> _Asked:
    metric, margin = looking.metric(name), margin_for(rule, name)
    if metric is None:
        return _Asked(metric=name, grouping=grouping, trouble=without_rows(looking, name))
    rows, key = looking.paired(), JOINT.join(grouping)
    found = comparison.figures_for(rows, metric, margin, key)
    if isinstance(found, Trouble):
        return _Asked(metric=name, grouping=grouping, trouble=found)
    groups = rows.groups(key) if isinstance(rows, Measuring) else None
    made = tuple(
        _Slice(
            name=label,
            n=figure.n,
            compared=None if why is not None else comparison.compare(metric, figure, margin, rule, many=True),
            why=why,
        )
        for label, figure in zip(groups.names if groups else (), found, strict=True)
        for why in (figure.undefined or comparison.no_margin(figure, margin),)
    )
    return _Asked(metric=name, grouping=grouping, slices=made)


def _corrected(asked: list[_Asked], rule: Comparing) -> list[_Asked]:
    """All slices of the gate as one family."""
    family = [one.compared for each in asked for one in each.slices if one.compared is not None]
    answers = iter(comparison.corrected(family, rule))
    return [
        _Asked(
            metric=each.metric,
            grouping=each.grouping,
            trouble=each.trouble,
            slices=tuple(
                one if one.compared is None else _Slice(name=one.name, n=one.n, compared=next(answers), why=one.why)
                for one in each.slices
            ),
        )
        for each in asked
    ]


def _finding(asked: _Asked, rule: Comparing, looking: Looking, other: Against | None) -> Finding:
    verdict = asked.trouble.verdict if asked.trouble else combine(one.verdict for one in asked.slices)
    worst = _telling(asked.slices, verdict)
    needed = _rows_needed(asked.slices) if verdict is Verdict.INCONCLUSIVE else None
    shown = worst.compared if worst is not None else None
    found = Finding(
        name=f"{Kind.SLICES}.{asked.metric}.{JOINT.join(asked.grouping)}",
        kind=Kind.SLICES,
        metric=asked.metric,
        verdict=verdict,
        reason=asked.trouble.reason if asked.trouble else _reason(verdict, worst),
        message=asked.trouble.message if asked.trouble else _message(asked, verdict, worst, rule, other, needed),
        estimate=None if shown is None else kept(shown.figure.difference or 0.0),
        interval=None if shown is None else kept_interval(shown.interval),
        threshold=None if shown is None else kept(shown.threshold),
        n=sum(one.n for one in asked.slices) or None,
        n_needed=needed,
        method=None if shown is None else f"{shown.result.method}, {rule.correction} over all slices",
        candidate=None if shown is None else kept(shown.figure.candidate),
        baseline=None if shown is None else kept(shown.figure.baseline or 0.0),
        digests=digests(looking.case.candidate, None if other is None else other.evidence),
        parts=tuple(_part(one) for one in asked.slices),
    )
    return with_note(found, None if shown is None else shown.figure)


def _telling(slices: tuple[_Slice, ...], verdict: Verdict) -> _Slice | None:
    """The slice that the finding's figures are of: of those with its verdict the one with the least good bound."""
    found = [one for one in slices if one.verdict is verdict and one.compared is not None]
    return min(
        found,
        key=lambda one: one.compared.result.interval.lower if one.compared is not None else 0.0,
        default=next((one for one in slices if one.verdict is verdict), None),
    )


def _rows_needed(slices: tuple[_Slice, ...]) -> int | None:
    """Rows of the whole test set, if it keeps its mix: what the slice that needs most of them needs."""
    total = sum(one.n for one in slices)
    needed = []
    for one in slices:
        if one.verdict is not Verdict.INCONCLUSIVE:
            continue
        if one.compared is None or one.compared.n_needed is None:
            return None
        needed.append(-(-one.compared.n_needed * total // one.n))
    return max(needed, default=None)


def _reason(verdict: Verdict, worst: _Slice | None) -> Reason:
    match verdict:
        case Verdict.PASS:
            return Reason.NOT_WORSE
        case Verdict.FAIL:
            return Reason.SLICE_WORSE
        case _:
            return Reason.UNDEFINED if worst is None or worst.compared is None else worst.compared.reason


def _message(
    asked: _Asked,
    verdict: Verdict,
    worst: _Slice | None,
    rule: Comparing,
    other: Against | None,
    needed: int | None,
) -> str:
    by, many = " and ".join(asked.grouping), len(asked.slices)
    label = other.label if other is not None else "the baseline"
    with_it = [one.name for one in asked.slices if one.verdict is verdict]
    if worst is None:
        return f"{asked.metric} by {by}: there are no slices"
    if worst.compared is None:
        named = slice_words.named(asked.grouping, with_it)
        return f"{asked.metric} by {by}: no value in {named} ({worst.why}), so nothing can be said there"
    within = saying.Within(where=slice_words.where(asked.grouping, worst.name), all_need=needed)
    one = saying.sentence(asked.metric, worst.compared, label, rule.alpha, within=within)
    if verdict is Verdict.PASS:
        margin = wording.margin(worst.compared.margin)
        return f"{asked.metric} is worse by {margin} or more in none of {many} slices by {by}; least sure: {one}"
    word = "worse" if verdict is Verdict.FAIL else "undecided"
    verb = "is" if len(with_it) == 1 else "are"
    return (
        f"{len(with_it)} of {many} slices by {by} {verb} {word} ({slice_words.named(asked.grouping, with_it)}): {one}"
    )


def _part(one: _Slice) -> Part:
    if one.compared is None:
        return Part(name=one.name, verdict=one.verdict, n=one.n, note=one.why)
    figure = one.compared.figure
    return Part(
        name=one.name,
        verdict=one.verdict,
        n=one.n,
        estimate=kept(figure.difference or 0.0),
        interval=kept_interval(one.compared.interval),
        n_needed=one.compared.n_needed,
        candidate=kept(figure.candidate),
        baseline=kept(figure.baseline or 0.0),
    )
