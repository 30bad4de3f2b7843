"""What a cell is about to read, compared with what its producers made in this run.

Called by the executor while it holds the locks. Between a producer's end and its consumer's
start nobody holds the path, so another run in the same work tree, or a hand, may have written
something else there. A consumer started on that would publish, under the key of the right
bytes, what it made of the wrong ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from seatrial.errors import StageError
from seatrial.pipeline.expand import Cell, Produced
from seatrial.pipeline.outcome import CellOutcome
from seatrial.pipeline.outs import Outs
from seatrial.store.blobs import Artifact, CorruptBlobError


def whole_path(made: Produced) -> str:
    """The path of the out that a dep is, or lies inside of."""
    return made.path.removesuffix(f"/{made.inside}") if made.inside else made.path


class Upstream:
    """The produced deps of one tree. `bound` deps are other artifacts at other places, and not looked at."""

    def __init__(self, outs: Outs, bound: frozenset[str]) -> None:
        self._outs = outs
        self._bound = bound

    def moved(self, cell: Cell, done: Mapping[str, CellOutcome]) -> tuple[str, ...]:
        """The outs that are no longer on disk as their producers made them."""
        return tuple(path for path, artifact in self._expected(cell, done) if not self._holds(path, artifact))

    def put_back(self, cell: Cell, done: Mapping[str, CellOutcome], paths: Iterable[str]) -> None:
        """Restore those outs. Raises StageError when the store no longer has them."""
        wanted = set(paths)
        for path, artifact in self._expected(cell, done) if wanted else ():
            if path in wanted:
                try:
                    self._outs.restore(artifact, path)
                except CorruptBlobError as error:
                    raise StageError(
                        f"{path} was changed after it was made and cannot be restored: {error}",
                        next_step="run it again: its producer will then make it anew",
                    ) from error

    def touched(self, cell: Cell, done: Mapping[str, CellOutcome]) -> str | None:
        """The first out that changed while the cell's command ran."""
        return next(iter(self.moved(cell, done)), None)

    def _expected(self, cell: Cell, done: Mapping[str, CellOutcome]) -> Iterator[tuple[str, Artifact]]:
        for dep in cell.deps or ():
            for made in dep.produced if dep.name not in self._bound else ():
                outcome = done.get(made.cell)
                if outcome is not None and outcome.result is not None:
                    yield whole_path(made), outcome.result.outs[made.out]

    def _holds(self, path: str, artifact: Artifact) -> bool:
        found = self._outs.on_disk(path)
        return found is not None and found.digest == artifact.digest
