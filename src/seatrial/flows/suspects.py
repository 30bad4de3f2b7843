"""What was merged since a stage passed last, and which of that reaches it.

Called by `seatrial suspects` and `seatrial bisect`. Each step of the branch is a change from where the branch stood
before, and is asked the same question as a plan: does it reach the stage, or what feeds it, and by which way?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.first_parents import Merged, line_before, merged_between
from seatrial.change.objects import Entry, Objects, before
from seatrial.errors import UsageError, UserError
from seatrial.flows.change_plan import Repository, delta_of
from seatrial.flows.commits_here import repository_of
from seatrial.flows.history import Row, read_history
from seatrial.flows.last_pass import RunOfStage, last_failure, nearest_pass, runs_of
from seatrial.flows.path_rules import rules_of
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.reaching import Delta
from seatrial.flows.selection import cells_named, find_tier, select_stages
from seatrial.flows.trees_of_commits import TreeOfCommit, Trees
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.evidence_of_change import Evidence, Grade
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.suspects import Suspect, feeding, strongest_on_the_way
from seatrial.replacing import replace

_MOST = 5_000
"""How far back a pass is looked for, in steps of the branch."""

_UNSHALLOW = "git fetch --unshallow, or `fetch-depth: 0` in the workflow"


class SuspectRequest(Struct, frozen=True, kw_only=True):
    """What is asked: a stage or a cell, and the ends where they are known better than from the records."""

    stage: str
    good: str | None = None
    bad: str | None = None
    tier: str | None = None


class Ends(Struct, frozen=True, kw_only=True):
    """The two commits, and what they were chosen by: the runs, where it was records."""

    good: str
    bad: str
    tier: str | None
    good_run: RunOfStage | None = None
    bad_run: RunOfStage | None = None


class Suspects(Struct, frozen=True, kw_only=True):
    """The suspects in the order in which they were merged. `commits` counts all steps of the branch between the
    ends; `dirty` the files of the work tree that differ from its commit, which nobody looked at."""

    stage: str
    cells: tuple[str, ...]
    ends: Ends
    suspects: tuple[Suspect, ...]
    commits: int
    dirty: int = 0
    notes: tuple[str, ...] = ()

    @property
    def cleared(self) -> int:
        """How many commits do not reach the stage."""
        return self.commits - len(self.suspects)


def find_suspects(workspace: Workspace, policy: ProjectPolicy, request: SuspectRequest) -> Suspects:
    """Raises UsageError for a stage that does not exist, UserError where the ends cannot be found or compared."""
    cells = named_cells(policy, request.tier, request.stage)
    repository = repository_of(workspace)
    objects = repository.objects
    ends = _ends(objects, read_history(workspace.state), request, [cell.name for cell in cells])
    line = merged_between(objects, ends.good, ends.bad)
    try:
        found = _look_along(repository, line, ends, request)
    finally:
        workspace.cache.memory.save()
    outs = [out.path for cell in expand(policy.pipeline.stages) for out in cell.outs]
    return Suspects(
        stage=request.stage,
        cells=tuple(cell.name for cell in cells),
        ends=ends,
        suspects=found,
        commits=len(line),
        dirty=len(workspace.git.dirty(outs)),
    )


def named_cells(policy: ProjectPolicy, tier: str | None, stage: str) -> tuple[Cell, ...]:
    """The cells that a name means in the work tree's own configuration. Raises UsageError."""
    stages, _ = select_stages(policy.pipeline, find_tier(policy, tier), (stage,))
    return cells_named(expand(stages), (stage,))


# -- the ends -------------------------------------------------------------------------


def _ends(objects: Objects, rows: Sequence[Row], request: SuspectRequest, cells: Sequence[str]) -> Ends:
    """The commits between which to look, as they were named, else from the records."""
    runs = runs_of(rows, cells, tier=request.tier)
    head, bad_run = objects.commit("HEAD"), None
    if request.bad is not None:
        bad = objects.commit(request.bad)
    else:
        failed = last_failure(runs)
        if failed is not None and objects.is_ancestor(failed.commit, head):
            bad_run = failed
        bad = bad_run.commit if bad_run is not None else head
    newest = bad_run or (runs[-1] if runs else None)
    tier = request.tier or (newest.tier if newest is not None else None)
    if request.good is not None:
        good = objects.commit(request.good)
        _require_line(objects, good, bad, request.good)
        return Ends(good=good, bad=bad, tier=tier, bad_run=bad_run)
    line = {commit: distance for distance, commit in enumerate(line_before(objects, bad, most=_MOST))}
    passed = nearest_pass([run for run in runs if request.tier or run.tier == tier], line)
    if passed is None:
        raise _no_pass(objects, request.stage, runs, bad, tier)
    return Ends(good=passed.commit, bad=bad, tier=tier, good_run=passed, bad_run=bad_run)


