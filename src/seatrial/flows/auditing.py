"""Running a share of what the selection left out, to learn how often it is wrong.

Called by `seatrial audit selection`. A change is planned; of the cells that nothing reaches some are drawn and run in a
scratch tree of the head, and compared with what they come to at the base. What differs is looked at more closely,
afresh and more than once, before it is called a miss. Where it is one, the edge that was missing is looked for.

Subtle: both trees are put in the same place, one after the other, so that a path is no difference; and a cell is run on
what its producers made as the cache has it, so that each miss is told of the cell that it is of.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import ConfigError, ConflictError, UsageError
from seatrial.flows.audit_records import STREAM
from seatrial.flows.change_plan import ChangedCell, ChangePlan, ChangeRequest, plan_change
from seatrial.flows.commits_here import repository_of
from seatrial.flows.engine import Prepared
from seatrial.flows.missing_edges import Edge, find_edges
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.stage_at_commit import StageRun, aim, plan_at, run_there, scratch_place
from seatrial.flows.twice import into_the_next_second
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.audit import AuditOutcome, Judged, Made, draw, judge
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.expand import expand
from seatrial.pipeline.select import Action
from seatrial.registry.audits import Audited, Audits, fold, to_body
from seatrial.store.state import StateStore

_ATTEMPTS = 50
_SEED_DIGITS = 12


class AuditRequest(Struct, frozen=True, kw_only=True):
    """What is asked. `head` None is the work tree, `base` None the commit that a baseline `main` would stand for;
    `seed` None is taken from the head's tree."""

    base: str | None = None
    head: str | None = None
    share: float = 0.1
    seed: int | None = None
    tier: str | None = None


class CellAudit(Struct, frozen=True, kw_only=True):
    """One cell that was drawn, and what its runs say. `edges` are what was found to be missing."""

    cell: str
    action: Action
    judged: Judged
    edges: tuple[Edge, ...] = ()
    forgotten: bool = False
    """Whether a stored result that rested on what was missed was dropped."""


class SelectionAudit(Struct, frozen=True, kw_only=True):
    """What an audit came to. `left_out` counts the cells that could be drawn, `audits` is all that is known since."""

    run: str
    base: str
    head: str
    uncommitted: bool
    seed: int
    share: float
    left_out: int
    cells: tuple[CellAudit, ...]
    audits: Audits

    @property
    def missed(self) -> tuple[CellAudit, ...]:
        return tuple(one for one in self.cells if one.judged.outcome is AuditOutcome.MISSED)


def audit_selection(workspace: Workspace, policy: ProjectPolicy, request: AuditRequest) -> SelectionAudit:
    """Raises what planning a change raises, UsageError where nothing differs, StateError."""
    base = request.base if request.base is not None else _base(workspace, policy, request.head)
    head, uncommitted = _head(workspace, policy, request.head)
    found = plan_change(repository_of(workspace), ChangeRequest(base=base, head=head, tier=request.tier))
    if not found.changed:
        raise UsageError(
            f"nothing differs between {found.base[:12]} and what is audited, so nothing was decided",
            next_step="name an earlier commit with `--base REV`",
        )
    tree = workspace.git.tree(head) or head
    seed = int(tree[:_SEED_DIGITS], 16) if request.seed is None else request.seed
    left_out = {one.planned.cell.name: one for one in found.cells if _is_left_out(one)}
    drawn = draw(left_out, share=request.share, seed=seed)
    run = workspace.new_run()
    folder = workspace.cache.runs / run
    events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
    try:
        events.add("audit_started", run=run, base=found.base, head=head, drawn=list(drawn), left_out=len(left_out))
        with scratch_place(workspace) as place:
            work = _Work(workspace, found, head, request.tier, run, folder, events, place)
            cells = tuple(
                work.told(left_out[name], judged) for name, judged in (work.judged(drawn) if drawn else {}).items()
            )
    finally:
        events.close()
        workspace.cache.memory.save()
    at = iso(workspace.clock.now())
    records = [
        Audited(
            cell=one.cell,
            outcome=one.judged.outcome,
            reason=one.judged.reason,
            base=found.base,
            tree=tree,
            seed=seed,
            run=run,
            at=at,
            commit=None if uncommitted else head,
            tier=request.tier,
            compared=one.judged.compared,
            edges=tuple(edge.path for edge in one.edges),
        )
        for one in cells
    ]
    return SelectionAudit(
        run=run,
        base=found.base,
        head=head,
        uncommitted=uncommitted,
        seed=seed,
        share=request.share,
        left_out=len(left_out),
        cells=cells,
        audits=_record(workspace.state, records),
    )


def _head(workspace: Workspace, policy: ProjectPolicy, asked: str | None) -> tuple[str, bool]:
    """The commit to audit, and whether it was made for that from uncommitted files."""
    objects, git = repository_of(workspace).objects, workspace.git
    if asked is not None:
        return objects.commit(asked), False
    commit = objects.commit("HEAD")
    outs = [out.path for cell in expand(policy.pipeline.stages) for out in cell.outs]
    dirty = git.dirty(outs)
    if not dirty:
        return commit, False
    with workspace.cache.scratch("snapshot") as scratch:
        return git.snapshot(dirty, scratch), True


def _base(workspace: Workspace, policy: ProjectPolicy, head: str | None) -> str:
    """What a change is compared with where nobody says it: the commit before, on the main branch or where it parted."""
    if head is not None:
        return f"{head}^"
    from seatrial.flows.baselines import BaselineMissing  # brings the registry along
    from seatrial.flows.main_branch import baseline_commit

    outs = [out.path for cell in expand(policy.pipeline.stages) for out in cell.outs]
    chosen = baseline_commit(workspace, policy.main, dirty=bool(workspace.git.dirty(outs)))
    if isinstance(chosen, BaselineMissing):
        raise UsageError(f"what to compare with is not known: {chosen.message}", next_step="name it with `--base REV`")
    return chosen[0]


