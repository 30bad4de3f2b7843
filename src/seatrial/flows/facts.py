"""Outcomes, judgements and evidence as the facts a report lays out; and the report's files in the run's folder.

Called by `finishing` at the end of a run, by `run_judging` for each model, and by `settled_texts`. Reading
curves and test results for display must never fail a run: what cannot be read becomes a warning, and
the gates have already judged what counts.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from seatrial.errors import EvidenceError
from seatrial.evidence.policy import OutKind
from seatrial.flows.engine import Prepared
from seatrial.flows.log_ends import end_of_log
from seatrial.flows.merging import how_to_settle
from seatrial.flows.settled import LAST, last_run
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.calling_off import OVER_BUDGET
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.report.facts import CurveFact, ModelFact, PlaceFact, RunFacts, StageFact, TestsFact
from seatrial.report.markdown import render_markdown
from seatrial.report.plot_facts import PlotFact
from seatrial.report.serial import to_text
from seatrial.store import atomic
from seatrial.store.blobs import CorruptBlobError
from seatrial.verdict import Finding, Verdict

if TYPE_CHECKING:  # judging and reading evidence are heavy, and many runs have neither
    from seatrial.evidence.records import Curve, Tests
    from seatrial.flows.baselines import BaselineFound
    from seatrial.flows.judging import Judged
    from seatrial.gates.policy import GateSet

REPORT_MARKDOWN = "report.md"
REPORT_HTML = "report.html"
REPORT_JSON = "report.json"
_NO_BASELINE = "no_baseline"  # the first model: registering it is how it gets one
_SAME_ARTIFACT = "same_artifact"


class EvidenceFacts(Struct, frozen=True, kw_only=True):
    """Curves and tests of a run, the pictures of the curves, and what of them could not be read."""

    curves: tuple[CurveFact, ...] = ()
    tests: tuple[TestsFact, ...] = ()
    warnings: tuple[str, ...] = ()
    plots: tuple[PlotFact, ...] = ()


def model_fact(name: str, judged: Judged, baseline: BaselineFound | None, gate_set: GateSet) -> ModelFact:
    """A model, judged by `gate_set`."""
    return ModelFact(
        name=name,
        gate_set=judged.gate_set,
        verdict=judged.verdict,
        decision=judged.decision,
        findings=judged.findings,
        metrics=judged.metrics,
        baseline=baseline.label if baseline else None,
        rescored=baseline.rescored if baseline else None,
        footprint=judged.footprint,
        places=_places(gate_set, judged.findings),
    )


def _places(gate_set: GateSet, findings: tuple[Finding, ...]) -> tuple[PlaceFact, ...]:
    from seatrial.gates.places import place_of  # most runs judge nothing

    asked = ((finding.name, place_of(gate_set, finding)) for finding in findings)
    return tuple(
        PlaceFact(finding=name, file=place.file, line=place.line)
        for name, place in asked
        if place is not None and place.file is not None and place.line is not None
    )


def stage_fact(outcome: CellOutcome, *, gpus: int = 0, folder: Path | None = None) -> StageFact:
    """One cell, with its figures; a reused one with what that saved. `gpus` is how many devices it asks for, `folder`
    that of the run, where the log of one that failed is."""
    result = outcome.result
    reused = outcome.did is Did.REUSED
    return StageFact(
        name=outcome.cell,
        action=outcome.did.value,
        reason=outcome.reason,
        wall=None if reused else outcome.seconds,
        cpu=result.cpu if result and not reused else None,
        peak_memory=result.peak_memory if result and not reused else None,
        saved=result.wall if result and reused else None,
        log=outcome.log,
        attempts=outcome.attempts,
        waited=round(outcome.waited, 3) if outcome.waited_for else None,
        waited_for=outcome.waited_for or None,
        unpinned=result.trace.unpinned if result and result.trace else (),
        gpus=gpus,
        log_end=end_of_log(folder / outcome.log)
        if folder is not None and outcome.log and outcome.did is Did.FAILED
        else (),
    )


def read_evidence(workspace: Workspace, prepared: Prepared, outcome: RunOutcome) -> EvidenceFacts:
    """The curves and test results that a run's cells declare."""
    if not any(out.kind in (OutKind.CURVE, OutKind.JUNIT) for cell in prepared.cells for out in cell.outs):
        return EvidenceFacts()
    from seatrial.evidence.curves import read_curve  # these three: only where there is something to read
    from seatrial.evidence.junit import read_junit
    from seatrial.flows.dossier import evidence_files
    from seatrial.report.curve_plots import Drawn, curve_plots, drawn

    curves: list[CurveFact] = []
    columns: list[Drawn] = []
    tests: list[TestsFact] = []
    warnings: list[str] = []
    with workspace.cache.scratch("evidence") as scratch:
        for file in evidence_files(prepared.cells, outcome, workspace.cache.blobs):
            cell = file.stage or ""
            try:
                if file.kind is OutKind.CURVE:
                    curve = read_curve(file.fetch(scratch), shown=file.shown, stage=cell)
                    curves += _curves(cell, curve)
                    columns += drawn(cell, curve)
                elif file.kind is OutKind.JUNIT:
                    tests.append(_tests(cell, read_junit(file.fetch(scratch), shown=file.shown, stage=cell)))
            except EvidenceError as error:
                warnings += [str(problem) for problem in error.problems]
            except CorruptBlobError as error:
                warnings.append(f"{file.shown} cannot be shown: {error}")
    return EvidenceFacts(curves=tuple(curves), tests=tuple(tests), warnings=tuple(warnings), plots=curve_plots(columns))


