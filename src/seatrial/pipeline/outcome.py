"""What became of the cells of a run, for the flows, the report and `why`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.key import Change
from seatrial.pipeline.results import StageResult
from seatrial.store.blobs import Artifact
from seatrial.verdict import Verdict


class Did(StrEnum):
    """What happened to a cell."""

    RAN = "ran"
    REUSED = "reused"
    FAILED = "failed"
    BLOCKED = "blocked"
    USED = "used"
    """It ran, but its inputs changed meanwhile: its outs are there and nothing was stored."""
    DEFERRED = "deferred"
    """It should have run and was put off (no such device here, no time for it); what reads its outs is too."""
    SKIPPED = "skipped"
    """No changed path reaches it, in a run that is about a change."""
    MISSING = "missing"
    """No machine did it: a run that was put together from parts lacks this one."""


class CellOutcome(Struct, frozen=True, kw_only=True):
    """What became of one cell. `result` is there for `ran`, `reused` and `used`; `log` is the path
    of its output, relative to the run's folder. `attempts` counts starts of its command: a pass with
    more than one is flaky. `drifted`: see `drifts`. `waited` is how many seconds it waited for what others
    held, `waited_for` what. `cause` is what put a deferred cell off. `verdict` is there when a cell failed because what
    it judges did: that of its own check, whose record is the blob `record`."""

    cell: str
    did: Did
    reason: str
    result: StageResult | None = None
    changed: tuple[Change, ...] = ()
    seconds: float = 0.0
    log: str | None = None
    attempts: int = 1
    drifted: bool = False
    waited: float = 0.0
    waited_for: str = ""
    cause: Cause = Cause.MACHINE
    verdict: Verdict | None = None
    record: Artifact | None = None


def drifts(cell: Cell, done: Mapping[str, CellOutcome]) -> bool:
    """Whether what a cell reads was made of inputs that changed meanwhile, however far back.

    Its result is right for the bytes it read and is stored under their key. It belongs to no input digest: by that
    of the plan, which knows nothing of the change, it must not be found again.
    """
    made = (done[name] for name in cell.producers if name in done)
    return any(one.did is Did.USED or one.drifted for one in made)


class RunOutcome(Struct, frozen=True, kw_only=True):
    """All cells of a run, by name, in the order in which they ended."""

    cells: Mapping[str, CellOutcome]

    @property
    def failed(self) -> tuple[CellOutcome, ...]:
        return tuple(cell for cell in self.cells.values() if cell.did is Did.FAILED)

    @property
    def deferred(self) -> tuple[CellOutcome, ...]:
        return tuple(cell for cell in self.cells.values() if cell.did is Did.DEFERRED)

    @property
    def missing(self) -> tuple[CellOutcome, ...]:
        return tuple(cell for cell in self.cells.values() if cell.did is Did.MISSING)
