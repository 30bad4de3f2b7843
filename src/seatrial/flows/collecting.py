"""A run whose cells other machines did: their records become its outcomes, and it is judged like any other.

Called by `candidate` for `seatrial run --collect RUN`. Only what judging and the report read is fetched
here: models, evidence, logs, and what an evaluation would need if it had to be done again.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from seatrial.errors import UsageError
from seatrial.flows.dossier import one_cell
from seatrial.flows.engine import Prepared
from seatrial.flows.part_checks import outcomes, strangers
from seatrial.flows.part_run import begun_here, lies_here
from seatrial.flows.part_store import PartStore
from seatrial.flows.parts import Begun, CellRecord
from seatrial.flows.policy import ModelPolicy, ProjectPolicy, TierPolicy
from seatrial.flows.request import Request
from seatrial.flows.spared import as_deferred
from seatrial.flows.under_way import Run
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.replacing import replace

_LOGS = "logs"


class CollectedRun:
    """The parts of one run, all of them looked at and found to belong together."""

    def __init__(
        self, parts: PartStore, begun: Begun, records: Mapping[str, CellRecord], models: tuple[ModelPolicy, ...]
    ) -> None:
        self._parts = parts
        self._records = records
        self._models = models
        self.begun = begun

    @property
    def dirty(self) -> bool:
        """Whether a machine worked on files that its commit does not hold."""
        return any(record.dirty for record in self._records.values())

    def __call__(self, run: Run) -> RunOutcome:
        """The outcomes of all cells; what is read of them is in this machine's cache. Raises StateError."""
        put_off = as_deferred({cell: why for cell, why in self.begun.put_off.items() if cell not in self._records})
        done = outcomes(run.prepared.cells, self._records, {**put_off, **run.skipped})
        for cell, out in _read(run.prepared, self._models):
            if (record := self._records.get(cell)) is not None and record.final:
                self._parts.fetch(record, (out,), lies_here(run.prepared, cell))
        for refused in done.values():
            if refused.record is not None:
                self._parts.bring(refused.record)
        cells = {name: self._with_log(run, number, outcome) for number, (name, outcome) in enumerate(done.items())}
        for missing in [outcome.cell for outcome in cells.values() if outcome.did is Did.MISSING][:1]:
            run.then = _part(run.request, missing)
        for outcome in cells.values():
            machine = self._records[outcome.cell].machine if outcome.cell in self._records else None
            run.events.add(
                "part_collected", cell=outcome.cell, did=outcome.did.value, reason=outcome.reason, machine=machine
            )
        return RunOutcome(cells=cells)

    def _with_log(self, run: Run, number: int, outcome: CellOutcome) -> CellOutcome:
        """The outcome with its log in this run's folder."""
        record = self._records.get(outcome.cell)
        if record is None or record.log is None:
            return replace(outcome, log=None)
        name = f"{_LOGS}/{number:03d}-{outcome.cell.partition('[')[0]}.log"
        self._parts.bring(record.log)
        run.workspace.cache.blobs.checkout(record.log, run.folder / name)
        return replace(outcome, log=name)


def _part(request: Request, cell: str) -> str:
    """The command that does a cell of the run, with the words of the command that collects it."""
    asked = f"--collect {request.collect}"
    return request.command.replace(asked, f"--id {request.collect} --stage {shlex.quote(cell)}", 1)


def open_collected(
    workspace: Workspace,
    policy: ProjectPolicy,
    request: Request,
    tier: TierPolicy | None,
    prepared: Prepared,
    models: tuple[ModelPolicy, ...],
    *,
    run: str,
) -> CollectedRun:
    """All parts of a run. Raises UsageError, naming every reason, unless they belong together and to this tree."""
    parts = PartStore(workspace, run)
    begun = parts.agreed(parts.begun(), begun_here(workspace, policy, request, tier, run=run))
    own = {planned.cell.name: planned.inputs.parts for planned in prepared.plan.cells}
    records = {name: record for name in own if (record := parts.record(name)) is not None}
    if problems := strangers(tuple(cell for cell in prepared.cells if cell.name in own), own, records, run=run):
        raise UsageError(problems[0].message, problems=problems)
    return CollectedRun(parts, begun, records, models)


def _read(prepared: Prepared, models: tuple[ModelPolicy, ...]) -> Iterator[tuple[str, str]]:
    """The outs that judging and the report read, as cell and out."""
    cells = {cell.name: cell for cell in prepared.cells}
    yield from ((cell.name, out.name) for cell in prepared.cells for out in cell.outs if out.kind is not None)
    for model in models:
        yield one_cell(model.artifact, prepared.host.policy), model.artifact.out
        if model.predictions is not None:
            evaluating = cells[one_cell(model.predictions, prepared.host.policy)]
            yield from ((made.cell, made.out) for dep in evaluating.deps or () for made in dep.produced)
