"""What would run if some paths changed: `seatrial plan --what-if PATH`, for a work tree or a commit.

Nothing is compared: every named file counts as changed in all that it holds. A file that is not there yet is put into
the tree as an empty one, so that the imports, patterns and roots that would find it do.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.closure import Closure
from seatrial.change.extract.sources import kind_of
from seatrial.change.facts import EMPTY, LinkFacts
from seatrial.change.objects import Objects
from seatrial.environment.interpreter import installation
from seatrial.environment.reach import Installation
from seatrial.flows.change_plan import ChangeRequest, Repository, look_at_commit
from seatrial.flows.commit_files import bytes_at
from seatrial.flows.engine import Prepared
from seatrial.flows.environment_change import environment_change, needs_of
from seatrial.flows.history import read_history, typical_seconds
from seatrial.flows.policy import ProjectPolicy
from seatrial.flows.reaching import DEFINED, Head, linked, view_of, with_folders
from seatrial.flows.tree_change import bytes_in, look_at_tree
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.code import Code
from seatrial.pipeline.evidence_of_change import Changed, Evidence, arrange
from seatrial.pipeline.reach import Classified, OfEnvironment, everything_runs, reach
from seatrial.pipeline.select import Action
from seatrial.pipeline.sight import CodeSight
from seatrial.pipeline.supposing import Supposed, beyond_files, of_outs, would_run
from seatrial.pipeline.tree import within


class WhatIf(Struct, frozen=True, kw_only=True):
    """The answer. `head` is the commit that was looked at, None for a work tree; `absent` are the paths that are not
    there; `anyway` the cells that would run without any change too, and are not reached by this one."""

    head: str | None
    cells: tuple[Supposed, ...]
    changed: tuple[Classified, ...]
    absent: tuple[str, ...]
    anyway: tuple[str, ...]
    notes: tuple[str, ...] = ()


def what_if_in_tree(workspace: Workspace, policy: ProjectPolicy, prepared: Prepared, paths: Iterable[str]) -> WhatIf:
    """The answer for the work tree. Paths are relative to its root."""
    there = look_at_tree(workspace, policy, prepared, linked=prepared.tree.files)
    root = workspace.git.root
    names = [cell.name for cell in there.side.cells]
    seconds = typical_seconds(read_history(workspace.state), names)
    installed = partial(installation, prepared.host.python, workspace.environ, workspace.cache.memory)
    pinned = partial(_pinned, there, partial(bytes_in, root), installed)
    found = _suppose(there, tuple(paths), lambda path: (root / path).exists(), seconds, None, pinned)
    workspace.cache.memory.save()
    return found


def what_if_at(repository: Repository, request: ChangeRequest, paths: Iterable[str]) -> WhatIf:
    """The answer for a commit; the base of the request is not looked at. Raises what a plan raises."""
    objects: Objects = repository.objects
    commit = objects.commit(request.head)
    tree = objects.tree(commit)
    blobs = BlobMemory(objects, repository.memory)
    blobs.learn(tree)
    there = look_at_commit(repository, request, tree, blobs)
    seconds = repository.seconds([cell.name for cell in there.side.cells])
    pinned = partial(_pinned, there, partial(bytes_at, tree, blobs), partial(repository.installed, there.pipeline))
    found = _suppose(there, tuple(paths), lambda _path: False, seconds, commit, pinned)
    repository.memory.save()
    return found


def _suppose(
    there: Head,
    given: tuple[str, ...],
    exists: Callable[[str], bool],
    seconds: Mapping[str, float],
    commit: str | None,
    pinned: Callable[[Iterable[str]], OfEnvironment],
) -> WhatIf:
    paths = _files(there, given)
    known = there.side.paths
    outs = there.side.outs
    absent = tuple(path for path in paths if path not in known and not within(path, outs) and not exists(path))
    closures = _closures(there, frozenset(absent))
    views = [view_of(there, cell, closures.get(cell.name)) for cell in there.side.cells]
    supposed = [
        Changed(
            path=path,
            was=path not in absent,
            code=kind_of(path) in DEFINED,
            aliases=linked(path, there.side.links.items()),
            holds=path in there.side.links,
        )
        for path in paths
    ]
    changed = with_folders(supposed, known, known | frozenset(absent))
    pins = pinned(paths)
    more: dict[str, tuple[Evidence, ...]] = {}
    for view in views:
        name = view.cell.name
        more[name] = (*beyond_files(view, paths, there.surveyed.config_file), *pins.evidence.get(name, ()))
    environment = OfEnvironment(evidence=more, settled=pins.settled)
    if there.crash is None:
        found = reach(views, changed, arrange({}), there.rules, environment=environment)
    else:
        found = everything_runs([cell.name for cell in there.side.cells], paths, there.crash)
    cells = would_run(there.cells, found.evidence, seconds)
    reached = {one.cell.name for one in cells}
    return WhatIf(
        head=commit,
        cells=cells,
        changed=of_outs(found.changed, _makers(there, paths)),
        absent=absent,
        anyway=tuple(one.cell.name for one in there.cells if one.cell.name not in reached and one.action in _ACTING),
        notes=there.notes,
    )


_ACTING = (Action.RUN, Action.RUN_IF_CHANGED)


def _pinned(
    there: Head,
    read: Callable[[str], bytes | None],
    installed: Callable[[], Installation | None],
    paths: Iterable[str],
) -> OfEnvironment:
    """What lock files and image recipes reach, every pin of theirs counted as another one."""
    needs = needs_of(there.side.cells, there.surveyed.inputs, there.pipeline.sources, there.surveyed.config_file)
    return environment_change(paths, lambda _path: None, read, needs, installed, there.rules)


def _files(there: Head, given: Iterable[str]) -> tuple[str, ...]:
    """The files that are meant: those below a folder, with the outs there and the deps that git does not list."""
    deps = {dep.path for cell in there.side.cells for dep in cell.deps or () if dep.path and not dep.is_glob}
    found: dict[str, None] = {}
    for one in given:
        path = posixpath.normpath(one)
        prefix = "" if path == "." else f"{path}/"
        sources = (each for each in sorted(there.side.paths) if not within(each, there.side.outs))
        inside = () if path in there.side.paths else (*sources, *sorted(deps), *sorted(there.side.outs))
        below = [each for each in inside if each.startswith(prefix)]
        found.update(dict.fromkeys(below or [path]))
    return tuple(found)


def _closures(there: Head, absent: frozenset[str]) -> Mapping[str, Closure]:
    """What cells would reach in the tree with some files added; nothing where none are."""
    if not absent:
        return {}
    sources = frozenset(path for path in there.side.paths | absent if not within(path, there.side.outs))
    code = Code(there.pipeline, sources, there.side.outs, _Added(there.side.sight, absent))
    return {cell.name: code.reached(cell)[0] for cell in there.side.cells}


def _makers(there: Head, paths: Iterable[str]) -> dict[str, str]:
    """The cell that makes each path that is an out, or lies in one."""
    outs = {out.path: cell.name for cell in there.side.cells for out in cell.outs}
    made = {}
    for path in paths:
        above = path
        while above and above not in outs:
            above = posixpath.dirname(above)
        if above:
            made[path] = outs[above]
        elif within(path, there.side.outs):
            made[path] = "another stage"
    return made


class _Added:
    """A tree with some files added of which nothing is known. It is a `CodeSight`."""

    def __init__(self, sight: CodeSight, added: frozenset[str]) -> None:
        self._sight = sight
        self._added = added

    @property
    def complete(self) -> bool:
        return self._sight.complete

    @property
    def has_more(self) -> bool:
        return self._sight.has_more

    def facts(self, path: str) -> LinkFacts:
        return EMPTY if path in self._added else self._sight.facts(path)

    def is_ignored_file(self, path: str) -> bool:
        return self._sight.is_ignored_file(path)
