"""Running a share of what the selection left out, to learn how often it is wrong.

Called by `seatrial audit selection`. A change is planned; of the cells that nothing reaches some are drawn and run in a
scratch tree of the head, and compared with what they come to at the base. What differs is looked at more closely,
afresh and more than once, before it is called a miss. Where it is one, the edge that was missing is looked for, and
every audit is recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import ConflictError, UsageError
from seatrial.flows.audit_records import STREAM
from seatrial.flows.audit_runs import AuditRuns, CellAudit
from seatrial.flows.change_plan import ChangedCell, ChangeRequest, plan_change
from seatrial.flows.commits_here import repository_of
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.stage_at_commit import scratch_place
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.audit import AuditOutcome, draw
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.expand import expand
from seatrial.pipeline.select import Action
from seatrial.registry.audits import Audited, Audits, fold, to_body
from seatrial.replacing import replace
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
    left_out = _left_out(found.cells)
    drawn = draw(left_out, share=request.share, seed=seed)
    run = workspace.new_run()
    folder = workspace.cache.runs / run
    events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
    try:
        events.add("audit_started", run=run, base=found.base, head=head, drawn=list(drawn), left_out=len(left_out))
        with scratch_place(workspace) as place:
            work = AuditRuns(workspace, found, head, request.tier, run, folder, events, place)
            cells = tuple(
                work.told(left_out[name], judged) for name, judged in (work.judged(drawn) if drawn else {}).items()
            )
    finally:
        events.close()
        workspace.cache.memory.save()
    known = Audited(
        cell="",
        outcome=AuditOutcome.NOT_JUDGED,
        reason="",
        base=found.base,
        tree=tree,
        seed=seed,
        run=run,
        at=iso(workspace.clock.now()),
        commit=None if uncommitted else head,
        tier=request.tier,
    )
    return SelectionAudit(
        run=run,
        base=found.base,
        head=head,
        uncommitted=uncommitted,
        seed=seed,
        share=request.share,
        left_out=len(left_out),
        cells=cells,
        audits=_record(workspace.state, [_of_cell(known, one) for one in cells]),
    )


def _of_cell(known: Audited, one: CellAudit) -> Audited:
    """The record of one cell, from what is the same for all of an audit."""
    return replace(
        known,
        cell=one.cell,
        outcome=one.judged.outcome,
        reason=one.judged.reason,
        compared=one.judged.compared,
        edges=tuple(edge.path for edge in one.edges),
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


def _left_out(cells: Iterable[ChangedCell]) -> dict[str, ChangedCell]:
    """The cells that come to the same at the head by the plan: nothing that changed reaches them or what feeds them."""
    reached: set[str] = set()
    found = {}
    for one in cells:  # producers first
        cell, spec = one.planned.cell, one.planned.cell.spec
        if one.evidence or not reached.isdisjoint(cell.producers):
            reached.add(cell.name)
        elif one.action in (Action.SKIP, Action.REUSE) and not spec.effects and not spec.always:
            found[cell.name] = one
    return found


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
