"""What the stages of a run found in what they judge, data or a training on one batch, for its report and its decision.

Called by `finishing`. The record of a check is taken out of the store, where it lies as an out of its stage, or, for
one that blocks, by itself: such a stage has no result. What lies in the work tree is not asked: another machine may
have judged, and the file here be that of an older run.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.evidence.policy import OutKind
from seatrial.flows.dataset_records import pointer_of, record_look
from seatrial.flows.engine import Prepared
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.expand import Cell, CellOut
from seatrial.pipeline.outcome import CellOutcome, RunOutcome
from seatrial.report.facts import (
    DATA,
    MOST_FINDINGS,
    TRIAL,
    UNREADABLE,
    CheckFact,
    CurveFact,
    DetailFact,
    ExampleFact,
    ExamplesFact,
)
from seatrial.report.plot_facts import PlotFact
from seatrial.store.blobs import Artifact, CorruptBlobError
from seatrial.verdict import Decision, Finding, Verdict

if TYPE_CHECKING:  # only runs that judge data pay for reading it
    from seatrial.evidence.check_record import CheckRecord

_REMARK = "info"  # what is worth knowing and counts for nothing
_SEVERITIES = ("error", "warning")
_ORDER = (Verdict.FAIL, Verdict.ERROR, Verdict.INCONCLUSIVE)


class DataChecks(Struct, frozen=True, kw_only=True):
    """The checks of a run, and what is to be recorded of each."""

    checks: tuple[CheckFact, ...] = ()
    looks: tuple[Look, ...] = ()
    curves: tuple[CurveFact, ...] = ()
    """Of trials that failed, which left no out to take one from."""
    plots: tuple[PlotFact, ...] = ()
    """The distributions of datasets, and what is drawn of those curves."""


class Look(Struct, frozen=True, kw_only=True):
    """What the history of a dataset is told of one check. `columns` are names and storage types."""

    fact: CheckFact
    columns: Mapping[str, str]
    against: Mapping[str, str]
    profile: Artifact | None
    pointer: str | None = None
    plots: tuple[PlotFact, ...] = ()


def read_checks(workspace: Workspace, prepared: Prepared, outcome: RunOutcome) -> DataChecks:
    """Every check that the cells of a run made."""
    judging = [(cell, out) for cell in prepared.cells for out in cell.outs if out.kind is OutKind.CHECK]
    if not judging:
        return DataChecks()
    looks: list[Look] = []
    curves: list[CurveFact] = []
    with workspace.cache.scratch("checks") as scratch:
        for cell, out in judging:
            done = outcome.cells.get(cell.name)
            try:
                path = _record(workspace, out, done, scratch / str(len(looks))) if done else None
                if path is None or done is None:
                    continue
                if _is_trial(cell):
                    look, curve = _trial(path, cell, out, stored=done.result is not None)
                    curves += [curve] if curve is not None else []
                else:
                    look = _look(workspace, cell, out, path, done)
                looks.append(look)
            except EvidenceError as error:
                looks.append(_unknown(cell, [str(problem) for problem in error.problems]))
            except CorruptBlobError as error:
                looks.append(_unknown(cell, [f"{out.path}: {error}"]))
    return DataChecks(
        checks=tuple(look.fact for look in looks),
        looks=tuple(looks),
        curves=tuple(curves),
        plots=tuple(plot for look in looks for plot in look.plots),
    )


def record_looks(workspace: Workspace, checks: DataChecks, *, run: str, commit: str | None) -> tuple[str, ...]:
    """Add what was seen to the history of each dataset; warnings where that failed."""
    warnings: list[str] = []
    for look in checks.looks:
        if look.fact.identity:  # what could not be read is no version of anything
            warnings += record_look(
                workspace,
                dataset=look.fact.dataset,
                identity=look.fact.identity,
                rows=look.fact.rows,
                verdict=look.fact.verdict,
                decision=look.fact.decision,
                run=run,
                commit=commit,
                columns=look.columns,
                against=look.against,
                profile=look.profile,
                pointer=look.pointer,
                why=[one.name for one in look.fact.findings if one.verdict is look.fact.verdict],
            )
    return tuple(warnings)


def _look(workspace: Workspace, cell: Cell, out: CellOut, path: Path, done: CellOutcome) -> Look:
    from seatrial.evidence.check_record import read_check
    from seatrial.report.data_plots import drift_plots

    check = read_check(path, shown=out.path, stage=cell.name)
    return Look(
        fact=_fact(cell, check),
        columns={row[0]: row[1] for row in check.statistics},
        against={name: found for name, found in check.digests.items() if name != "dataset"},
        profile=done.result.outs.get("profile") if done.result is not None else None,
        pointer=pointer_of(workspace, check.dataset),
        plots=drift_plots(cell.name, check.shapes),
    )


def _is_trial(cell: Cell) -> bool:
    return cell.spec.uses is not None and cell.spec.uses.trial is not None


def _trial(path: Path, cell: Cell, out: CellOut, *, stored: bool) -> tuple[Look, CurveFact | None]:
    """What a trial came to, and its curve, unless that is `stored` as an out of its own. It is no look at a dataset, so
    no history is told of it."""
    from seatrial.evidence.trial_record import read_trial
    from seatrial.flows.trials import trial_curve, trial_fact, trial_plots

    record = read_trial(path, shown=out.path, stage=cell.name)
    plots = () if stored else trial_plots(cell, record)
    look = Look(fact=trial_fact(cell, record), columns={}, against={}, profile=None, plots=plots)
    return look, None if stored else trial_curve(cell, record)


def _unknown(cell: Cell, messages: list[str]) -> Look:
    """A check whose record cannot be read, though its stage ended: nobody knows what it said, which is no pass."""
    findings = tuple(
        Finding(name=UNREADABLE, kind="data", metric=None, verdict=Verdict.ERROR, reason="not_looked_at", message=text)
        for text in messages
    )
    fact = CheckFact(
        name=cell.name,
        dataset=_judged_by(cell),
        identity="",
        rows=0,
        verdict=Verdict.ERROR,
        decision=Decision.BLOCK,
        findings=findings,
        details=(DetailFact(severity="error"),) * len(findings),
        passed=0,
        next_step=f"seatrial cache forget {shlex.quote(cell.stage)}, and run again",
        judges=TRIAL if _is_trial(cell) else DATA,
    )
    return Look(fact=fact, columns={}, against={}, profile=None)


def _judged_by(cell: Cell) -> str:
    """What a stage judges, by name."""
    uses = cell.spec.uses
    if uses is None:
        return ""
    return uses.dataset if uses.trial is None else uses.trial.target


def _record(workspace: Workspace, out: CellOut, done: CellOutcome, scratch: Path) -> Path | None:
    record = done.result.outs[out.name] if done.result is not None else done.record
    if record is None:
        return None  # its stage did not come to an end: nothing was judged
    workspace.cache.blobs.checkout(record, scratch)
    return scratch


def _fact(cell: Cell, check: CheckRecord) -> CheckFact:
    told = sorted(
        (
            (finding, detail)
            for finding, detail in zip(check.findings, check.details, strict=True)
            if finding.verdict is not Verdict.PASS and detail.severity != _REMARK
        ),
        key=lambda both: (_ORDER.index(both[0].verdict), _SEVERITIES.index(both[1].severity)),
    )
    details = [
        DetailFact(severity=one.severity, figures=one.figures, file=one.file, line=one.line)
        for _, one in told[:MOST_FINDINGS]
    ]
    return CheckFact(
        name=cell.name,
        dataset=cell.spec.uses.dataset if cell.spec.uses is not None else check.dataset,
        identity=check.identity,
        rows=check.rows,
        verdict=check.verdict,
        decision=check.decision,
        findings=tuple(finding for finding, _ in told[:MOST_FINDINGS]),
        details=tuple(details),
        passed=check.counts.get(Verdict.PASS.value, 0),
        left_out=max(0, len(told) - MOST_FINDINGS),
        next_step=check.next_step,
        examples=tuple(
            ExamplesFact(
                check=each.check,
                column=each.column,
                columns=each.columns,
                rows=tuple(ExampleFact(row=row, cells=cells) for row, cells in each.rows),
            )
            for each in check.examples
        ),
        distributions=check.distributions,
        statistics=check.statistics,
    )