def next_step(
    run: str,
    outcome: RunOutcome,
    models: tuple[ModelFact, ...],
    *,
    command: str,
    fit: bool,
    again: Callable[[str], str],
) -> str | None:
    """What to type after this run. `fit`: whether what it made could be promoted at all; `again` is the command that
    repeats a stage. It may be read far from the machine that ran it, so no path there is ever named."""
    if outcome.failed and all(failed.reason.startswith(OVER_BUDGET) for failed in outcome.failed):
        return f"{command}: what was done is reused; or give the tier a longer `budget:`"
    for failed in outcome.failed:
        return again(failed.cell) if failed.log else f"seatrial why {shlex.quote(failed.cell)}"
    if outcome.deferred:
        return f"settle what was deferred: {how_to_settle(outcome.deferred, command)}"
    for model in models:
        unpassed = {str(finding.reason) for finding in model.findings if finding.verdict is not Verdict.PASS}
        if unpassed - {_NO_BASELINE}:
            known = model.baseline and "(" in model.baseline  # `digits@3 (production)`, not a commit of main
            return f"seatrial diff {model.baseline.split()[0]} run:{run}" if known and model.baseline else None
        is_holder = any(str(finding.reason) == _SAME_ARTIFACT for finding in model.findings)
        if not fit or is_holder or model.promoted_to is not None:
            continue
        if model.registered is not None:
            return f"seatrial models promote {model.name}@{model.registered} --to production"
        named = f" --model {shlex.quote(model.name)}" if len(models) > 1 else ""
        return f"seatrial models register --run {run}{named}"
    return None


def write_report(folder: Path, facts: RunFacts) -> None:
    """`report.md` and `report.html` for people, and `report.json` to render both again."""
    from seatrial.report.page import render_page  # what shows a run in a terminal has no use for it

    atomic.write_atomic(folder / REPORT_HTML, render_page(facts).encode(), durable=False)
    atomic.write_atomic(folder / REPORT_MARKDOWN, render_markdown(facts).encode(), durable=False)
    report = to_text(facts).encode()
    atomic.write_atomic(folder / REPORT_JSON, report, durable=False)
    atomic.write_atomic(folder.parent.parent / LAST, last_run(facts.run, report), durable=False)


def _curves(cell: str, curve: Curve) -> list[CurveFact]:
    return [
        CurveFact(name=f"{cell} {name}", values=values, diverged_at=curve.diverged_at.get(name))
        for name, values in curve.columns.items()
    ]


def _tests(cell: str, tests: Tests) -> TestsFact:
    return TestsFact(
        name=cell,
        passed=tests.passed,
        failed=tests.failed,
        errors=tests.errors,
        skipped=tests.skipped,
        troubles=tuple(f"{case.name}: {case.message}" for case in tests.troubles),
    )
