"""One machine's part of a run: exactly the stages or cells it was given, nothing that feeds them.

Called by `seatrial run --id RUN --stage X`. What the cells read from other stages is fetched from the
state, where the machines that made it left it; each cell's record is written as soon as the cell has
ended, so that a machine that dies loses only what it was just doing. Typed again, the command finds
what is finished and does the rest. Nothing is judged here: `candidate` does that with `--collect`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence

from seatrial.errors import UsageError
from seatrial.flows.engine import Prepared, execute, prepare, work_tree
from seatrial.flows.finishing import finish
from seatrial.flows.forecasting import look_ahead
from seatrial.flows.part_store import PartStore, elsewhere_done
from seatrial.flows.parts import Begun, CellRecord
from seatrial.flows.pins import refuse_unpinned
from seatrial.flows.policy import ProjectPolicy, TierPolicy
from seatrial.flows.request import Candidate, Request
from seatrial.flows.selection import cells_named, find_tier, select_stages
from seatrial.flows.spared import as_skipped, base_commit, left_out
from seatrial.flows.under_way import Elsewhere, Run
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.plan import Plan
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact
from seatrial.store.ulid import is_ulid


def run_part(workspace: Workspace, policy: ProjectPolicy, request: Request, *, run: str) -> Candidate:
    """Do the stages or cells that the request names, as a part of `run`.

    Raises UsageError, before anything runs, when a cell does not exist, another must be done first, or
    the run was begun with another commit, tier or configuration; StateError.
    """
    tier = find_tier(policy, request.tier)
    stages, pipeline = select_stages(policy.pipeline, tier, ())
    cells = expand(stages)
    chosen = cells_named(cells, request.stages)
    parts = PartStore(workspace, run)
    begun = _begun(parts, workspace, policy, request, tier)
    done = {cell.name: record for cell in chosen if (record := parts.record(cell.name)) is not None and record.final}
    left = tuple(cell for cell in chosen if cell.name not in done)
    fed = _feeding(parts, left, (*(cell.name for cell in chosen), *begun.spared), request)
    given = {**as_skipped(begun.spared, begun.base or ""), **{name: record.outcome for name, record in fed.items()}}
    prepared = prepare(
        workspace, stages, pipeline, tree=work_tree(workspace), elsewhere=_elsewhere(cells, chosen, given)
    )
    refuse_unpinned(workspace, policy, request, tier, prepared)
    if parts.begin(begun).spared != begun.spared:
        return run_part(workspace, policy, request, run=run)  # another machine began it meanwhile: its word counts
    _fetch(parts, prepared, left, {**fed, **done})
    part = _Part(parts, prepared, {name: elsewhere_done(record) for name, record in done.items()}, given)
    outlook = look_ahead(workspace, prepared, None)  # a tier's budget is for all of its stages
    under_way = Run(workspace, policy, request, tier, prepared, outlook, elsewhere=Elsewhere(doing=part))
    under_way.warnings += prepared.survey.notes
    try:
        about = (f" --tier {tier.name}" if tier else "") + (
            f" --base {shlex.quote(request.base)}" if request.base else ""
        )
        under_way.then = f"seatrial run --collect {run}{about}"
        return finish(under_way, under_way.execute(), ())
    finally:
        under_way.events.close()


def _begun(
    parts: PartStore, workspace: Workspace, policy: ProjectPolicy, request: Request, tier: TierPolicy | None
) -> Begun:
    """How the run was begun, or how it is to be begun here, with what the change that it is about leaves out.

    Raises UsageError where this machine cannot take part in it.
    """
    mine, begun = begun_here(workspace, policy, request, tier, run=parts.run), parts.begun()
    if begun is not None:
        return parts.agreed(begun, mine)
    if request.base is None:
        return mine
    found = left_out(workspace, policy, request.base, tier)
    return replace(mine, spared=found.spared, put_off=found.put_off)


def begun_here(
    workspace: Workspace, policy: ProjectPolicy, request: Request, tier: TierPolicy | None, *, run: str
) -> Begun:
    """How this machine would begin a run, to be compared with how it was begun."""
    return Begun(
        run=run,
        id=run if is_ulid(run) else workspace.new_run(),
        commit=workspace.git.commit(),
        tier=tier.name if tier else None,
        config=policy.digest,
        overridden=json.loads(json.dumps(dict(request.overridden))),
        base=base_commit(workspace, request.base) if request.base is not None else None,
    )


class _Part:
    """What a run on one machine does: its cells, with the others given."""

    def __init__(
        self,
        parts: PartStore,
        prepared: Prepared,
        done: Mapping[str, CellOutcome],
        given: Mapping[str, CellOutcome],
    ) -> None:
        self._parts = parts
        self._cells = {planned.cell.name: planned for planned in prepared.plan.cells}
        self._done = done
        self._given = given

    def __call__(self, run: Run) -> RunOutcome:
        def publish(outcome: CellOutcome) -> Callable[[], CellOutcome]:
            mine = CellRecord(
                outcome=outcome,
                machine=run.workspace.machine,
                commit=run.commit,
                dirty=run.dirty,
                tier=run.tier.name if run.tier else None,
                config=run.policy.digest,
                overridden=json.loads(json.dumps(dict(run.request.overridden))),
            )
            log = run.folder / outcome.log if outcome.log else None
            counts = self._parts.publish(self._cells[outcome.cell].cell, mine, log)
            stands = outcome if counts.outcome == mine.outcome else self._parts.adopt(counts)

            def recorded() -> CellOutcome:
                run.events.add("part_recorded", cell=outcome.cell, did=counts.outcome.did.value)
                return stands

            return recorded

        left = tuple(planned for name, planned in self._cells.items() if name not in self._done)
        outcome = execute(
            run.workspace,
            run.prepared,
            run=run.id,
            folder=run.folder,
            events=run.events,
            plan=Plan(cells=left),
            given={**self._given, **self._done},
            order=run.outlook.order,
            recording=publish,
        )
        return RunOutcome(cells={name: outcome.cells[name] for name in self._cells})


def _feeding(parts: PartStore, left: Sequence[Cell], without: Iterable[str], request: Request) -> dict[str, CellRecord]:
    """The records of the cells that must be done before these, refused where one is not. Those in `without` need no
    record: they are done here, or left out."""
    own = frozenset(without)
    wanted = dict.fromkeys(name for cell in left for name in cell.before if name not in own)
    found: dict[str, CellRecord] = {}
    for name in wanted:
        record = parts.record(name)
        if record is not None and (record.final or record.outcome.did is Did.DEFERRED):
            found[name] = record
            continue
        why = "which no machine has done yet" if record is None else f"which is not done: {record.outcome.reason}"
        words = (f" --tier {request.tier}" if request.tier else "") + (
            f" --base {shlex.quote(request.base)}" if request.base else ""
        )
        reader = next(cell.name for cell in left if name in cell.before)
        raise UsageError(
            f"{reader} needs {name}, {why}",
            next_step=f"seatrial run --id {parts.run} --stage {shlex.quote(name)}{words}",
        )
    return found


def _fetch(parts: PartStore, prepared: Prepared, left: Sequence[Cell], records: Mapping[str, CellRecord]) -> None:
    for name, record in records.items():
        outs = {made.out for cell in left for dep in cell.deps or () for made in dep.produced if made.cell == name}
        parts.fetch(record, sorted(outs), lies_here(prepared, name))


def lies_here(prepared: Prepared, cell: str) -> Callable[[str, Artifact], bool]:
    """Whether an out of a cell, by its name, lies in this tree."""
    paths = {out.name: out.path for one in prepared.cells if one.name == cell for out in one.outs}
    return lambda name, artifact: prepared.survey.lies(paths[name], artifact)


def _elsewhere(cells: Sequence[Cell], chosen: Sequence[Cell], given: Mapping[str, CellOutcome]) -> dict[str, str]:
    """The input digests of all cells but the chosen ones. Only those of direct producers are looked at."""
    own = {cell.name for cell in chosen}
    known = {name: outcome.result.input_digest for name, outcome in given.items() if outcome.result is not None}
    return {cell.name: known.get(cell.name, "") for cell in cells if cell.name not in own}
