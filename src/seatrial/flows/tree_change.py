"""The plan of a work tree as a change from a commit: what a run in it would do, and what of that the change is about.

Called by `seatrial plan --base`, `why --base` and `run --base`. The head is the tree as it lies there, uncommitted
changes and all; the base is read from git's objects.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import partial
from pathlib import Path

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.objects import LINK, SUBMODULE, Entry, Objects
from seatrial.environment.interpreter import installation
from seatrial.flows.audit_records import missed_edges
from seatrial.flows.change_plan import (
    ChangedCell,
    ChangePlan,
    act,
    compared,
    put_off_weak,
    reads_of,
    side_of_base,
)
from seatrial.flows.commit_files import bytes_at, reader
from seatrial.flows.engine import Prepared
from seatrial.flows.environment_change import environment_change, needs_of
from seatrial.flows.history import read_history, typical_seconds
from seatrial.flows.path_rules import rules_of
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.reaching import Delta, Head, Side, Surveyed, reach_of
from seatrial.flows.selection import find_tier
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.reach import OfEnvironment
from seatrial.pipeline.select import Action
from seatrial.replacing import replace


def plan_tree_change(
    workspace: Workspace, policy: ProjectPolicy, prepared: Prepared, base: str, tier: str | None
) -> ChangePlan:
    """What differs from a commit, and what of the prepared plan it reaches.

    Raises UserError for a base that does not exist, or has no common ancestor with the tree's commit.
    """
    git = workspace.git
    objects = Objects(git.root)
    commit, _, asked = compared(objects, base, "HEAD")
    blobs = BlobMemory(objects, workspace.cache.memory)
    tree = objects.tree(commit)
    rows = git.differing_from(commit, git.listed())
    blobs.learn({path: tree[path] for path, was, _ in rows if was and path in tree}, whole=False)
    notes: list[str] = []
    base_side = side_of_base(
        tree,
        blobs,
        lambda read, _name: workspace.load_policy(read),
        tier,
        notes,
        reader(tree, blobs, None),
        CONFIG_FILE,
    )
    linked = (*base_side.links, *(path for path, _, _ in rows))
    there = look_at_tree(workspace, policy, prepared, tier, linked)
    deltas = [_delta(git.root, tree, *row) for row in rows]

    def environment() -> OfEnvironment:
        return environment_change(
            [path for path, _, _ in rows],
            partial(bytes_at, tree, blobs),
            partial(bytes_in, git.root),
            needs_of(there.side.cells, there.surveyed.inputs, there.pipeline.sources, CONFIG_FILE),
            lambda: installation(prepared.host.python, workspace.environ, workspace.cache.memory),
            there.rules,
        )

    found = reach_of(base_side, there.side, there.surveyed, deltas, there.rules, environment)
    workspace.cache.memory.save()
    names = [cell.name for cell in there.side.cells]
    cells = act(there.cells, found, typical_seconds(read_history(workspace.state), names))
    return ChangePlan(
        base=commit,
        head=None,
        asked=asked,
        cells=put_off_weak(with_needed(cells), there.tier, there.pipeline.selection),
        changed=found.changed,
        everything=found.everything,
        notes=(*notes, *there.notes),
    )


def look_at_tree(
    workspace: Workspace,
    policy: ProjectPolicy,
    prepared: Prepared,
    tier: str | None = None,
    linked: Iterable[str] = (),
) -> Head:
    """The work tree as a plan has looked at it. `linked` are the paths that may be links."""
    survey = prepared.survey
    head_side = Side(
        paths=prepared.tree.paths,
        sight=survey.sight,
        pipeline=prepared.host.policy,
        cells=tuple(planned.cell for planned in prepared.plan.cells),
        outs=frozenset(prepared.every_out),
        links=links_in(workspace.git.root, linked),
    )
    surveyed = Surveyed(
        inputs={planned.cell.name: planned.inputs for planned in prepared.plan.cells},
        graph=survey.code.graph,
        reads=reads_of(workspace.cache.results, head_side.cells, missed_edges(workspace.state)),
        config_file=CONFIG_FILE,
        params_file=policy.params_file,
    )
    return Head(
        side=head_side,
        pipeline=prepared.host.policy,
        tier=find_tier(policy, tier),
        surveyed=surveyed,
        cells=prepared.plan.cells,
        rules=rules_of(policy, workspace.cache.results, head_side.cells),
        notes=tuple(survey.notes),
    )


def _delta(root: Path, tree: Mapping[str, Entry], path: str, was: bool, there: bool) -> Delta:
    mode = tree[path].mode if path in tree else ""
    submodule = mode == SUBMODULE or ((root / path).is_dir() and not (root / path).is_symlink())
    return Delta(path, was, there, holds=submodule or mode == LINK or (root / path).is_symlink(), submodule=submodule)


def links_in(root: Path, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The links among some paths, each with the place in the tree that it leads to, there or not."""
    found = {}
    top = Path(os.path.realpath(root))
    for path in paths:
        place = root / path
        if place.is_symlink():
            targets = {Path(os.path.realpath(place)), Path(os.path.normpath(place.parent / place.readlink()))}
            inside = [target.relative_to(top).as_posix() for target in targets if target.is_relative_to(top)]
            found[path] = tuple("" if one == "." else one for one in inside)
    return found


def bytes_in(root: Path, path: str) -> bytes | None:
    """A file of a work tree, None when it cannot be read."""
    try:
        return (root / path).read_bytes()
    except OSError:
        return None


def with_needed(cells: tuple[ChangedCell, ...]) -> tuple[ChangedCell, ...]:
    """Cells that were to be skipped and whose outs another one reads that is to run: no result of theirs is stored, so
    they run too."""
    skipped = {cell.planned.cell.name for cell in cells if cell.action is Action.SKIP}
    chosen = []
    for cell in cells:  # makers before readers
        unkeyed = cell.action is Action.REUSE and not cell.evidence
        if unkeyed and any(maker in skipped for maker in cell.planned.cell.producers):
            # Its key needs what its maker made, of which nothing is stored; nothing reaches either of them.
            skipped.add(cell.planned.cell.name)
            cell = replace(cell, action=Action.SKIP, reason="no changed path reaches it")
        chosen.append(cell)
    needed: dict[str, str] = {}
    for cell in reversed(chosen):  # readers before makers
        name = cell.planned.cell.name
        if cell.action is not Action.SKIP or name in needed:
            for maker in cell.planned.cell.producers:
                needed.setdefault(maker, name)
    return tuple(
        replace(
            cell,
            action=Action.RUN,
            reason=f"no changed path reaches it, but {needed[cell.planned.cell.name]} needs what it makes, and no "
            "result of it is stored",
        )
        if cell.action is Action.SKIP and cell.planned.cell.name in needed
        else cell
        for cell in chosen
    )