def _require_line(objects: Objects, good: str, bad: str, asked: str) -> None:
    if good == bad:
        raise UsageError(f"{asked} is the bad commit itself", next_step="name an earlier commit with `--good`")
    if not objects.is_ancestor(good, bad):
        if objects.shallow:
            raise UserError(
                f"{asked} is no ancestor of {bad[:12]} as far as the history is here: this clone is shallow",
                next_step=_UNSHALLOW,
            )
        common = objects.merge_base(good, bad)
        raise UsageError(
            f"{asked} is no ancestor of {bad[:12]}; they parted at {common[:12]}",
            next_step=f"name a commit that it grew from, such as `--good {common[:12]}`",
        )


def _no_pass(objects: Objects, stage: str, runs: Sequence[RunOfStage], bad: str, tier: str | None) -> UserError:
    """No pass lies on the line before the bad commit: why, and what to do."""
    passes = [run for run in runs if run.passed and run.tier == tier]
    step = "name a commit at which it passed with `--good REV`"
    under = f" under tier {tier}" if tier else ""
    if not passes:
        return UsageError(f"no record says that {stage} ever passed{under} before {bad[:12]}", next_step=step)
    last = passes[-1]
    if last.commit == bad:
        return UsageError(
            f"{stage} passed at {bad[:12]} itself, in run {last.run}, and at no commit before it that is known; so no "
            "commit is to blame: it may be flaky, or depend on something outside of the repository",
            next_step=f"run it again, or {step}",
        )
    if objects.shallow:
        return UserError(
            f"{stage} passed last at {last.commit[:12]}, in run {last.run}, which this shallow clone does not reach",
            next_step=_UNSHALLOW,
        )
    return UsageError(
        f"{stage} passed last at {last.commit[:12]}, in run {last.run}, which is not on the line of commits before "
        f"{bad[:12]}: another branch, or a history that was rewritten",
        next_step=step,
    )


# -- the line -------------------------------------------------------------------------


def _look_along(
    repository: Repository, line: Sequence[Merged], ends: Ends, request: SuspectRequest
) -> tuple[Suspect, ...]:
    """From the newest commit to the oldest: each tree follows from the one after it and what differs."""
    blobs = BlobMemory(repository.objects, repository.memory)
    tree: Mapping[str, Entry] = repository.objects.tree(ends.bad)
    blobs.learn(tree)
    for layer in _layers(line):
        blobs.learn(layer)
    trees = Trees(repository, blobs, ends.tier)
    head = trees.look(tree)
    found: list[Suspect] = []
    for number, step in reversed(list(enumerate(line, start=1))):
        tree = before(tree, step.differing)
        base = trees.look(tree)
        one = _suspect(trees, base, head, step, number, request.stage)
        if one is not None:
            found.append(one)
        head = base
    return tuple(reversed(found))


def _layers(line: Iterable[Merged]) -> list[dict[str, Entry]]:
    """All that any step had before, as few trees: a path stands in as many as it has contents."""
    layers: list[dict[str, Entry]] = []
    for step in line:
        for one in step.differing:
            if one.old is not None:
                place = next((layer for layer in layers if layer.get(one.path, one.old) == one.old), None)
                if place is None:
                    layers.append(place := {})
                place[one.path] = one.old
    return layers


def _suspect(
    trees: Trees, base: TreeOfCommit, head: TreeOfCommit, step: Merged, number: int, stage: str
) -> Suspect | None:
    deltas = list(map(delta_of, step.differing))
    reached = _reached(trees, base, head, deltas, stage)
    if reached is None:
        return None
    evidence, through, touching = reached
    return Suspect(
        commit=step.commit,
        parent=step.parent,
        number=number,
        author=step.author,
        date=step.date,
        subject=step.subject,
        is_merge=step.is_merge,
        evidence=evidence,
        through=through,
        paths=len(deltas),
        touching=touching,
    )


def _reached(
    trees: Trees, base: TreeOfCommit, head: TreeOfCommit, deltas: list[Delta], stage: str
) -> tuple[Evidence, tuple[str, ...], int] | None:
    if head.pipeline is None or head.policy is None:
        said = f"no stage can be read at this commit: {head.trouble}"
        return Evidence(path="", grade=Grade.UNKNOWN, reason=said), (), 0
    cells = head.side.cells
    wanted = [cell.name for cell in cells if stage in (cell.stage, cell.name)]
    if not wanted or not deltas:
        return None
    ways = feeding(cells, wanted)
    mine = tuple(cell for cell in cells if cell.name in ways)
    rules = rules_of(head.policy, trees.results, ())  # how old commits were run was not watched
    # Only other stages can tell of a path that these do not read that it is known what reads it.
    found = trees.reach(base, head, mine, deltas, replace(rules, fallback=()))
    touching = {path for some in found.evidence.values() for one in some if (path := one.path)}
    if not touching and any(one.classification.value == "unknown" for one in found.changed):
        found = trees.reach(base, head, cells, deltas, rules)
    declared = {cell.name: head.declared_at(cell) for cell in mine}
    strongest = strongest_on_the_way(found.evidence, ways, declared)
    return None if strongest is None else (*strongest, len(touching))
