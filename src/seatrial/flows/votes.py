"""Which model a judge's votes are about: the one that held the place of the baseline while they were cast.

Called by `run_judging`, before a model is judged. A stage writes the votes, and its file names no model. It may be an
old file too: nothing that the stage declares need change when an alias moves, so that its votes are reused for a
baseline that they have never seen. The ledger knows who held the alias at that time; of votes against the main
branch only the run that cast them knows. Where nobody does, the answer is None, and the gate makes an ERROR of it.

Subtle: instants of several machines are compared, so clocks that differ by more than lies between a promotion and the
start of a judge may name its neighbour in the ledger.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from seatrial.evidence.policy import OutKind
from seatrial.flows.baselines import Baseline, BaselineFound
from seatrial.flows.dossier import Dossier, EvidenceFile
from seatrial.flows.run_baseline import baseline_name
from seatrial.flows.under_way import Run
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.pipeline.results import StageResult
from seatrial.registry.records import Draft
from seatrial.registry.refs import NumberRef
from seatrial.registry.registry import Registry
from seatrial.registry.serial import decode


def voted_against(run: Run, dossier: Dossier, baseline: Baseline, outcome: RunOutcome) -> str | None:
    """The digest of the artifact that a candidate's preferences compare it with; None without preferences, without a
    baseline, where the baseline is the candidate itself, and where nobody knows."""
    votes = next((file for file in dossier.others if file.kind is OutKind.PREFERENCES), None)
    if votes is None or votes.stage is None or not isinstance(baseline, BaselineFound):
        return None
    now, cell = baseline.dossier.artifact.digest, outcome.cells[votes.stage]
    if now == dossier.artifact.digest or cell.result is None:
        return None
    if baseline.version is not None:
        return _held_while(run.workspace, dossier.model, baseline_name(run.tier), cell.result)
    return now if cell.did is not Did.REUSED else _as_noted(run.workspace, dossier.model, votes, cell.result.run)


def _held_while(workspace: Workspace, model: str, alias: str, cast: StageResult) -> str | None:
    """Who held an alias for all the time that a stage took; None where nobody did, or it moved meanwhile."""
    end = datetime.fromisoformat(cast.finished)
    start = end - timedelta(seconds=cast.wall)
    registry = Registry(workspace.state)
    held = None
    for move in registry.ledger(model):
        if move.alias != alias:
            continue
        at = datetime.fromisoformat(move.at)
        if at <= start:
            held = move.version
        elif at <= end:
            return None
    return None if held is None else registry.version(NumberRef(model=model, number=held)).artifact.digest


def _as_noted(workspace: Workspace, model: str, votes: EvidenceFile, run: str) -> str | None:
    """What the run that cast the votes noted of them, as far as this cache still has it."""
    try:
        draft = decode(Draft, json.loads((workspace.cache.runs / run / "drafts" / f"{model}.json").read_bytes()))
    except (OSError, ValueError):
        return None
    kept = draft.others.get(OutKind.PREFERENCES.value)
    return draft.voted_against if kept is not None and kept.action == votes.action else None
