"""Evidence files into the records that gates judge, and metrics side by side for the report.

Called by `judging` alone, and only when an answer is not remembered: this module brings tables
and numerics with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seatrial.evidence.answers import read_answers
from seatrial.evidence.contract_report import read_contract_report
from seatrial.evidence.large_rows import read_rows
from seatrial.evidence.measurement import read_measurement
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.own_results import read_own_results
from seatrial.evidence.policy import Columns, OutKind
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.preferences import read_preferences
from seatrial.evidence.records import LargePredictions, Predictions
from seatrial.evidence.timings import read_timings
from seatrial.flows import baselines
from seatrial.flows.dossier import Dossier, EvidenceFile
from seatrial.gates import differences
from seatrial.gates import evidence as shown
from seatrial.gates.codes import Kind
from seatrial.gates.needs import columns_for
from seatrial.gates.policy import GateSet
from seatrial.metrics.catalog import Metric, find
from seatrial.replacing import replace
from seatrial.report.facts import MetricFact
from seatrial.verdict import Finding

_READERS: Mapping[OutKind, Callable[..., Any]] = {
    OutKind.ANSWERS: read_answers,
    OutKind.PREFERENCES: read_preferences,
    OutKind.TIMINGS: read_timings,
    OutKind.MEASUREMENT: read_measurement,
    OutKind.CONTRACT: read_contract_report,
    OutKind.CUSTOM: read_own_results,
}


def read(dossier: Dossier, scratch: Path, gate_set: GateSet | None = None) -> shown.Evidence:
    """A dossier's evidence, with the columns that a gate set names too. Raises EvidenceError, with every problem of the
    first bad file."""
    rows = dossier.predictions
    return shown.Evidence(
        predictions=_rows(rows, scratch, gate_set) if rows is not None else None,
        metrics=shown.collect(
            read_metrics(file.fetch(scratch), shown=file.shown, action=file.action, stage=file.stage)
            for file in dossier.metrics
        ),
        artifact=dossier.artifact.digest,
        size=dossier.artifact.size,
        seeds=tuple(_seed(file, scratch, gate_set) for file in dossier.seeds),
        seeds_test_set=dossier.seeds_test_set,
        unserved=dossier.unserved,
        voted_against=shown.VotedAgainst(artifact=dossier.voted_against),
        **_others(dossier, scratch),
    )


def _seed(file: EvidenceFile, scratch: Path, gate_set: GateSet | None) -> shown.SeedRun:
    name = file.stage or file.shown
    if file.kind is OutKind.PREDICTIONS:
        rows = read_predictions(
            file.fetch(scratch), _columns(file, gate_set), shown=file.shown, action=file.action, stage=file.stage
        )
        return shown.SeedRun(name=name, source=rows.source, predictions=rows)
    found = read_metrics(file.fetch(scratch), shown=file.shown, action=file.action, stage=file.stage)
    return shown.SeedRun(name=name, source=found.source, metrics=found.values)


def _others(dossier: Dossier, scratch: Path) -> dict[str, Any]:
    """Further evidence, by the name of its field."""
    found: dict[str, Any] = {}
    for file in dossier.others:
        reader = _READERS[file.kind]
        found[file.kind.value] = reader(file.fetch(scratch), shown=file.shown, action=file.action, stage=file.stage)
    return found


def read_baseline(baseline: baselines.Baseline, scratch: Path, gate_set: GateSet) -> shown.Baseline:
    """A baseline as gates take it."""
    match baseline:
        case baselines.BaselineFound(dossier=dossier, label=label):
            return shown.Present(evidence=read(dossier, scratch, gate_set), label=label)
        case baselines.BaselineMissing(reason=reason, message=message, next_step=step):
            return shown.Absent(reason=reason, message=message or None, next_step=step)
        case baselines.FirstModel():
            return shown.LeftOut()


def compare_metrics(
    candidate: shown.Evidence, baseline: shown.Baseline, findings: Sequence[Finding], *, alpha: float | None = None
) -> tuple[MetricFact, ...]:
    """Every metric of the candidate beside the baseline's. Of the rows these are what gates asked for, and accuracy
    where labels are no measurements, with the interval that a gate looked at where one did, on each side of which
    `alpha` is left."""
    other = baseline.evidence if isinstance(baseline, shown.Present) else None
    facts = tuple(_of_rows(candidate, other, findings, differences.ALPHA if alpha is None else alpha))
    known = {fact.name for fact in facts}
    rest = (fact for fact in metric_files(candidate, other) if fact.name not in known)
    return (*facts, *(replace(fact, better=_better_of_limit(fact.name, findings)) for fact in rest))


def _better_of_limit(name: str, findings: Sequence[Finding]) -> str | None:
    """Which way is better, as the limit of a gate has it, or as everybody means a metric of that name."""
    ends = {one.name.rpartition(".")[2] for one in findings if one.kind == Kind.PERFORMANCE and one.metric == name}
    if ends == {"min"}:
        return "higher"
    if ends == {"max"}:
        return "lower"
    return _better(find(name))


def _better(metric: Metric | None) -> str | None:
    return None if metric is None else metric.better


def metric_files(candidate: shown.Evidence, other: shown.Evidence | None) -> tuple[MetricFact, ...]:
    """What the metrics files say, beside each other: values without intervals."""
    facts = []
    for name, measured in candidate.metrics.items():
        before = other.metrics.get(name, ()) if other else ()
        for position, one in enumerate(measured):
            label = name if len(measured) == 1 else f"{name} ({one.source.stage})"
            was = before[position].value if len(before) == len(measured) else None
            facts.append(MetricFact(name=label, candidate=one.value, baseline=was, difference=_minus(one.value, was)))
    return tuple(facts)


def _of_rows(
    candidate: shown.Evidence, other: shown.Evidence | None, findings: Sequence[Finding], alpha: float
) -> Iterator[MetricFact]:
    if candidate.predictions is None:
        return
    compared = {one.metric: one for one in findings if one.kind == Kind.REGRESSION and one.interval}
    limited = [
        one.metric for one in findings if one.kind == Kind.PERFORMANCE and one.digests.get("candidate_predictions")
    ]
    asked = dict.fromkeys(name for name in (*limited, *compared) if name is not None)
    for each in differences.of(candidate, other, tuple(asked), of_classes=("accuracy",)):
        gated = compared.get(each.metric)
        interval = gated.interval if gated is not None else each.interval
        yield MetricFact(
            name=each.metric,
            candidate=each.candidate,
            baseline=each.baseline,
            difference=each.difference,
            interval=interval,
            level=each.level if gated is None else round(1 - 2 * alpha, 6),
            better=_better(find(each.metric)),
        )


def _minus(value: float, before: float | None) -> float | None:
    return None if before is None else value - before


def _rows(file: EvidenceFile, scratch: Path, gate_set: GateSet | None) -> Predictions | LargePredictions:
    return read_rows(
        file.fetch(scratch),
        _columns(file, gate_set),
        shown=file.shown,
        action=file.action,
        stage=file.stage,
        scratch=scratch,
    )


def _columns(file: EvidenceFile, gate_set: GateSet | None) -> Columns:
    columns = file.columns or Columns()
    return columns if gate_set is None else columns_for(gate_set, columns)