def _is_left_out(one: ChangedCell) -> bool:
    """Whether the plan says that a cell comes to the same at the head: nothing that changed reaches it."""
    spec = one.planned.cell.spec
    return one.action in (Action.SKIP, Action.REUSE) and not one.evidence and not spec.effects and not spec.always


class _Work:
    """The runs of one audit."""

    def __init__(
        self,
        workspace: Workspace,
        plan: ChangePlan,
        head: str,
        tier: str | None,
        run: str,
        folder: Path,
        events: EventLog,
        place: Path,
    ) -> None:
        self._workspace = workspace
        self._plan = plan
        self._head = head
        self._tier = tier
        self._run = run
        self._folder = folder
        self._events = events
        self._place = place
        self._turn = 0
        self._runs: dict[str, list[StageRun]] = {}
        self._before: dict[str, Made] = {}

    def judged(self, drawn: Sequence[str]) -> dict[str, Judged]:
        """What can be said of each cell; more runs are made of those that differ at first sight."""
        head = self._at(self._head, drawn, fresh=True)
        base = self._at(self._plan.base, drawn, fresh=False)
        found = {name: judge([base[name]], [head[name]]) for name in drawn}
        closer = [name for name, one in found.items() if one.outcome is AuditOutcome.MISSED]
        if closer:
            bases = [self._at(self._plan.base, closer, fresh=True), self._at(self._plan.base, closer, fresh=True)]
            again = self._at(self._head, closer, fresh=True)
            self._before = bases[0]
            for name in closer:
                found[name] = judge([one[name] for one in bases], [head[name], again[name]])
        for name, one in found.items():
            self._events.add("cell_audited", cell=name, outcome=one.outcome.value, reason=one.reason)
        return found

    def told(self, left_out: ChangedCell, judged: Judged) -> CellAudit:
        """A cell's audit, with what was missing where it was a miss."""
        name = left_out.planned.cell.name
        if judged.outcome is not AuditOutcome.MISSED:
            return CellAudit(cell=name, action=left_out.action, judged=judged)
        held = left_out.planned.inputs.closure.files.keys()
        paths = [one.path for one in self._plan.changed if one.path not in held]
        results = [cell.result for one in self._runs[name] for cell in one.cells if cell.result is not None]
        edges = find_edges(paths, results, lambda some: judge([self._before[name]], [self._with(name, some)]).outcome)
        cache, at = self._workspace.cache, iso(self._workspace.clock.now())
        stale = {result.action_key for result in results if cache.results.find(result.action_key) is not None}
        if edges and all(edge.was_read for edge in edges):
            stale = set()  # what a result was seen to read is compared before it is reused
        for key in stale:
            cache.results.forget(key, at)
        if stale:
            shutil.rmtree(cache.root / "settled", ignore_errors=True)  # they answer with such results
        return CellAudit(cell=name, action=left_out.action, judged=judged, edges=edges, forgotten=bool(stale))

    def _at(self, commit: str, names: Sequence[str], *, fresh: bool) -> dict[str, Made]:
        """What some cells come to at a commit, one after the other."""
        try:
            prepared = plan_at(self._workspace, commit, names, self._tier, self._place)
        except (ConfigError, UsageError) as error:
            return {name: Made(trouble=f"{commit[:12]}: {error}") for name in names}
        return {name: self._made(prepared, commit, name, fresh=fresh) for name in names}

    def _with(self, name: str, paths: Sequence[str]) -> Made:
        """What a cell comes to at the base with some paths as they are at the head."""
        git, base = self._workspace.git, self._plan.base
        prepared = plan_at(self._workspace, base, (name,), self._tier, self._place)
        git.put_paths(self._head, paths, self._place)
        return self._made(prepared, base, name, fresh=True)

    def _made(self, prepared: Prepared, commit: str, name: str, *, fresh: bool) -> Made:
        try:
            there = aim(prepared, commit, name)
        except UsageError as error:
            return Made(trouble=str(error))
        self._turn += 1
        if fresh and name in self._runs:  # a stage that writes down the second must not pass for one that does not
            into_the_next_second(self._workspace.clock, int(self._workspace.clock.now().timestamp()), time.sleep)
        done = run_there(
            self._workspace,
            there,
            run=self._run,
            folder=self._folder / f"{self._turn}-{commit[:12]}",
            events=self._events,
            fresh=fresh,
        )
        self._runs.setdefault(name, []).append(done)
        return _made_by(done, {out.name for one in there.cells for out in one.cell.spec.outs if out.tolerance is None})


def _made_by(done: StageRun, exact: set[str]) -> Made:
    """What a run says. An out that may differ within a tolerance is not compared."""
    if done.failed:
        return Made(outs=None)
    if not done.passed:
        kept = (*done.stuck, *done.cells)[0]
        return Made(trouble=f"{kept.cell} {kept.did}: {kept.reason}")
    return Made(
        outs={
            name: artifact.digest
            for cell in done.cells
            if cell.result is not None
            for name, artifact in cell.result.outs.items()
            if name in exact
        }
    )


def _record(state: StateStore, records: Sequence[Audited]) -> Audits:
    """Append the records; all audits there are then. Raises StateError, ConflictError."""
    left = list(records)
    for attempt in range(_ATTEMPTS):
        length = fold(state.read(STREAM)).length
        try:
            while left:
                length = state.append(STREAM, to_body(left[0]), expected=length).number
                left.pop(0)
        except ConflictError:
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        break
    return fold(state.read(STREAM))
