"""What `seatrial gate` does with the files it was given: read them, and judge or plan.

Called by `gate` alone, and loaded by it only when it runs: this module brings tables and numerics with it.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from seatrial.config.gate_rules.amounts_of_change import percentage
from seatrial.config.gates import load_gates
from seatrial.errors import Place, UsageError
from seatrial.evidence.metrics import read_metrics
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.gates.choice import choose
from seatrial.gates.evidence import Absent, AbsentReason, Baseline, Case, Evidence, LeftOut, Present, collect
from seatrial.gates.judge import judge
from seatrial.gates.judgement import Judgement, conclude
from seatrial.gates.looking import Looking
from seatrial.gates.policy import Comparing, GateSet, Margin, Regression
from seatrial.gates.power import Outlook, outlooks
from seatrial.replacing import replace
from seatrial.stats.tango import PairedCounts


class Asked(Struct, frozen=True, kw_only=True):
    """The files of one command line."""

    candidate: Path | None
    production: Path | None
    anchor: Path | None
    columns: Columns
    metrics: tuple[Path, ...]


def gate_set_of(path: Path | None, name: str | None, margin: str | None) -> GateSet:
    """The set that was meant: one of a file, or that of `--fail-if-worse-than`. Raises UsageError, ConfigError."""
    if (path is None) == (margin is None):
        raise UsageError(
            "a gate set is needed, and only one" if path is None else "--fail-if-worse-than is a gate set of its own",
            next_step="name a file with --gates, or a margin with --fail-if-worse-than 0.02; not both",
        )
    if margin is not None:
        return _of_margin(margin)
    assert path is not None  # noqa: S101 - one of the two is there
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the gates file cannot be read: {error.strerror or error}",
            place=Place(file=str(path)),
            next_step="name an existing file with --gates",
        ) from error
    return choose(load_gates(data, str(path)), name, str(path))


def _of_margin(text: str) -> GateSet:
    share = percentage(text)
    try:
        value = float(text) if share is None else share
    except ValueError:
        value = 0.0
    if not 0 < value < 1:
        raise UsageError(
            f"--fail-if-worse-than {text} is no margin",
            next_step="write points of accuracy such as 0.02, or a share of production's such as 2%",
        )
    rule = Comparing(margin=Margin(value=value, relative=share is not None))
    return GateSet(name="fail-if-worse-than", regression=Regression(comparing=rule))


def judge_files(gate_set: GateSet, asked: Asked, more: PairedCounts | None) -> Judgement:
    """Judge the candidate. Raises EvidenceError, UsageError."""
    if asked.candidate is None:
        raise UsageError("there is nothing to judge", next_step="name the candidate's predictions with --candidate")
    shown = _rows(asked.candidate, asked.columns)
    shown = replace(shown, metrics=collect(read_metrics(path, shown=str(path)) for path in asked.metrics))
    baseline: Baseline = Absent(
        reason=AbsentReason.NO_BASELINE, next_step="name the production model's predictions with --production"
    )
    if asked.production is not None:
        baseline = Present(evidence=_rows(asked.production, asked.columns), label="production")
    older = None if asked.anchor is None else Present(evidence=_rows(asked.anchor, asked.columns), label="the anchor")
    return conclude(gate_set, judge(gate_set, shown, baseline, anchor=older, more=more))


def plan_files(gate_set: GateSet, asked: Asked, disagreement: float | None) -> tuple[Outlook, ...]:
    """What the set can decide with the rows of production, and of a candidate where one is named."""
    if disagreement is not None and not 0 < disagreement < 1:
        raise UsageError("--disagreement is a share of rows", next_step="write e.g. --disagreement 0.05")
    known = [path for path in (asked.candidate, asked.production) if path is not None]
    if not known:
        raise UsageError(
            "which rows a gate would see is not known", next_step="name production's predictions with --production"
        )
    first, *rest = (_rows(path, asked.columns) for path in known)
    baseline = Present(evidence=rest[0], label="production") if rest else LeftOut()
    return outlooks(gate_set, Looking(gate_set, Case(candidate=first, baseline=baseline)), disagreement=disagreement)


def _rows(path: Path, columns: Columns) -> Evidence:
    return Evidence(predictions=read_predictions(path, columns, shown=str(path)))
