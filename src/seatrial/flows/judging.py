"""From two dossiers to a judgement and the metrics beside each other, remembered by content.

Called by `run_judging` and `promote`. Judging is pure, so its answer is kept under the digest of
all it depends on; with nothing changed neither numpy nor polars is loaded. The memory is a
cache: deleting it costs time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from seatrial import __version__, digest
from seatrial.digest import Json
from seatrial.errors import some_of
from seatrial.flows.baselines import Baseline, BaselineFound, BaselineMissing, FirstModel
from seatrial.flows.case_files import CaseFiles, test_cases
from seatrial.flows.dossier import Dossier, EvidenceFile
from seatrial.flows.workspace import Workspace
from seatrial.gates.judgement import decision_of
from seatrial.gates.policy import GateSet
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.registry.serial import decode, encode
from seatrial.replacing import replace
from seatrial.report.facts import FootprintFact, MetricFact
from seatrial.report.plot_facts import PlotFact
from seatrial.report.serial import plots_from_json, plots_json
from seatrial.store import atomic
from seatrial.verdict import Decision, Finding, Verdict, combine

_SCHEMA = 2


class Judged(Struct, frozen=True, kw_only=True):
    """A judgement with the metrics and the footprint of both sides. `rows` counts the candidate's predictions. `plots`
    are there where they were asked for, `troubles` say which could not be made."""

    gate_set: str
    verdict: Verdict
    decision: Decision
    findings: tuple[Finding, ...]
    metrics: tuple[MetricFact, ...]
    rows: int = 0
    plots: tuple[PlotFact, ...] = ()
    troubles: tuple[str, ...] = ()
    footprint: tuple[FootprintFact, ...] = ()


def judge_model(
    workspace: Workspace,
    gate_set: GateSet,
    candidate: Dossier,
    baseline: Baseline,
    *,
    anchor: Baseline | None = None,
    anew: bool = False,
    cases_in: Path | None = None,
    pictured: bool = False,
) -> Judged:
    """Judge a candidate, also against an anchor where the set has one. Evidence that cannot be read raises
    EvidenceError.

    With `anew` no remembered answer is believed: promotion judges the stored bytes themselves. `cases_in` is the folder
    of the set's test cases where they are not those of the work tree. `pictured`: the answer has pictures too.
    """
    cases = test_cases(cases_in or workspace.git.root, gate_set)
    of_base = cases_in is not None
    question = {**_question(gate_set, candidate, baseline), "test_cases": cases.digests, "of_base": of_base}
    if anchor is not None:
        question["anchor"] = _other(anchor)
    drawn = _drawn_beside(baseline) if pictured else None
    if drawn is not None:
        question["pictured"] = [[file.stage, file.artifact.digest] for file in drawn]
    name = digest.of_record("judgement/1", question)
    place = workspace.cache.verdicts / f"{name.removeprefix(digest.PREFIX)}.json"
    remembered = None if anew else _recall(place, gate_set)
    if remembered is not None:
        return remembered
    answer = _judge(workspace, gate_set, candidate, (baseline, anchor), cases, of_base=of_base, drawn=drawn)
    atomic.write_atomic(place, digest.canonical(answer), durable=False)
    return _judged(gate_set, answer)


def unproven(judged: Judged, outcome: RunOutcome) -> Judged:
    """A judgement that proves nothing, or less than was asked: inputs changed while a stage ran, so that its rows
    belong to no key, or a part of the run is missing."""
    moved = [cell.cell for cell in outcome.cells.values() if cell.did is Did.USED]
    findings = [*judged.findings]
    if moved:
        findings.append(
            trouble(
                "inputs_changed",
                f"files changed while {', '.join(moved)} ran, so what was measured is of no one state of the tree; "
                "run it again and leave the files alone meanwhile",
            )
        )
    if outcome.missing:
        findings.append(missing_cells(outcome))
    if len(findings) == len(judged.findings):
        return judged
    verdict = combine(one.verdict for one in findings)
    return replace(judged, findings=tuple(findings), verdict=verdict, decision=Decision.BLOCK)


def missing_cells(outcome: RunOutcome) -> Finding:
    """What keeps a run from being whole: cells that no machine did."""
    return trouble("missing_cells", f"no machine did {some_of([cell.cell for cell in outcome.missing])}")


def trouble(reason: str, message: str) -> Finding:
    """An ERROR that no gate found: something about the evidence itself."""
    return Finding(name="evidence", kind="evidence", metric=None, verdict=Verdict.ERROR, reason=reason, message=message)


def _question(gate_set: GateSet, candidate: Dossier, baseline: Baseline) -> dict[str, Json]:
    """All that an answer depends on, this program's version included."""
    return {
        "schema": _SCHEMA,
        "seatrial": __version__,
        "gates": repr(gate_set),
        "candidate": _identity(candidate),
        "baseline": _other(baseline),
    }


