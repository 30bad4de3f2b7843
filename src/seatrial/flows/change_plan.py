"""The plan of a change between two commits, read from git's objects: no work tree, no cache and no state are needed.

Called by `seatrial plan --repo` and its like. The configuration may come from the head (and then from the base too, so
that a changed declaration is seen), or from a file outside of the repository, which then holds for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from msgspec import Struct

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.closure import Closure
from seatrial.change.objects import LINK, SUBMODULE, Differing, Entry, Objects, before
from seatrial.environment.pins import read_pins
from seatrial.environment.reach import Installation
from seatrial.environment.records import Environment
from seatrial.errors import ConfigError, OutsideError, SeatrialError, UsageError
from seatrial.flows.commit_files import Read, bytes_at, reader
from seatrial.flows.environment_change import environment_change, locked, needs_of
from seatrial.flows.path_rules import rules_of
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy, TierPolicy, WeakEvidence
from seatrial.flows.reaching import Delta, Head, Side, Surveyed, reach_of
from seatrial.flows.selection import find_tier, select_stages
from seatrial.pipeline.addresses import Addresses
from seatrial.pipeline.calling_off import behind_deferred
from seatrial.pipeline.evidence_of_change import Evidence, Grade
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.inputs import CellInputs, Survey
from seatrial.pipeline.plan import PlannedCell, make_plan
from seatrial.pipeline.policy import PipelinePolicy, SelectionPolicy
from seatrial.pipeline.reach import Class, Classified, OfEnvironment, Reach, everything_runs
from seatrial.pipeline.results import ResultStore
from seatrial.pipeline.revision import RevisionContents
from seatrial.pipeline.select import Action, Choice, choose_by_change
from seatrial.pipeline.tree import Tree
from seatrial.replacing import replace
from seatrial.store.stat_cache import StatCache


class Repository(Struct, frozen=True, kw_only=True):
    """A repository looked at without its work tree.

    `load_policy` reads a configuration: a function that reads its files, and the name of the first one. `describe`
    tells the environment that a pipeline's commands have here, None where it has none.
    """

    objects: Objects
    memory: StatCache
    results: ResultStore
    addresses: Addresses
    load_policy: Callable[[Read, str], ProjectPolicy]
    describe: Callable[[PipelinePolicy], Environment | None]
    installed: Callable[[PipelinePolicy], Installation | None]
    """What is installed there says of itself, None where nobody can be asked."""
    seconds: Callable[[Iterable[str]], Mapping[str, float]]
    """How long cells usually take, as far as this repository's records know."""
    missed: Callable[[], Mapping[str, frozenset[str]]] = dict
    """The paths that audits found each stage to depend on."""


class ChangeRequest(Struct, frozen=True, kw_only=True):
    """Two revisions and what is asked of them. `config` is a file outside of the repository, None for that of the
    head."""

    base: str
    head: str
    config: Path | None = None
    tier: str | None = None
    stages: tuple[str, ...] = ()


class ChangedCell(Struct, frozen=True, kw_only=True):
    """One cell: what a run would do with it, and the evidence, the strongest first."""

    planned: PlannedCell
    action: Action
    reason: str
    evidence: tuple[Evidence, ...] = ()
    estimate: float | None = None

    @property
    def grade(self) -> Grade | None:
        """The grade of the strongest evidence."""
        return self.evidence[0].grade if self.evidence else None


class ChangePlan(Struct, frozen=True, kw_only=True):
    """The plan of a change. `base` is the commit that was compared with, the best common ancestor of what was asked
    for and the head; `head` is None for a work tree."""

    base: str
    head: str | None
    asked: str
    cells: tuple[ChangedCell, ...]
    changed: tuple[Classified, ...]
    everything: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def unknown(self) -> tuple[Classified, ...]:
        """The changed paths that nobody can classify."""
        return tuple(one for one in self.changed if one.classification is Class.UNKNOWN)


def compared(objects: Objects, base: str, head: str) -> tuple[str, str, str]:
    """The commit to compare with, the head's, and the one that was asked for.

    The first is the best common ancestor, as a merge would see it; where the head is the older one, what it took back
    is the change. Raises UserError.
    """
    asked, there = objects.commit(base), objects.commit(head)
    common = objects.merge_base(asked, there)
    return (asked if common == there else common), there, asked


