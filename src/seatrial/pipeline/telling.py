"""What becomes of cells, told to the log of the run and as outcomes.

Called by the executor and its parts, so that each kind of event is written in one place. Reasons
are shown to people and stored: they never hold a value of a secret.
"""

from __future__ import annotations

from pathlib import Path

from seatrial.digest import Json
from seatrial.pipeline import key
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.session import Session
from seatrial.process.group import Ended
from seatrial.store.blobs import Artifact
from seatrial.verdict import Verdict

_MOST_CHANGES = 200  # in the log; how many there were in all is noted too


class Telling:
    """The events of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def reused(self, cell: Cell, stored: StageResult, reason: str, *, drifted: bool) -> CellOutcome:
        """A stored result stands for the cell."""
        self._session.events.add(
            "stage_reused",
            cell=cell.name,
            key=stored.action_key,
            run=stored.run,
            reason=reason,
            saved_wall=stored.wall,
            saved_cpu=stored.cpu,
        )
        return CellOutcome(cell=cell.name, did=Did.REUSED, reason=reason, result=stored, drifted=drifted)

    def started(
        self,
        cell: Cell,
        action_key: str,
        reason: str,
        changed: tuple[key.Change, ...],
        last: StageResult | None,
        attempt: int,
    ) -> None:
        """Its command is about to start."""
        self._session.events.add(
            "stage_started",
            cell=cell.name,
            key=action_key,
            reason=reason,
            changed=[[change.part, change.old, change.new] for change in changed[:_MOST_CHANGES]],
            changed_in_all=len(changed),
            previous=last.run if last else None,
            attempt=attempt,
        )

    def failed(
        self,
        cell: Cell,
        reason: str,
        *,
        log: Path | None = None,
        changed: tuple[key.Change, ...] = (),
        ended: Ended | None = None,
        attempt: int = 1,
        verdict: Verdict | None = None,
        record: Artifact | None = None,
    ) -> CellOutcome:
        """It could not be started, its command failed, or what it judges did (`verdict`, and `record` of it)."""
        self.ended(cell, Did.FAILED, reason, ended)
        return CellOutcome(
            cell=cell.name,
            did=Did.FAILED,
            reason=reason,
            changed=changed,
            seconds=ended.wall if ended else 0.0,
            log=self.shown(log) if log else None,
            attempts=attempt,
            verdict=verdict,
            record=record,
        )

    def ended(self, cell: Cell, did: Did, reason: str, ended: Ended | None) -> None:
        """Its command has ended, or never began."""
        figures: dict[str, Json] = {}
        if ended is not None:
            figures = {
                "wall": round(ended.wall, 4),
                "cpu": round(ended.cpu, 4),
                "peak_memory": ended.peak_memory,
                "code": ended.code,
                "signal": ended.signal,
            }
        self._session.events.add("stage_ended", cell=cell.name, did=did.value, reason=reason, **figures)

    def stopped(self, cell: Cell) -> None:
        """Its command was stopped from outside."""
        self._session.events.add("stage_stopped", cell=cell.name)

    def damaged(self, cell: Cell, stored: StageResult, message: str) -> None:
        """A stored result cannot be used, because its bytes are gone or wrong."""
        self._session.events.add("cache_damaged", cell=cell.name, key=stored.action_key, message=message)

    def set_aside(self, cell: Cell, moved: Path | None) -> None:
        """Files of the user lay at the path of an out, and are elsewhere now."""
        if moved is not None:
            self._session.events.add("set_aside", cell=cell.name, path=str(moved))

    def shown(self, log: Path) -> str:
        """A log's path as an outcome names it."""
        return str(log).removeprefix(f"{self._session.folder}/")
