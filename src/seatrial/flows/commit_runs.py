"""The stages of another commit, run in a scratch tree: for the main branch as a baseline, and for
promoting a version whose holder has to be evaluated again.

Called by `main_branch`, `own_code`, `promote` and `diffing`, and by `stage_at_commit` for a stage alone. The
scratch tree holds exactly the commit's files, and the commit's own configuration is read. Data that git does not
keep is taken from the work tree as it lies there. Results go to the same cache, so a commit that has been run
before costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from msgspec import Struct

from seatrial.errors import ConfigError, StageError, UserError
from seatrial.flows.dossier import Dossier, from_run
from seatrial.flows.engine import Prepared, execute, prepare
from seatrial.flows.policy import CONFIG_FILE, ModelPolicy, ProjectPolicy
from seatrial.flows.selection import find_tier, select_stages
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.events import EventLog
from seatrial.pipeline.expand import GLOB_CHARACTERS
from seatrial.pipeline.outcome import RunOutcome
from seatrial.pipeline.policy import PathSource, PipelinePolicy, StageSpec
from seatrial.pipeline.tree import Tree
from seatrial.store.copying import copy_file


class CommitRun(Struct, frozen=True, kw_only=True):
    """A run of one commit's stages, while its scratch tree exists."""

    policy: ProjectPolicy
    model: ModelPolicy
    prepared: Prepared
    outcome: RunOutcome
    run: str
    folder: Path

    def dossier(self, workspace: Workspace) -> Dossier:
        """The model's dossier at that commit. Raises StageError when one of its stages failed or was deferred."""
        for failed in self.outcome.failed:
            raise StageError(f"stage {failed.cell} failed at that commit: {failed.reason}")
        for deferred in self.outcome.deferred:
            raise StageError(f"stage {deferred.cell} was deferred at that commit: {deferred.reason}")
        cells = {cell.name: cell for cell in self.prepared.cells}
        return from_run(self.model, self.prepared.host.policy, cells, self.outcome, workspace.cache.blobs)


class TierAbsentError(ConfigError):
    """A commit's configuration does not have the tier that the candidate was made under."""


def has_configuration(workspace: Workspace, commit: str) -> bool:
    """Whether a commit has a `seatrial.yaml`."""
    return workspace.git.read_at(commit, CONFIG_FILE) is not None


class AtCommit(Struct, frozen=True, kw_only=True):
    """What one model needs at one commit, planned and not run, while its scratch tree exists."""

    policy: ProjectPolicy
    model: ModelPolicy
    prepared: Prepared


@contextmanager
def at_commit(workspace: Workspace, commit: str, model: str, *, tier: str | None) -> Iterator[AtCommit]:
    """Plan what one model needs at one commit.

    Raises ConfigError when that commit's configuration cannot be used or does not know the model,
    TierAbsentError when it lacks the tier: the same stages under other parameters are no comparison.
    """
    policy = workspace.load_policy(lambda path: workspace.git.read_at(commit, path))
    if model not in policy.models:
        raise ConfigError(f"commit {commit[:10]} declares no model {model}")
    declared = policy.models[model]
    if tier is not None and tier not in policy.tiers:
        raise TierAbsentError(f"commit {commit[:10]} has no tier {tier}")
    known_tier = find_tier(policy, tier)
    sources = (declared.artifact, declared.predictions, declared.recipe, *declared.evidence)
    names = list(dict.fromkeys(source.stage for source in sources if source is not None))
    stages, pipeline = select_stages(policy.pipeline, known_tier, names)
    with workspace.cache.scratch("commit") as scratch:
        prepared = prepare_at(workspace, policy, commit, scratch / "tree", stages, pipeline)
        yield AtCommit(policy=policy, model=declared, prepared=prepared)


def prepare_at(
    workspace: Workspace,
    policy: ProjectPolicy,
    commit: str,
    tree_root: Path,
    stages: Mapping[str, StageSpec],
    pipeline: PipelinePolicy,
) -> Prepared:
    """Write a commit's files, and the data that it lacks, into a fresh folder, and plan stages there."""
    workspace.git.check_out(commit, tree_root)
    kept_by_lfs = partial(workspace.git.with_filter, "lfs", folder=tree_root)
    tree = Tree(tree_root, workspace.git.files_at(commit), kept_by_lfs=kept_by_lfs)
    _bring_data(workspace, policy, tree)
    return prepare(workspace, stages, pipeline, tree=tree, tracked_outs=False)


@contextmanager
def run_commit(
    workspace: Workspace, commit: str, model: str, *, tier: str | None, run: str, folder: Path
) -> Iterator[CommitRun]:
    """Run what one model needs at one commit; its log and its logs' folder are its own.

    Raises what `at_commit` raises.
    """
    with at_commit(workspace, commit, model, tier=tier) as there:
        yield CommitRun(
            policy=there.policy,
            model=there.model,
            prepared=there.prepared,
            outcome=_execute(workspace, there.prepared, commit, model, run, folder),
            run=run,
            folder=folder,
        )


def _execute(workspace: Workspace, prepared: Prepared, commit: str, model: str, run: str, folder: Path) -> RunOutcome:
    events = EventLog(folder / "events.jsonl", workspace.clock, workspace.listener)
    try:
        events.add("commit_run", run=run, commit=commit, model=model)
        return execute(workspace, prepared, run=run, folder=folder, events=events)
    finally:
        events.close()


def _bring_data(workspace: Workspace, policy: ProjectPolicy, tree: Tree) -> None:
    """Literal deps that the commit's tree does not hold, copied from the work tree where they lie there."""
    outs = {out.path for stage in policy.pipeline.stages.values() for out in stage.outs}
    for stage in policy.pipeline.stages.values():
        for dep in stage.deps or ():
            match dep.source:
                case PathSource(path=path) if not GLOB_CHARACTERS & set(path) and "${" not in path:
                    if path not in outs and not (tree.root / path).exists():
                        _copy(workspace.git.root / path, tree.root / path)
                case _:
                    pass


def copy_deps(root: Path, spec: StageSpec, folder: Path) -> None:
    """The literal paths that a stage reads, as far as a folder lacks them and they lie below `root`."""
    for dep in spec.deps or ():
        match dep.source:
            case PathSource(path=path) if not GLOB_CHARACTERS & set(path) and "${" not in path:
                if not (folder / path).exists():
                    _copy(root / path, folder / path)
            case _:
                pass


def _copy(source: Path, target: Path, above: tuple[Path, ...] = ()) -> None:
    """Copy what a dep reads: links followed, empty folders and executable bits kept, as they are digested."""
    if source.is_dir():
        real = source.resolve()
        if real in above:
            raise UserError(f"{source} is a loop of symbolic links", next_step="remove the link that leads back")
        target.mkdir(parents=True, exist_ok=True)
        for child in sorted(source.iterdir()):
            _copy(child, target / child.name, (*above, real))
    elif source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_file(source, target, mode=0o755 if source.stat().st_mode & 0o100 else 0o644)