def plan_change(repository: Repository, request: ChangeRequest) -> ChangePlan:
    """Compare two commits and say what of the pipeline the difference reaches.

    Raises UserError for revisions that do not exist or are unrelated, ConfigError, UsageError, OutsideError.
    """
    objects = repository.objects
    base, head, asked = compared(objects, request.base, request.head)
    differing = objects.differing(base, head)
    head_tree = objects.tree(head)
    base_tree = before(head_tree, differing)
    blobs = BlobMemory(objects, repository.memory)
    blobs.learn(head_tree)
    blobs.learn({one.path: one.old for one in differing if one.old is not None}, whole=False)
    repository.memory.save()
    notes: list[str] = []
    there = look_at_commit(repository, request, head_tree, blobs)
    base_side = side_of_base(
        base_tree,
        blobs,
        repository.load_policy,
        request.tier,
        notes,
        reader(base_tree, blobs, request.config),
        _name(request.config),
    )
    deltas = list(map(_delta, differing))

    def environment() -> OfEnvironment:
        pipeline = there.pipeline
        return environment_change(
            [one.path for one in differing],
            partial(bytes_at, base_tree, blobs),
            partial(bytes_at, head_tree, blobs),
            needs_of(there.side.cells, there.surveyed.inputs, pipeline.sources, there.surveyed.config_file),
            lambda: repository.installed(pipeline),
            there.rules,
        )

    found = (
        reach_of(base_side, there.side, there.surveyed, deltas, there.rules, environment)
        if there.crash is None
        else everything_runs([cell.name for cell in there.side.cells], [delta.path for delta in deltas], there.crash)
    )
    repository.memory.save()
    return ChangePlan(
        base=base,
        head=head,
        asked=asked,
        cells=put_off_weak(
            act(
                there.cells,
                found,
                repository.seconds([cell.name for cell in there.side.cells]),
                installed_as_locked=False,
            ),
            there.tier,
            there.pipeline.selection,
        ),
        changed=found.changed,
        everything=found.everything,
        notes=(*notes, *there.notes),
    )


def side_at(
    repository: Repository, request: ChangeRequest, tree: Mapping[str, Entry], blobs: BlobMemory
) -> tuple[ProjectPolicy, str, Callable[[PipelinePolicy, tuple[Cell, ...]], Side]]:
    """The configuration of a commit with its file's name, and what makes a side of the commit for some cells."""
    name = _name(request.config)
    policy = repository.load_policy(reader(tree, blobs, request.config), name)
    return policy, name, lambda pipeline, cells: _side(tree, blobs, pipeline, cells)


def look_at_commit(
    repository: Repository, request: ChangeRequest, tree: Mapping[str, Entry], blobs: BlobMemory
) -> Head:
    """A commit's tree, looked at for a plan. `blobs` has learned it."""
    policy, name, side_of = side_at(repository, request, tree, blobs)
    chosen = find_tier(policy, request.tier)
    stages, pipeline = select_stages(policy.pipeline, chosen, request.stages)
    if not stages:
        raise UsageError("no stage is selected", next_step="name a tier with `--tier`")
    side = side_of(pipeline, expand(stages))
    survey = _survey(repository, side, tree, blobs, pipeline)
    planned, crash = _planned(side.cells, survey, repository.results)
    return Head(
        side=side,
        pipeline=pipeline,
        tier=chosen,
        surveyed=Surveyed(
            inputs={one.cell.name: one.inputs for one in planned},
            graph=survey.code.graph,
            reads=reads_of(repository.results, side.cells, repository.missed()),
            config_file=name,
            params_file=policy.params_file,
        ),
        cells=planned,
        rules=rules_of(policy, repository.results, side.cells, name),
        notes=tuple(survey.notes),
        crash=crash,
    )


def _planned(
    cells: tuple[Cell, ...], survey: Survey, results: ResultStore
) -> tuple[tuple[PlannedCell, ...], str | None]:
    """The cells as the head has them, and what went wrong on our side where that cannot be told: then all of them run.

    Raises ConfigError and OutsideError, which are nobody's crash.
    """
    try:
        return make_plan(cells, survey, results, lambda _digest: None).cells, None
    except SeatrialError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nothing may be skipped by it
        why = f"what the stages depend on could not be told ({type(error).__name__}: {error}), so everything runs"
        nothing = CellInputs(parts={}, watched={}, paths={}, closure=Closure())
        return tuple(
            PlannedCell(
                cell=cell, action=Action.RUN, reason=why, changed=(), inputs=nothing, input_digest="", expected=None
            )
            for cell in cells
        ), why


def _delta(one: Differing) -> Delta:
    modes = {side.mode for side in (one.old, one.new) if side is not None}
    return Delta(
        one.path,
        one.old is not None,
        one.new is not None,
        holds=not modes.isdisjoint((LINK, SUBMODULE)),
        submodule=SUBMODULE in modes,
    )


