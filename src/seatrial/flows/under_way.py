"""One run under way: its folder, its log, and what is the same for all that it judges.

Made by `candidate`, and by `part_run` for one machine's part, which hand it to whoever does a part of the
run: judging, looking for what appeared in the tree, finishing. What a run did is in its event log before
anybody acts on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from msgspec import Struct

from seatrial.errors import SeatrialError
from seatrial.flows.damage import explained
from seatrial.flows.engine import Prepared, execute
from seatrial.flows.forecasting import Outlook, announced, look_ahead
from seatrial.flows.owing import concerns_debt
from seatrial.flows.policy import ProjectPolicy, TierPolicy
from seatrial.flows.request import Request
from seatrial.flows.uncommitted import uncommitted
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.outcome import CellOutcome, Did, RunOutcome
from seatrial.pipeline.select import Action
from seatrial.report.plot_facts import PlotFact
from seatrial.store.blobs import CorruptBlobError

if TYPE_CHECKING:
    from seatrial.flows.telling_rule import ApprovalWanted
    from seatrial.registry.promotion import Refused  # the registry is for runs that have a model

Doing: TypeAlias = Callable[["Run"], RunOutcome]
"""Makes the outcomes of a run otherwise than by doing what the plan says."""


class Elsewhere(Struct, frozen=True, kw_only=True):
    """How this run is one of several machines. `run` is the identifier of the whole where this machine judges it,
    None where it does a part; `dirty` where another machine had files that its commit does not hold."""

    doing: Doing
    run: str | None = None
    dirty: bool = False


class Unpromoted(Struct, frozen=True, kw_only=True):
    """A model whose promotion the tier asks for, and why it did not take place."""

    model: str
    why: Refused | SeatrialError


class Run:
    """What the parts of one run share. `warnings`, `plots` and `unpromoted` grow while it goes on."""

    def __init__(
        self,
        workspace: Workspace,
        policy: ProjectPolicy,
        request: Request,
        tier: TierPolicy | None,
        prepared: Prepared,
        outlook: Outlook | None = None,
        *,
        elsewhere: Elsewhere | None = None,
        skipped: Mapping[str, CellOutcome] | None = None,
    ) -> None:
        """`outlook` is looked up unless somebody has done so before. `elsewhere`: a run shared by several machines.
        `skipped` are cells that are no part of the plan, because the change that the run is about does not reach
        them."""
        self.elsewhere = elsewhere
        self.skipped = dict(skipped or {})
        self.workspace = workspace
        self.policy = policy
        self.request = request
        self.tier = tier
        self.prepared = prepared
        self.outlook = outlook or look_ahead(workspace, prepared, tier)
        self.took = 0.0  # seconds that the stages took together
        self.owed: frozenset[str] = frozenset()  # of the cells that were deferred, those that no other run has done
        self.id = (elsewhere.run if elsewhere else None) or workspace.new_run()
        self.folder = workspace.cache.runs / self.id
        self.events = EventLog(self.folder / "events.jsonl", workspace.clock, workspace.listener)
        self.started = workspace.clock.now()
        self.clock_start = workspace.clock.monotonic()
        self.outs = prepared.every_out
        self.standing = workspace.git.standing(self.outs)
        self.commit = self.standing.commit
        self.dirty = (
            (elsewhere is not None and elsewhere.dirty)
            or bool(self.standing.dirty)
            or uncommitted(workspace, policy, prepared, self.commit)
        )
        self.warnings: list[str] = []
        self.plots: list[PlotFact] = []  # of the models that were judged
        self.then: str | None = None
        """What to type when all went well, where that is known before anything is judged."""
        self.unpromoted: list[Unpromoted] = []
        self.waiting: list[ApprovalWanted] = []
        """Versions that wait for approvals."""
        self._damaged: set[str] = set()
        self._announce()

    def _announce(self) -> None:
        """The first lines of the log: what was asked for, and what is planned and expected."""
        self.events.add(
            "run_started",
            run=self.id,
            command=self.request.command,
            commit=self.commit,
            dirty=self.dirty,
            tier=self.tier.name if self.tier else None,
            machine=self.workspace.machine,
            plan=[
                {"cell": cell.cell.name, "action": cell.action.value, "reason": cell.reason}
                for cell in self.prepared.plan.cells
            ]
            + [
                {"cell": cell.cell, "action": Action.SKIP.value, "reason": cell.reason}
                for cell in self.skipped.values()
            ],
        )
        if self.outlook.fact.cells:
            self.events.add("forecast", **announced(self.outlook))

    def execute(self) -> RunOutcome:
        """Do what the plan says, and write down what was deferred and settled. Raises OutsideError, StateError."""
        began = self.workspace.clock.monotonic()
        try:
            outcome = self.elsewhere.doing(self) if self.elsewhere else self._do_the_plan()
        finally:
            self.took += self.workspace.clock.monotonic() - began
        if self.is_part or not concerns_debt(self.workspace.state, outcome):
            return outcome
        from seatrial.flows.debts import Origin, keep_book  # loads the registry, which few runs need so early

        origin = Origin(
            run=self.id,
            command=self.request.command,
            tier=self.tier.name if self.tier else None,
            commit=self.commit,
            dirty=self.dirty,
            expected=self.outlook.order.seconds,
        )
        kept = keep_book(self.workspace, self.prepared.plan, outcome, origin)
        self.warnings += kept.warnings
        self.owed = kept.owed
        return outcome

    @property
    def is_part(self) -> bool:
        """Whether other machines do the rest, and one of them judges: what is owed is then seen there."""
        return self.elsewhere is not None and self.elsewhere.run is None

    @property
    def collected(self) -> bool:
        """Whether other machines did the cells, and have recorded what that took."""
        return self.elsewhere is not None and self.elsewhere.run is not None

    def _do_the_plan(self) -> RunOutcome:
        return execute(
            self.workspace,
            self.prepared,
            run=self.id,
            folder=self.folder,
            events=self.events,
            bounds=self.outlook.bounds(self.took),
            order=self.outlook.order,
            given=self.skipped,
        )

    def execute_again(self, damage: CorruptBlobError, before: RunOutcome) -> RunOutcome:
        """After damaged bytes were met and set aside: those of the cache are made, or stored, again.

        Raises StateError when that does not bring them back, because they are not the cache's.
        """
        if damage.blob in self._damaged:
            raise explained(self.workspace, damage) from damage
        self._damaged.add(damage.blob)
        self.events.add("evidence_damaged", message=str(damage))
        after = self.execute()
        # What this run already did stays what it did: that it could be reused a moment later is no news.
        cells = {name: before.cells[name] if cell.did is Did.REUSED else cell for name, cell in after.cells.items()}
        return RunOutcome(cells=cells)


def moved_under(outcome: RunOutcome) -> bool:
    """Whether inputs changed while a stage ran: what it made belongs to no commit, whatever git says now."""
    return any(cell.did is Did.USED for cell in outcome.cells.values())
