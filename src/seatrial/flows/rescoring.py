"""Another model's artifact, evaluated the way the candidate was: one cached action, in scratch.

Made by `run_baseline`, `own_code` and `promote`, called through `baselines.Rescore`. The evaluating stage runs again
with its model dep bound to the other artifact, and writes to scratch paths; configuration has
made sure that it takes the model only as `${deps.NAME}` and its outs only as `${outs.NAME}`. The
key is that of any action over the same parts, so scoring a version twice costs nothing, and
nothing in the work tree is touched.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from msgspec import Struct, field

from seatrial.errors import StageError
from seatrial.evidence.policy import OutKind
from seatrial.flows.dossier import Dossier, EvidenceFile, evaluation_identity, evidence_files, one_cell
from seatrial.flows.engine import Prepared, Rebinding, execute
from seatrial.flows.layouts import scratch_outs
from seatrial.flows.policy import ModelPolicy
from seatrial.flows.workspace import Workspace
from seatrial.pipeline import key
from seatrial.pipeline.cache import FOLDER
from seatrial.pipeline.command import Layout
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan, PlannedCell
from seatrial.pipeline.select import Action
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact

_LOGS = "rescoring"
"""Below the run's folder, so that the logs of the candidate's own evaluation stay."""


class Rescoring(Struct, frozen=True, kw_only=True):
    """What it takes to evaluate another artifact as part of a run: its plan, and what its cells made."""

    workspace: Workspace
    model: ModelPolicy
    prepared: Prepared
    cells: Mapping[str, CellOutcome]
    run: str
    folder: Path
    also: Mapping[str, Artifact] = field(default_factory=dict)
    """Other deps that are bound to given artifacts too, by name; their bytes are in the cache."""

    def __call__(self, other: Dossier) -> Dossier:
        """`other` with rows, evaluation and test set of this run. Raises StageError when it cannot be run."""
        predictions, entry = self.model.predictions, self.model.input
        if predictions is None or entry is None:
            raise StageError(f"models.{self.model.name} does not say how it is evaluated")
        name = one_cell(predictions, self.prepared.host.policy)
        planned = self.prepared.plan[name]
        with self._scratch() as scratch:
            outcome = self._run(planned, entry.dep, other, scratch)
        if outcome.result is None:
            log = f"; see {self.folder / _LOGS / outcome.log}" if outcome.log else ""
            raise StageError(f"{name} on its artifact: {outcome.reason}{log}")
        if outcome.did is Did.USED:  # its rows belong to no key, so nothing may be concluded from them
            raise StageError(f"{name} on its artifact: {outcome.reason}")
        out = planned.cell.out(predictions.out)
        evaluation, test_set = evaluation_identity(outcome.result.parts, entry.dep)
        rows = EvidenceFile(
            shown=out.path,
            artifact=outcome.result.outs[out.name],
            kind=OutKind.PREDICTIONS,
            store=self.workspace.cache.blobs,
            stage=name,
            action=outcome.result.action_key,
            columns=out.columns,
        )
        measured = tuple(
            file
            for file in evidence_files((planned.cell,), RunOutcome(cells={name: outcome}), rows.store)
            if file.kind is OutKind.METRICS
        )
        # What this stage measured of the other model before was measured on other rows.
        kept = tuple(file for file in other.metrics if file.stage != name)
        return replace(other, predictions=rows, metrics=(*kept, *measured), evaluation=evaluation, test_set=test_set)

    def _scratch(self) -> AbstractContextManager[Path]:
        """A folder inside the tree that is run in, since no out may lie outside of it. Another commit's tree
        is itself in scratch and goes as a whole."""
        root = self.prepared.host.root
        if root == self.workspace.git.root:
            return self.workspace.cache.scratch("rescore")
        folder = root / FOLDER / "rescore"
        folder.mkdir(parents=True)
        return nullcontext(folder)

    def _run(self, planned: PlannedCell, dep: str, other: Dossier, scratch: Path) -> CellOutcome:
        root = self.prepared.host.root
        deps = planned.dep_paths
        bound = {**self.also, dep: other.artifact}
        for name, artifact in bound.items():
            place = scratch / name / Path(self._declared(planned, name)).name
            (other.store if name == dep else self.workspace.cache.blobs).checkout(artifact, place)
            deps[name] = (os.path.relpath(place, root),)
        name = planned.cell.name
        again = replace(
            planned,
            action=Action.RUN,
            reason=f"evaluates {other.model} again",
            expected=None,
            input_digest=key.input_digest(
                {**planned.inputs.parts, **{f"deps.{name}": artifact.digest for name, artifact in bound.items()}}
            ),
        )
        folder = self.folder / _LOGS
        events = EventLog(folder / "events.jsonl", self.workspace.clock, self.workspace.listener)
        events.add("rescoring", run=self.run, model=other.model, artifact=other.artifact.digest, cell=name)
        try:
            outcome = execute(
                self.workspace,
                self.prepared,
                run=self.run,
                folder=folder,
                events=events,
                plan=Plan(cells=(again,)),
                given={cell: made for cell, made in self.cells.items() if cell != name},
                rebinding=Rebinding(
                    bound=bound, layouts={name: Layout(deps=deps, outs=scratch_outs(planned, scratch, root))}
                ),
            )
        finally:
            events.close()
        return outcome.cells[name]

    @staticmethod
    def _declared(planned: PlannedCell, dep: str) -> str:
        """The path the model usually has: some loaders go by its suffix."""
        found = next(each for each in planned.cell.deps or () if each.name == dep)
        return found.produced[0].path if found.produced else (found.path or dep)
