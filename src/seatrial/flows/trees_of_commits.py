"""The trees of many commits, looked at one after the other: what one of them has in common with another is read once.

Called by `suspects`. Facts are remembered by blob anyway; here the configuration is too, and nothing of a tree is kept
but what differs from the one after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.objects import Entry
from seatrial.environment.records import Environment
from seatrial.errors import ConfigError
from seatrial.flows.change_plan import Repository, reads_of
from seatrial.flows.commit_files import Read, reader
from seatrial.flows.environment_change import environment_change, needs_of
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.reaching import Delta, Side, Surveyed, reach_of
from seatrial.flows.selection import select_stages
from seatrial.pipeline.evidence_of_change import Hop
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.inputs import Survey
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.reach import OfEnvironment, Reach, Rules
from seatrial.pipeline.revision import RevisionContents
from seatrial.pipeline.tree import Tree
from seatrial.replacing import replace

_NOWHERE = Environment(executable="", python="unknown", implementation="", system="", machine="")
"""What is installed here says nothing about what a commit changed."""


class TreeOfCommit(Struct, frozen=True, kw_only=True):
    """One commit's tree as a side of a change. `pipeline` is that of the stages asked about, None with the reason in
    `trouble` where it has none."""

    side: Side
    pipeline: PipelinePolicy | None = None
    policy: ProjectPolicy | None = None
    read: Read = lambda _path: None
    """Reads a file of the tree."""
    trouble: str = ""

    def declared_at(self, cell: Cell) -> Hop:
        """Where a cell is declared."""
        place = cell.spec.place
        return Hop(CONFIG_FILE, place.line if place is not None else None, cell.stage)


class Trees:
    """The trees of one repository, for one selection of stages."""

    def __init__(self, repository: Repository, blobs: BlobMemory, tier: str | None) -> None:
        self.results = repository.results
        self._repository = repository
        self._blobs = blobs
        self._tier = tier
        self._missed = repository.missed()
        self._reads: dict[str, frozenset[str]] = {}
        self._policies = _Policies(lambda read: repository.load_policy(read, CONFIG_FILE))

    def look(self, tree: Mapping[str, Entry]) -> TreeOfCommit:
        """A tree with its own configuration: all of its stages, whatever tier they belong to."""
        sight, paths = RevisionContents(tree, self._blobs), frozenset(tree)
        read = reader(tree, self._blobs, None)
        try:
            policy = self._policies.load(tree, read)
            tier = policy.tiers.get(self._tier) if self._tier is not None else None
            pipeline = select_stages(policy.pipeline, tier, ())[1]
            every = expand(pipeline.stages)
        except ConfigError as error:
            side = Side(paths=paths, sight=sight, pipeline=None)
            return TreeOfCommit(side=side, read=read, trouble=str(error))
        outs = frozenset(out.path for cell in every for out in cell.outs)
        side = Side(paths=paths, sight=sight, pipeline=pipeline, cells=every, outs=outs, links=sight.links)
        return TreeOfCommit(side=side, pipeline=pipeline, policy=policy, read=read)

    def _read_by(self, cell: Cell) -> frozenset[str]:
        if cell.name not in self._reads:
            found = reads_of(self._repository.results, [cell], self._missed)
            self._reads[cell.name] = found.get(cell.name, frozenset())
        return self._reads[cell.name]

    def reach(
        self, base: TreeOfCommit, head: TreeOfCommit, cells: Iterable[Cell], deltas: list[Delta], rules: Rules
    ) -> Reach:
        """What a change reaches of some cells of the head."""
        assert head.pipeline is not None and head.policy is not None  # noqa: S101, PT018 - the caller has looked
        chosen, pipeline = tuple(cells), head.pipeline
        repository, side = self._repository, replace(head.side, cells=chosen)
        tree = Tree(root=repository.objects.common, files=tuple(sorted(side.paths)))
        survey = Survey(tree, pipeline, _NOWHERE, repository.memory, side.outs, repository.addresses, sight=side.sight)
        surveyed = Surveyed(
            # What no commit holds did not change with one either.
            inputs={cell.name: replace(survey.inputs(_without_addresses(cell)), absent=()) for cell in chosen},
            graph=survey.code.graph,
            reads={cell.name: self._read_by(cell) for cell in chosen},
            config_file=CONFIG_FILE,
            params_file=head.policy.params_file,
        )

        def environment() -> OfEnvironment:
            needs = needs_of(chosen, surveyed.inputs, pipeline.sources, CONFIG_FILE)
            paths = [delta.path for delta in deltas]
            return environment_change(paths, base.read, head.read, needs, lambda: repository.installed(pipeline), rules)

        return reach_of(base.side, side, surveyed, deltas, rules, environment)


class _Policies:
    """Configurations by the blobs that they were read from."""

    def __init__(self, load: Callable[[Read], ProjectPolicy]) -> None:
        self._load = load
        self._known: list[tuple[dict[str, str | None], ProjectPolicy]] = []

    def load(self, tree: Mapping[str, Entry], read: Read) -> ProjectPolicy:
        for asked, policy in reversed(self._known):
            if all(_blob(tree, path) == blob for path, blob in asked.items()):
                return policy
        asked = {}

        def noting(path: str) -> bytes | None:
            asked[path] = _blob(tree, path)
            return read(path)

        policy = self._load(noting)
        self._known.append((asked, policy))
        return policy


def _blob(tree: Mapping[str, Entry], path: str) -> str | None:
    entry = tree.get(path)
    return None if entry is None else f"{entry.mode} {entry.blob}"


def _without_addresses(cell: Cell) -> Cell:
    """What lies outside of the repository did not change with a commit, and is not asked for."""
    if not any(dep.url is not None for dep in cell.deps or ()):
        return cell
    return replace(cell, deps=tuple(dep for dep in cell.deps or () if dep.url is None))
