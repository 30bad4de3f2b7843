"""The runs of an audit: cells that were left out, run at the base and at the head, as often as it takes to be sure.

Called by `auditing`. Both trees are put in the same place, one after the other, so that a path is no difference; and a
cell is run on what its producers made as the cache has it, so that each miss is told of the cell that it is of.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from seatrial.clock import iso
from seatrial.errors import ConfigError, UsageError
from seatrial.flows.change_plan import ChangedCell, ChangePlan
from seatrial.flows.engine import Prepared
from seatrial.flows.missing_edges import Edge, find_edges
from seatrial.flows.stage_at_commit import StageRun, aim, plan_at, run_there
from seatrial.flows.twice import into_the_next_second
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.audit import AuditOutcome, Judged, Made, judge
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.select import Action
from seatrial.process.trace import strace


class CellAudit(Struct, frozen=True, kw_only=True):
    """One cell that was drawn, and what its runs say. `edges` are what was found to be missing."""

    cell: str
    action: Action
    judged: Judged
    edges: tuple[Edge, ...] = ()
    forgotten: bool = False
    """Whether a stored result that rested on what was missed was dropped."""


class AuditRuns:
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
            tracer = self._best_tracer()
            bases = [self._at(self._plan.base, closer, fresh=True, tracer=tracer) for _ in range(2)]
            again = self._at(self._head, closer, fresh=True, tracer=tracer)
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
        forgotten = self._forget({result.action_key for result in results}, {edge.path for edge in edges})
        return CellAudit(cell=name, action=left_out.action, judged=judged, edges=edges, forgotten=forgotten)

    def _forget(self, keys: set[str], edges: set[str]) -> bool:
        """Drop stored results that rest on what was missed; one that was seen to read it is compared before a reuse."""
        cache, at = self._workspace.cache, iso(self._workspace.clock.now())
        stored = {key: result for key in keys if (result := cache.results.find(key)) is not None}
        stale = [key for key, one in stored.items() if not edges or not edges <= {read.path for read in one.reads}]
        for key in stale:
            cache.results.forget(key, at)
        if stale:
            shutil.rmtree(cache.root / "settled", ignore_errors=True)  # they answer with such results
        return bool(stale)

    def _best_tracer(self) -> str:
        """What sees most of what a command reads. It costs several times as much: only what differs is watched so."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return strace.TRACER if strace.refusal(self._folder / "strace.log") is None else "audit"

    def _at(self, commit: str, names: Sequence[str], *, fresh: bool, tracer: str = "audit") -> dict[str, Made]:
        """What some cells come to at a commit, one after the other."""
        try:
            prepared = plan_at(self._workspace, commit, names, self._tier, self._place)
        except (ConfigError, UsageError) as error:
            return {name: Made(trouble=f"{commit[:12]}: {error}") for name in names}
        return {name: self._made(prepared, commit, name, fresh=fresh, tracer=tracer) for name in names}

    def _with(self, name: str, paths: Sequence[str]) -> Made:
        """What a cell comes to at the base with some paths as they are at the head."""
        git, base = self._workspace.git, self._plan.base
        prepared = plan_at(self._workspace, base, (name,), self._tier, self._place)
        git.put_paths(self._head, paths, self._place)
        return self._made(prepared, base, name, fresh=True)

    def _made(self, prepared: Prepared, commit: str, name: str, *, fresh: bool, tracer: str = "audit") -> Made:
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
            tracer=tracer,
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
