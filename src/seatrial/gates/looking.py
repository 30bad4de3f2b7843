"""What the gates of one set look at: the rows of the candidate alone, and of both models side by side.

Made once for a judgement by `judge`, handed to every gate that looks at rows, so that files are joined and cells
counted once however many gates ask. Rows that cannot be paired are a trouble with a reason, which each gate that
needed them turns into a finding of its own.
"""

from __future__ import annotations

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.gates.codes import Reason
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Case, Evidence, LeftOut, Present
from seatrial.gates.missing_baseline import Asking, missing
from seatrial.gates.needs import groupings_of
from seatrial.gates.policy import GateSet
from seatrial.gates.rows import measuring_of
from seatrial.metrics.catalog import Metric, find, of_column
from seatrial.metrics.figures import Figure
from seatrial.metrics.measure import Measuring
from seatrial.metrics.trouble import MetricError, Why
from seatrial.verdict import Verdict


class Trouble(Struct, frozen=True, kw_only=True):
    """Why a gate cannot look. `left_out` says that the user declared the first model, so that it must not."""

    verdict: Verdict
    reason: Reason
    message: str
    left_out: bool = False


class Against(Struct, frozen=True, kw_only=True):
    """The other model of a comparison: its evidence and its name in messages."""

    evidence: Evidence
    label: str
    same_artifact: bool


class Looking:
    """Rows on demand. `alone` and `paired` answer with a Measuring, or with a Trouble."""

    def __init__(self, gate_set: GateSet, case: Case) -> None:
        self.gate_set = gate_set
        self.case = case
        self._alone: Measuring | Trouble | None = None
        self._paired: dict[str, Measuring | Trouble] = {}

    def metric(self, name: str) -> Metric | None:
        """The metric of a name: a column of numbers that was declared for these rows, or one that is computed.

        The declaration is asked first. Whoever has a column `f1`, a figure for each answer, and says so, means that.
        """
        known = find(name)
        rows = self.case.candidate.predictions
        if rows is None or f"value:{name}" not in rows.columns:
            return known
        up = not self._less_is_good(name) if known is None else known.higher_is_better
        return of_column(name, higher_is_better=up)

    def _less_is_good(self, name: str) -> bool:
        """Of a column of numbers: it is said, or the set has a greatest value for it and no least."""
        bound = self.gate_set.performance.get(name)
        return name in self.gate_set.lower_is_better or (
            bound is not None and bound.min is None and bound.max is not None
        )

    def alone(self) -> Measuring | Trouble:
        """The candidate's rows."""
        if self._alone is None:
            rows = self.case.candidate.predictions
            if rows is None:
                message = "this model has no predictions, so that nothing can be counted in rows"
                self._alone = Trouble(verdict=Verdict.ERROR, reason=Reason.PREDICTIONS_MISSING, message=message)
            else:
                self._alone = measuring_of(rows, groupings=groupings_of(self.gate_set))
        return self._alone

    def other(self, *, anchor: bool = False) -> Against | Trouble:
        """The model to compare with."""
        return _against(self.case.candidate, self._baseline(anchor))

    def paired(self, *, anchor: bool = False) -> Measuring | Trouble:
        """The rows of both models, joined by id."""
        key = "anchor" if anchor else "baseline"
        if key not in self._paired:
            self._paired[key] = self._pair(self.other(anchor=anchor))
        return self._paired[key]

    def _baseline(self, anchor: bool) -> Baseline:
        first = isinstance(self.case.baseline, LeftOut)
        if not anchor or (first and self.case.anchor is None):
            return self.case.baseline
        step = "name the anchor's predictions with --anchor"
        message = "there is no anchor to compare with, and nobody said which model it is"
        return self.case.anchor or Absent(reason=AbsentReason.NO_BASELINE, message=message, next_step=step)

    def _pair(self, other: Against | Trouble) -> Measuring | Trouble:
        if isinstance(other, Trouble):
            return other
        mine, theirs = self.case.candidate.predictions, other.evidence.predictions
        if mine is None or theirs is None:
            who = "the candidate" if mine is None else other.label
            message = f"{who} has no predictions, so the two cannot be compared row by row"
            return Trouble(verdict=Verdict.ERROR, reason=Reason.PREDICTIONS_MISSING, message=message)
        try:
            return measuring_of(mine, theirs, groupings_of(self.gate_set))
        except EvidenceError as error:
            steps = {problem.next_step: None for problem in error.problems if problem.next_step}
            message = "; ".join((*(problem.message for problem in error.problems), *steps))
            return Trouble(verdict=Verdict.ERROR, reason=_reason_of(error), message=message)


def figures(
    rows: Measuring | Trouble, metric: Metric, grouping: str | None = None, *, ratio: float = 1.0
) -> tuple[Figure, ...] | Trouble:
    """A metric's figures, or why there are none."""
    if isinstance(rows, Trouble):
        return rows
    try:
        return rows.figures(metric, grouping, ratio=ratio)
    except MetricError as error:
        return trouble_of(error, metric.name)


def trouble_of(error: MetricError, name: str) -> Trouble:
    """Why a metric has no figures, and what would give it some."""
    step = _STEPS.get(error.why)
    message = f"{name}: {error.message}" + (f"; {step}" if step else "")
    return Trouble(verdict=Verdict.ERROR, reason=Reason(error.why.value), message=message)


_STEPS = {
    Why.LABELS_MISSING: "name the column with the truth: `label:` of the out, or --label",
    Why.ANSWERS_MISSING: "name the column with the answers: `prediction:` of the out, or --prediction",
    Why.SCORE_MISSING: "name it: `score:` or `scores:` of the out, or --score, --class-score",
    Why.SCORE_OUT_OF_RANGE: "write probabilities, or choose a metric of ranks such as roc_auc",
    Why.QUERY_MISSING: "name the column: `query:` of the out, or --query",
    Why.CLUSTER_MISSING: "name it: `cluster:` of the out or the gate set, or --cluster",
    Why.VALUE_MISSING: "declare it: `values:` of the out, or --value",
    Why.GROUP_MISSING: "declare it: `groups:` of the out, or --group",
    Why.POSITIVE_UNKNOWN: "name it: `positive:` of the out, or --positive",
    Why.CLASSES_DIFFER: "write both in one spelling",
}


def _against(candidate: Evidence, baseline: Baseline) -> Against | Trouble:
    match baseline:
        case Present(evidence=evidence, label=label):
            same = candidate.artifact is not None and candidate.artifact == evidence.artifact
            return Against(evidence=evidence, label=label, same_artifact=same)
        case LeftOut():
            return Trouble(
                verdict=Verdict.ERROR,
                reason=Reason.NO_BASELINE,
                message="this was declared the first model",
                left_out=True,
            )
        case Absent():
            found = missing(baseline, "whether the candidate is worse", asking=Asking.ROWS)
            return Trouble(verdict=found.verdict, reason=found.reason, message=found.message)


def _reason_of(error: EvidenceError) -> Reason:
    try:
        return Reason(getattr(error, "reason", Reason.NOT_COMPARABLE))
    except ValueError:
        return Reason.NOT_COMPARABLE
