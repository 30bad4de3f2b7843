"""A baseline scored by its own code: the evaluating stage of the baseline's commit, on the candidate's data.

Called where a model declares `code: own`, because today's evaluating code cannot load yesterday's
models. The stage is taken from a scratch tree of the baseline's commit; the model is bound to the
baseline's artifact and every other dep, by its name, to the very bytes that the candidate was
evaluated on. Rows are still joined by id, so an evaluation that labels differently is noticed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from seatrial.errors import ConfigError, StageError
from seatrial.flows.commit_runs import AtCommit, at_commit
from seatrial.flows.dossier import Dossier, one_cell
from seatrial.flows.engine import Prepared
from seatrial.flows.policy import ModelPolicy
from seatrial.flows.rescoring import Rescoring
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.outcome import CellOutcome
from seatrial.replacing import replace
from seatrial.store.blobs import Artifact


class OwnCode(Struct, frozen=True, kw_only=True):
    """Scores another model by the code of `commit`. `data` are the candidate's other deps, by name."""

    workspace: Workspace
    commit: str
    tier: str | None
    candidate: Dossier
    data: Mapping[str, Artifact]
    run: str
    folder: Path

    def __call__(self, other: Dossier) -> Dossier:
        """`other` with rows on the candidate's data. Raises StageError when that commit cannot give them."""
        try:
            with at_commit(self.workspace, self.commit, other.model, tier=self.tier) as there:
                rescoring = Rescoring(
                    workspace=self.workspace,
                    model=there.model,
                    prepared=there.prepared,
                    cells={},
                    run=self.run,
                    folder=self.folder,
                    also=self._also(there),
                )
                scored = rescoring(other)
        except ConfigError as error:
            raise StageError(f"commit {self.commit[:10]}: {error}") from error
        # Other code made these rows on purpose; what makes them comparable is the data they are of.
        return replace(scored, evaluation=self.candidate.evaluation, test_set=self.candidate.test_set)

    def _also(self, there: AtCommit) -> dict[str, Artifact]:
        """The candidate's data under the names that the commit's evaluating stage gives it."""
        predictions, entry = there.model.predictions, there.model.input
        if predictions is None or entry is None:
            raise StageError(f"commit {self.commit[:10]} does not say how {there.model.name} is evaluated")
        name = one_cell(predictions, there.prepared.host.policy)
        wanted = {dep.name for dep in there.prepared.plan[name].cell.deps or () if dep.name != entry.dep}
        if missing := wanted - self.data.keys():
            raise StageError(
                f"commit {self.commit[:10]} evaluates with {', '.join(sorted(missing))}, which today's evaluation "
                "lacks, takes from an address, or did not have to fetch"
            )
        return {dep: self.data[dep] for dep in wanted}


def evaluation_data(
    workspace: Workspace, model: ModelPolicy, prepared: Prepared, cells: Mapping[str, CellOutcome]
) -> dict[str, Artifact]:
    """What the evaluating cell reads besides the model, by dep, with its bytes in the cache."""
    predictions, entry = model.predictions, model.input
    if predictions is None or entry is None:
        return {}
    name = one_cell(predictions, prepared.host.policy)
    data: dict[str, Artifact] = {}
    for dep in prepared.plan[name].cell.deps or ():
        if dep.name == entry.dep or dep.url or dep.is_glob or len(dep.produced) > 1:
            continue
        if dep.path is not None:
            if prepared.survey.is_elsewhere(dep.path):
                continue  # reused without its data, which nobody has fetched
            data[dep.name] = workspace.cache.blobs.put_path(prepared.host.root / dep.path)
            continue
        (made,) = dep.produced
        result = cells[made.cell].result
        if result is not None and not made.inside:
            data[dep.name] = result.outs[made.out]
    return data
