"""The regression gate: is the candidate worse than the baseline by the margin or more, in any metric asked for?

Both models answered the same rows, joined by id. `stats/noninferiority.py` has the rule; this file decides what may
be compared at all. The order of the questions matters: the same artifact is the same model whatever its rows say, and
rows that do not match are an ERROR, never a comparison of what is left.

With an `anchor` the same is asked against an older model by a larger margin: twenty promotions in a row, each not
worse by a point, could otherwise lose several.
"""

from __future__ import annotations

from seatrial.gates import comparison, saying, wording
from seatrial.gates.codes import Kind, Reason
from seatrial.gates.comparison import ACCURACY, Compared
from seatrial.gates.evidence import Evidence
from seatrial.gates.figures import kept, kept_interval, with_note
from seatrial.gates.looking import Against, Looking, Trouble
from seatrial.gates.margin import Margin
from seatrial.gates.policy import Comparing, GateSet
from seatrial.metrics.catalog import close_to
from seatrial.metrics.figures import Figure
from seatrial.replacing import replace
from seatrial.stats.tango import PairedCounts
from seatrial.verdict import Finding, Verdict


def judge(gate_set: GateSet, looking: Looking) -> tuple[Finding, ...]:
    """One finding for each metric, or none: the set has no such gate, or the user declared this the first model."""
    rule = gate_set.regression
    if rule is None:
        return ()
    found = _against(gate_set, looking, rule.comparing, Kind.REGRESSION, anchor=False)
    if rule.anchor is not None:
        found += _against(gate_set, looking, rule.anchor, f"{Kind.REGRESSION}.anchor", anchor=True)
    return found


def covered(gate_set: GateSet, rule: Comparing, looking: Looking) -> tuple[str, ...]:
    """The metrics that a comparison is about, as the user calls them."""
    if rule.metrics is not None:
        return rule.metrics
    if rule.margins:
        return tuple(rule.margins)
    counted = tuple(name for name in gate_set.performance if looking.metric(name) is not None)
    return counted or (ACCURACY,)


def margin_for(rule: Comparing, name: str) -> Margin:
    """The margin of a metric."""
    return rule.margins.get(name) or rule.margin or Margin(value=0.0)


def _against(gate_set: GateSet, looking: Looking, rule: Comparing, prefix: str, *, anchor: bool) -> tuple[Finding, ...]:
    other = looking.other(anchor=anchor)
    names = covered(gate_set, rule, looking)
    if isinstance(other, Trouble):
        return () if other.left_out else tuple(_plain(prefix, name, rule, looking, None, other) for name in names)
    if other.same_artifact:
        same = Trouble(
            verdict=Verdict.PASS,
            reason=Reason.SAME_ARTIFACT,
            message=f"the candidate is the very same artifact as {other.label}: it cannot be worse",
        )
        return tuple(_plain(prefix, name, rule, looking, other.evidence, same) for name in names)
    asked = [(name, _compared(looking, rule, name, anchor=anchor)) for name in names]
    family = iter(comparison.corrected([each for _, each in asked if isinstance(each, Compared)], rule))
    return tuple(
        _plain(prefix, name, rule, looking, other.evidence, each)
        if isinstance(each, Trouble)
        else _finding(prefix, name, next(family), rule, looking, other)
        for name, each in asked
    )


def _compared(looking: Looking, rule: Comparing, name: str, *, anchor: bool) -> Compared | Trouble:
    metric, margin = looking.metric(name), margin_for(rule, name)
    if metric is None:
        return without_rows(looking, name)
    found = comparison.figures_for(looking.paired(anchor=anchor), metric, margin)
    if isinstance(found, Trouble):
        return found
    (figure,) = found
    if looking.case.more is not None and name == ACCURACY and not anchor and figure.paired is not None:
        figure = with_more(figure, looking.case.more)
    if figure.undefined is not None:
        message = f"{name} has no value on these rows: {figure.undefined}"
        return Trouble(verdict=Verdict.ERROR, reason=Reason.UNDEFINED, message=message)
    why = comparison.no_margin(figure, margin)
    if why is not None:
        return Trouble(verdict=Verdict.INCONCLUSIVE, reason=Reason.UNDEFINED, message=f"{name}: {why}")
    return comparison.compare(metric, figure, margin, rule)


def with_more(figure: Figure, more: PairedCounts) -> Figure:
    """An accuracy's figure with the counts of rows of which only those that tell the models apart were labelled."""
    known = figure.paired
    assert known is not None  # noqa: S101 - the caller has looked
    both = PairedCounts(
        n=known.n + more.n,
        candidate_only=known.candidate_only + more.candidate_only,
        baseline_only=known.baseline_only + more.baseline_only,
    )
    where = f"accuracies are of the {wording.rows(known.n)} that all have labels, the difference is of all {both.n:,}"
    return replace(figure, n=both.n, paired=both, note=where)


def without_rows(looking: Looking, name: str) -> Trouble:
    """A metric that no row explains."""
    if name in looking.case.candidate.metrics:
        message = (
            f"{name} comes from a metrics file, which has no rows: how sure a difference is cannot be computed, "
            f"so only a plain limit under `performance` is possible"
        )
    else:
        near = close_to(name)
        meant = f"; did you mean `{near}`?" if near else ""
        message = f"{name} is neither a metric that Seatrial computes nor a declared column of numbers{meant}"
    return Trouble(verdict=Verdict.ERROR, reason=Reason.METRIC_UNSUPPORTED, message=message)


def _finding(prefix: str, name: str, compared: Compared, rule: Comparing, looking: Looking, other: Against) -> Finding:
    figure = compared.figure
    found = Finding(
        name=f"{prefix}.{name}",
        kind=Kind.REGRESSION,
        metric=name,
        verdict=compared.verdict,
        reason=compared.reason,
        message=saying.sentence(name, compared, other.label, rule.alpha),
        estimate=kept(figure.difference or 0.0),
        interval=kept_interval(compared.interval),
        threshold=kept(compared.threshold),
        n=figure.n,
        n_needed=compared.n_needed,
        method=compared.result.method,
        candidate=kept(figure.candidate),
        baseline=kept(figure.baseline or 0.0),
        digests=digests(looking.case.candidate, other.evidence),
    )
    return with_note(found, figure)


def _plain(
    prefix: str, name: str, rule: Comparing, looking: Looking, other: Evidence | None, trouble: Trouble
) -> Finding:
    """A finding without figures."""
    metric, margin = looking.metric(name), margin_for(rule, name)
    lower = metric is not None and not metric.higher_is_better
    return Finding(
        name=f"{prefix}.{name}",
        kind=Kind.REGRESSION,
        metric=name,
        verdict=trouble.verdict,
        reason=trouble.reason,
        message=trouble.message,
        threshold=None if margin.relative else margin.value if lower else -margin.value,
        digests=digests(looking.case.candidate, other),
    )


def digests(candidate: Evidence, other: Evidence | None) -> dict[str, str]:
    """The evidence of a comparison, by content."""
    found: dict[str, str] = {}
    for role, evidence in (("candidate", candidate), ("baseline", other)):
        if evidence is not None and evidence.artifact is not None:
            found[f"{role}_artifact"] = evidence.artifact
        if evidence is not None and evidence.predictions is not None:
            found[f"{role}_predictions"] = evidence.predictions.source.digest
    return found
