"""The parts of one run in the state: written by every machine that does some, read by the one that judges.

Called by `part_run` and `collecting`. Streams are `parts/RUN/begun` and one a cell. A cell's bytes are
kept in the state's own blobs before its record is written, so that a record never names what another
machine cannot fetch; a machine killed in between leaves blobs that nobody asks for.

Subtle: of two machines that end the same cell, one writes its record first and the other adopts it.
A record of a failed or deferred cell does not stand in the way of a later one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from seatrial import digest
from seatrial.errors import ConflictError, UsageError
from seatrial.flows.damage import explained
from seatrial.flows.parts import Begun, CellRecord, check_run_name, disagreements, read_begun, read_record
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact, CorruptBlobError

_PREFIX = "parts"


class PartStore:
    """The records of one run across machines, seen from one of them."""

    def __init__(self, workspace: Workspace, run: str) -> None:
        """Raises UsageError for a name that no run can have."""
        self.run = check_run_name(run)
        self._workspace = workspace
        self._state = workspace.state

    # -- how it began -----------------------------------------------------------------

    def begin(self, mine: Begun) -> Begun:
        """How the run began, which is now if nobody has begun it. Raises UsageError unless `mine` agrees with it."""
        begun = self.begun()
        if begun is None:
            try:
                self._state.append(self._stream("begun"), mine.to_body(), expected=0)
                return mine
            except ConflictError:  # another machine was faster by a moment
                begun = self.begun()
        return self.agreed(begun, mine)

    def look(self, mine: Begun) -> None:
        """Raise UsageError if the run was begun and `mine` does not agree with it."""
        begun = self.begun()
        if begun is not None:
            self.agreed(begun, mine)

    def agreed(self, begun: Begun | None, mine: Begun) -> Begun:
        """`begun`, if there is such a run and `mine` agrees with it. Raises UsageError."""
        if begun is None:
            raise UsageError(
                f"no machine has begun a run {self.run}, so there is nothing to collect",
                next_step=f"seatrial run --id {self.run} --stage STAGE on each machine, with the same `state:`",
            )
        if problems := disagreements(begun, mine):
            raise UsageError(problems[0].message, problems=problems)
        return begun

    def begun(self) -> Begun | None:
        """How the run began, None when nobody has begun it."""
        stream = self._stream("begun")
        entries = self._state.read(stream)
        return read_begun(entries[0].body, shown=f"{stream} record 1") if entries else None

    # -- cells ------------------------------------------------------------------------

    def record(self, cell: str) -> CellRecord | None:
        """What is known of a cell: the newest record, or the one that finished it."""
        return self._newest(cell)[0]

    def ended(self, cell: str) -> bool:
        """Whether somebody did a cell, well or not. That is known then, though nobody had to do it."""
        record = self.record(cell)
        return record is not None and (record.final or record.outcome.did is Did.FAILED)

    def publish(self, cell: Cell, mine: CellRecord, log: Path | None) -> CellRecord:
        """Write down what became of a cell, its bytes first; the record that counts, which may be another's.

        Raises StateError when the state cannot be written or its bytes are damaged as they are stored.
        """
        blobs = self._workspace.cache.blobs
        kept: list[str] = []
        result = mine.outcome.result
        for out in cell.spec.outs if mine.final else ():  # what was only used here may not go anywhere else
            if result and out.cache:
                self._state.keep(result.outs[out.name], blobs)
                kept.append(out.name)
        if mine.outcome.record is not None:
            self._state.keep(mine.outcome.record, blobs)
        if log is not None and log.exists():
            stored = blobs.put_path(log)
            self._state.keep(stored, blobs)
            mine = replace(mine, log=stored)
        mine = replace(mine, kept=tuple(kept))
        while True:
            known, number = self._newest(cell.name)
            if known is not None and known.final:
                return known
            try:
                self._state.append(self._cell_stream(cell.name), mine.to_body(), expected=number)
                return mine
            except ConflictError:
                continue  # somebody wrote in between: look again at what it was

    def fetch(self, record: CellRecord, outs: Iterable[str], lies: Callable[[str, Artifact], bool]) -> None:
        """Bring outs of a cell into this machine's cache, digests verified. `lies` says whether an out is
        in this machine's tree, which must do for one that is kept nowhere.

        Raises StateError when the state has lost them, UsageError for outs that are kept nowhere.
        """
        result = record.outcome.result
        for name in outs if result else ():
            if result and name in record.kept:
                self.bring(result.outs[name])
            elif result and not lies(name, result.outs[name]):
                raise UsageError(
                    f"out {name} of {record.outcome.cell} has `cache: false`, so its bytes are only on the machine "
                    f"that made it ({record.machine})",
                    next_step=f"take `cache: false` out of stages.{record.outcome.cell.partition('[')[0]}.outs.{name}",
                )

    def bring(self, artifact: Artifact) -> None:
        """Bring one artifact into this machine's cache. Raises StateError when the state has lost it."""
        try:
            self._state.blobs.copy_to(artifact, self._workspace.cache.blobs)
        except CorruptBlobError as error:
            raise explained(self._workspace, error) from error

    def adopt(self, record: CellRecord) -> CellOutcome:
        """A cell that another machine finished, as this machine's outcome, its outs fetched."""
        result = record.outcome.result
        for name in record.kept if result else ():
            if result:
                self.bring(result.outs[name])
        return elsewhere_done(record)

    def _newest(self, cell: str) -> tuple[CellRecord | None, int]:
        stream = self._cell_stream(cell)
        entries = self._state.read(stream)
        records = [read_record(entry.body, shown=f"{stream} record {entry.number}") for entry in entries]
        finished = next((record for record in records if record.final), None)
        return finished or (records[-1] if records else None), len(entries)

    def _cell_stream(self, cell: str) -> str:
        return self._stream(digest.of_bytes(cell.encode()).removeprefix(digest.PREFIX)[:32])

    def _stream(self, name: str) -> str:
        return f"{_PREFIX}/{self.run}/{name}"


def elsewhere_done(record: CellRecord) -> CellOutcome:
    """A finished cell as an outcome of a machine that did not do it."""
    return replace(record.outcome, did=Did.REUSED, reason=f"finished on another machine ({record.machine})", log=None)
