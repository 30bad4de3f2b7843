"""Evidence files into the records that gates judge, and metrics side by side for the report.

Called by `judging` alone, and only when an answer is not remembered: this module brings tables
and numerics with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from seatrial.errors import EvidenceError
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.pairing import accuracy, pair
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.records import Predictions
from seatrial.flows import baselines
from seatrial.flows.dossier import Dossier, EvidenceFile
from seatrial.gates import evidence as shown
from seatrial.report.facts import MetricFact
from seatrial.stats.tango import PairedCounts, interval
from seatrial.verdict import Finding

_ALPHA = 0.05
"""Two-sided 90 % intervals, the ones a one-sided 5 % gate looks at."""


def read(dossier: Dossier, scratch: Path) -> shown.Evidence:
    """A dossier's evidence. Raises EvidenceError, with every problem of the first bad file."""
    rows = dossier.predictions
    return shown.Evidence(
        predictions=_rows(rows, scratch) if rows is not None else None,
        metrics=shown.collect(
            read_metrics(file.fetch(scratch), shown=file.shown, action=file.action, stage=file.stage)
            for file in dossier.metrics
        ),
        artifact=dossier.artifact.digest,
    )


def read_baseline(baseline: baselines.Baseline, scratch: Path) -> shown.Baseline:
    """A baseline as gates take it."""
    match baseline:
        case baselines.BaselineFound(dossier=dossier, label=label):
            return shown.Present(evidence=read(dossier, scratch), label=label)
        case baselines.BaselineMissing(reason=reason, message=message, next_step=step):
            return shown.Absent(reason=reason, message=message or None, next_step=step)
        case baselines.FirstModel():
            return shown.LeftOut()


def compare_metrics(
    candidate: shown.Evidence, baseline: shown.Baseline, findings: Sequence[Finding]
) -> tuple[MetricFact, ...]:
    """Every metric of the candidate beside the baseline's; accuracy with its paired interval, which is
    the one a gate looked at where one did."""
    other = baseline.evidence if isinstance(baseline, shown.Present) else None
    facts = []
    if candidate.predictions is not None:
        facts.append(_accuracy(candidate, other, findings))
    for name, measured in candidate.metrics.items():
        before = other.metrics.get(name, ()) if other else ()
        for position, one in enumerate(measured):
            label = name if len(measured) == 1 else f"{name} ({one.source.stage})"
            was = before[position].value if len(before) == len(measured) else None
            facts.append(MetricFact(name=label, candidate=one.value, baseline=was, difference=_minus(one.value, was)))
    return tuple(facts)


def _accuracy(candidate: shown.Evidence, other: shown.Evidence | None, findings: Sequence[Finding]) -> MetricFact:
    rows = candidate.predictions
    assert rows is not None  # noqa: S101 - the caller has looked
    mine = accuracy(rows)
    fact = MetricFact(name="accuracy", candidate=mine.right / mine.n)
    if other is None or other.predictions is None:
        return fact
    try:
        paired = pair(rows, other.predictions)
    except EvidenceError:
        return fact  # the gates say why the rows do not match; a table is not the place
    counts = PairedCounts(n=paired.n, candidate_only=paired.candidate_only, baseline_only=paired.baseline_only)
    tango = interval(counts, alpha=_ALPHA)
    between = next((one.interval for one in findings if one.kind == "regression" and one.interval), None)
    theirs = (paired.both_right + paired.baseline_only) / paired.n
    return MetricFact(
        name="accuracy",
        candidate=mine.right / mine.n,
        baseline=theirs,
        difference=counts.difference,
        interval=between or (tango.lower, tango.upper),
    )


def _minus(value: float, before: float | None) -> float | None:
    return None if before is None else value - before


def _rows(file: EvidenceFile, scratch: Path) -> Predictions:
    return read_predictions(
        file.fetch(scratch), file.columns or Columns(), shown=file.shown, action=file.action, stage=file.stage
    )