def act(
    planned: Iterable[PlannedCell], found: Reach, seconds: Mapping[str, float], *, installed_as_locked: bool = True
) -> tuple[ChangedCell, ...]:
    """The action for each cell, producers first.

    Where what is installed here need not be what the head's lock files say, a result that was made with it is
    not reused once a pin it needs has changed.
    """
    done: dict[str, ChangedCell] = {}
    for one in planned:
        name = one.cell.name
        some = found.evidence.get(name, ())
        acting = tuple(
            maker
            for maker in one.cell.producers
            if maker in done and done[maker].action in (Action.RUN, Action.RUN_IF_CHANGED)
        )
        stale = not installed_as_locked and any(each.grade is Grade.ENVIRONMENT for each in some)
        choice = choose_by_change(
            Choice(action=Action.RUN if stale else one.action, reason=one.reason, changed=one.changed),
            must_run=one.must_run,
            because=some[0].reason if some else None,
            acting=acting,
        )
        done[name] = ChangedCell(
            planned=one, action=choice.action, reason=choice.reason, evidence=some, estimate=seconds.get(name)
        )
    return tuple(done.values())


def _side(tree: Mapping[str, Entry], blobs: BlobMemory, pipeline: PipelinePolicy, cells: tuple[Cell, ...]) -> Side:
    every = expand(pipeline.stages)
    sight = RevisionContents(tree, blobs)
    return Side(
        paths=frozenset(tree),
        sight=sight,
        pipeline=pipeline,
        cells=cells,
        outs=frozenset(out.path for cell in every for out in cell.outs),
        links=sight.links,
    )


def put_off_weak(
    cells: tuple[ChangedCell, ...], tier: TierPolicy | None, selection: SelectionPolicy
) -> tuple[ChangedCell, ...]:
    """The plan in which dear cells are deferred that only weak evidence reaches, where the tier says so, and what
    waits for them. A cell is dear that asks for a device or usually takes long."""
    if tier is None or tier.weak_evidence is WeakEvidence.RUN:
        return cells
    done: dict[str, ChangedCell] = {}
    for cell in cells:
        spec = cell.planned.cell.spec
        dear = spec.resources.gpus > 0 or (cell.estimate or 0.0) >= selection.dear
        acts = cell.action in (Action.RUN, Action.RUN_IF_CHANGED)
        behind = [name for name in cell.planned.cell.before if name in done and done[name].action is Action.DEFER]
        if acts and behind:
            cell = replace(cell, action=Action.DEFER, reason=behind_deferred(behind))
        elif cell.action is Action.RUN and dear and cell.evidence and cell.evidence[0].weak:
            reason = f"{cell.reason}; tier {tier.name} puts off what is reached so weakly"
            cell = replace(cell, action=Action.DEFER, reason=reason)
        done[cell.planned.cell.name] = cell
    return tuple(done.values())


def side_of_base(
    tree: Mapping[str, Entry],
    blobs: BlobMemory,
    load_policy: Callable[[Read, str], ProjectPolicy],
    tier: str | None,
    notes: list[str],
    read: Read,
    name: str,
) -> Side:
    """The base with its own configuration; without one where it cannot be read, and then all stages are new."""
    try:
        policy = load_policy(read, name)
        pipeline = select_stages(policy.pipeline, policy.tiers.get(tier) if tier else None, ())[1]
        return _side(tree, blobs, pipeline, expand(pipeline.stages))
    except ConfigError as error:
        notes.append(f"the base has no configuration that can be read ({error}), so all its stages count as new")
        sight = RevisionContents(tree, blobs)
        return Side(paths=frozenset(tree), sight=sight, pipeline=None, links=sight.links)


def _survey(
    repository: Repository, side: Side, tree: Mapping[str, Entry], blobs: BlobMemory, pipeline: PipelinePolicy
) -> Survey:
    files = Tree(root=Path(repository.objects.common), files=tuple(sorted(side.paths)))
    known = repository.describe(pipeline)
    nowhere = Environment(executable="", python="unknown", implementation="", system="", machine="")
    locks = [path for path in tree if read_pins(path, b"") is not None] if known is None else []
    return Survey(
        files,
        pipeline,
        known or nowhere,
        repository.memory,
        side.outs,
        repository.addresses,
        None if known is None else partial(_installed, repository, pipeline),
        sight=side.sight,
        locked=partial(locked, locks, partial(bytes_at, tree, blobs)) if known is None else None,
    )


def _installed(repository: Repository, pipeline: PipelinePolicy) -> Installation:
    found = repository.installed(pipeline)
    if found is None:
        raise OutsideError("what is installed where the stages run cannot be told")
    return found


def reads_of(
    results: ResultStore, cells: Iterable[Cell], missed: Mapping[str, frozenset[str]]
) -> dict[str, frozenset[str]]:
    """The paths that the last run of each cell was seen to read beyond what its key holds, and those that audits found
    its stage to depend on."""
    found = {}
    for cell in cells:
        last = results.last_of(cell.name)
        paths = missed.get(cell.stage, frozenset())
        if last is not None and last.reads:
            paths = paths.union(read.path for read in last.reads)
        if paths:
            found[cell.name] = paths
    return found


def _name(config: Path | None) -> str:
    return CONFIG_FILE if config is None else str(config)
