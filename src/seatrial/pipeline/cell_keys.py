"""The key of a cell whose producers are done, and what differs from the result it had before.

Called by the executor. The parts are those of the plan, completed by what the producers made in
this run, or by the artifacts that a cell was bound to instead.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatrial.digest import Json
from seatrial.errors import StageError
from seatrial.pipeline import key
from seatrial.pipeline.expand import Cell, Produced
from seatrial.pipeline.inputs import dep_identity
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.plan import PlannedCell, complete_parts
from seatrial.pipeline.reads import differing, holds
from seatrial.pipeline.results import StageResult
from seatrial.pipeline.session import Session
from seatrial.pipeline.upstream import whole_path
from seatrial.store.blobs import Artifact


class CellKeys:
    """Keys of the cells of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last: dict[str, tuple[key.Parts, str]] = {}
        self._parts: dict[str, tuple[PlannedCell, tuple[CellOutcome, ...], dict[str, Json]]] = {}

    def action_key(self, cell: Cell, parts: key.Parts) -> str:
        """The key of a cell's parts, which are asked for several times on its way and seldom change."""
        known = self._last.get(cell.name)
        if known is None or known[0] != parts:
            known = self._last[cell.name] = parts, key.action_key(parts)
        return known[1]

    def stored(self, planned: PlannedCell, done: Mapping[str, CellOutcome]) -> StageResult | None:
        """The result a cell would be reused from, as far as can be told before its locks are held."""
        action_key = self.reusable(planned, done)
        return self._session.cache.results.find(action_key, self.holds) if action_key is not None else None

    def holds(self, result: StageResult) -> bool:
        """Whether what a result's command was seen to read is the same in this tree."""
        return holds(result, self._session.survey.reads)

    def reusable(self, planned: PlannedCell, done: Mapping[str, CellOutcome]) -> str | None:
        """The key under which a cell looks for a result; None when it looks for none, or has no key yet."""
        if planned.cell.always_runs:
            return None
        try:
            return self.action_key(planned.cell, self.parts(planned, done))
        except StageError:
            return None  # looked at again, and told, once the locks are held

    def parts(self, planned: PlannedCell, done: Mapping[str, CellOutcome]) -> dict[str, Json]:
        """All parts of a cell's key. Raises StageError when a producer did not make what is needed.

        They are asked for several times on a cell's way, and stay while its producers' outcomes do, unless some of
        them is read from disk.
        """
        made_by = tuple(done[name] for name in planned.cell.producers if name in done)
        known = self._parts.get(planned.cell.name)
        if known is not None and known[0] is planned and known[1] == made_by:
            return known[2]
        parts = self._fresh(planned, done)
        if not planned.cell.reads_inside:
            self._parts[planned.cell.name] = planned, made_by, parts
        return parts

    def _fresh(self, planned: PlannedCell, done: Mapping[str, CellOutcome]) -> dict[str, Json]:
        def made(produced: Produced) -> Artifact:
            result = done[produced.cell].result
            if result is None:
                raise StageError(f"{produced.cell} left no result for {planned.cell.name}")
            if produced.inside:
                return self._inside(produced)
            return result.outs[produced.out]

        def bound_or_made(dep: str, produced: Produced) -> Artifact:
            return self._session.bound.get(dep) or made(produced)

        return {
            **complete_parts(planned.cell, planned.inputs.parts, bound_or_made),
            **{
                f"deps.{dep.name}": dep_identity(planned.cell, dep, self._session.bound[dep.name], dep.path or dep.name)
                for dep in planned.cell.deps or ()
                if not dep.produced and dep.name in self._session.bound
            },
        }

    def _inside(self, produced: Produced) -> Artifact:
        try:
            return self._session.survey.fingerprint(produced.path)
        except OSError as error:
            raise StageError(
                f"{produced.cell} made {whole_path(produced)} without {produced.inside}",
                next_step=f"correct the dep {produced.path}, or let {produced.cell} write it",
            ) from error

    def changes(self, before: StageResult, planned: PlannedCell, parts: key.Parts) -> tuple[key.Change, ...]:
        """What differs from an earlier result, file by file where the listings are still there: its parts, and else
        what it was seen to read."""

        def listings(name: str) -> Mapping[str, Json] | None:
            return planned.inputs.listings.get(name) or self._session.cache.listing(name)

        of_parts = key.changes(key.unfold(before.parts, listings), key.unfold(parts, listings))
        return of_parts or differing(before, self._session.survey.reads)


def shared_outs(cell: Cell) -> tuple[str, ...]:
    """The names of a cell's outs whose bytes go to the shared cache."""
    return tuple(out.name for out in cell.spec.outs if out.cache)