def _other(baseline: Baseline) -> Json:
    match baseline:
        case BaselineFound(dossier=dossier, label=label):
            return {"label": label, **_identity(dossier)}
        case BaselineMissing(reason=reason, message=message, next_step=step):
            return {"missing": reason.value, "message": message, "next": step}
        case FirstModel():
            return "first model"


def _drawn_beside(baseline: Baseline) -> tuple[EvidenceFile, ...]:
    """What of a baseline only pictures show."""
    return baseline.dossier.curves if isinstance(baseline, BaselineFound) else ()


def _identity(dossier: Dossier) -> dict[str, Json]:
    def one(file: EvidenceFile) -> Json:
        return [file.shown, file.artifact.digest, repr(file.columns), file.stage, file.action]

    return {
        "artifact": dossier.artifact.digest,
        "predictions": one(dossier.predictions) if dossier.predictions else None,
        "metrics": [one(file) for file in dossier.metrics],
        "seeds": [one(file) for file in dossier.seeds],
        "others": [[file.kind.value, one(file)] for file in dossier.others],
        "unserved": dict(dossier.unserved),
        "voted_against": dossier.voted_against,
        "seeds_test_set": dossier.seeds_test_set,
    }


def _judge(
    workspace: Workspace,
    gate_set: GateSet,
    candidate: Dossier,
    others: tuple[Baseline, Baseline | None],
    cases: CaseFiles,
    *,
    of_base: bool,
    drawn: tuple[EvidenceFile, ...] | None,
) -> dict[str, Json]:
    # Numerics and tables are loaded here and not above: see the module's first paragraph.
    from seatrial.flows import evidence_reading as reading
    from seatrial.flows.footprint import footprint
    from seatrial.gates.behavioral.given import to_these_cases
    from seatrial.gates.judge import judge

    with workspace.cache.scratch("judge") as scratch:
        shown = reading.read(candidate, scratch, gate_set)
        baseline, anchor = others
        other = reading.read_baseline(baseline, scratch, gate_set)
        older = None if anchor is None else reading.read_baseline(anchor, scratch, gate_set)
        known = cases.read(workspace.parse_yaml)
        if of_base and known is not None and shown.answers is not None:
            shown = replace(shown, answers=to_these_cases(shown.answers, known))
        findings = judge(gate_set, shown, other, anchor=older, cases=known)
        alpha = gate_set.regression.comparing.alpha if gate_set.regression is not None else None
        metrics = reading.compare_metrics(shown, other, findings, alpha=alpha)
        rows = shown.predictions.rows if shown.predictions is not None else 0
        album = None
        if drawn is not None:
            from seatrial.flows.picturing import pictures

            album = pictures(candidate.model, shown, other, curves=drawn, scratch=scratch)
    return {
        "findings": [encode(finding) for finding in findings],
        "metrics": [encode(metric) for metric in metrics],
        "rows": rows,
        "plots": plots_json(album.plots) if album is not None else [],
        "troubles": list(album.troubles) if album is not None else [],
        "footprint": [encode(one) for one in footprint(shown, other)],
    }


def _recall(place: Path, gate_set: GateSet) -> Judged | None:
    """The remembered answer; None when there is none that can be read, since it can be found again."""
    try:
        return _judged(gate_set, json.loads(place.read_bytes()))
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _judged(gate_set: GateSet, value: Mapping[str, Json]) -> Judged:
    findings = tuple(decode(Finding, row) for row in _list(value["findings"]))
    metrics = tuple(decode(MetricFact, row) for row in _list(value["metrics"]))
    verdict = combine(finding.verdict for finding in findings)
    return Judged(
        gate_set=gate_set.name,
        verdict=verdict,
        decision=decision_of(gate_set, verdict),
        findings=findings,
        metrics=metrics,
        rows=int(str(value["rows"])),
        plots=plots_from_json(value["plots"]),
        troubles=tuple(str(each) for each in _list(value["troubles"])),
        footprint=tuple(decode(FootprintFact, row) for row in _list(value["footprint"])),
    )


def _list(value: Json) -> list[Json]:
    if not isinstance(value, list):
        raise TypeError("a remembered answer must hold lists")
    return value
