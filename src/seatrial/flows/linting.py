"""`seatrial plan --lint`: declared globs, deps and roots, and hand-written maps, held against one tree.

Nothing is planned, because a plan refuses what is dead and so would show the first fault alone. Data is not read:
whether a dep exists is asked of the file system.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from seatrial.change.blob_memory import BlobMemory
from seatrial.change.closure import Closure
from seatrial.change.facts import How, Mention
from seatrial.errors import Place, some_of
from seatrial.flows.change_plan import ChangeRequest, Repository, side_at
from seatrial.flows.engine import work_tree
from seatrial.flows.policy import CONFIG_FILE, ProjectPolicy
from seatrial.flows.reaching import Side
from seatrial.flows.selection import find_tier, select_stages
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.code import Code
from seatrial.pipeline.contents import Contents
from seatrial.pipeline.expand import Cell, CellDep, expand
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.lint_deps import Finding, Looked, LookedDep, Opened, dead_globs, in_order, is_sure, lint_stages
from seatrial.pipeline.lint_map import Entry, files_of, lint_entry, stage_of
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.results import ResultStore
from seatrial.pipeline.tree import within
from seatrial.pipeline.words import taken

_OPENING = frozenset({How.OPENED, How.BESIDE})


class Lint(Struct, frozen=True, kw_only=True):
    """What was found. `stages` and `declared` count what was looked at."""

    findings: tuple[Finding, ...]
    stages: int
    declared: int
    notes: tuple[str, ...] = ()


def lint_tree(
    workspace: Workspace, policy: ProjectPolicy, tier: str | None, stages: tuple[str, ...], maps: Iterable[Entry]
) -> Lint:
    """Lint the work tree. Without stages and tier all stages are looked at. Raises UsageError for unknown names."""
    tree = work_tree(workspace)
    contents = Contents(tree, workspace.cache.memory)
    pipeline = _pipeline(policy, tier)
    every = expand(pipeline.stages)
    side = Side(
        paths=tree.paths,
        sight=contents,
        pipeline=pipeline,
        cells=_chosen(every, policy, tier, stages),
        outs=frozenset(out.path for cell in every for out in cell.outs),
    )
    reads = _files_read(workspace.cache.results, side.cells)
    root = workspace.git.root
    found = _lint(side, every, CONFIG_FILE, reads, lambda path: (root / path).exists(), tuple(maps))
    workspace.cache.memory.save()
    return found


def lint_commit(repository: Repository, request: ChangeRequest, maps: Iterable[Entry]) -> Lint:
    """The same for a commit, in which nobody can tell what git ignores."""
    commit = repository.objects.commit(request.head)
    tree = repository.objects.tree(commit)
    blobs = BlobMemory(repository.objects, repository.memory)
    blobs.learn(tree)
    policy, name, side_of = side_at(repository, request, tree, blobs)
    pipeline = _pipeline(policy, request.tier)
    every = expand(pipeline.stages)
    side = side_of(pipeline, _chosen(every, policy, request.tier, request.stages))
    reads = _files_read(repository.results, side.cells)
    found = _lint(side, every, name, reads, lambda _path: None, tuple(maps))
    repository.memory.save()
    return found


def _files_read(results: ResultStore, cells: Iterable[Cell]) -> dict[str, frozenset[str]]:
    """The files that the last run of each cell was seen to read beyond what its key holds: neither what it looked for
    in vain, nor the folders it listed."""
    found = {}
    for cell in cells:
        last = results.last_of(cell.name)
        reads = () if last is None else last.reads
        found[cell.name] = frozenset(read.path for read in reads if read.digest and not read.path.endswith("/"))
    return found


def _pipeline(policy: ProjectPolicy, tier: str | None) -> PipelinePolicy:
    return select_stages(policy.pipeline, find_tier(policy, tier), ())[1]


def _chosen(
    every: Iterable[Cell], policy: ProjectPolicy, tier: str | None, stages: tuple[str, ...]
) -> tuple[Cell, ...]:
    names = frozenset(policy.pipeline.stages)
    if stages:
        select_stages(policy.pipeline, None, stages)  # refuses unknown names
        names = frozenset(name.partition("[")[0] for name in stages)
    elif tier is not None:
        names = frozenset(select_stages(policy.pipeline, find_tier(policy, tier), ())[0])
    return tuple(cell for cell in every if cell.stage in names)


def _lint(
    side: Side,
    every: Sequence[Cell],
    config_file: str,
    reads: Mapping[str, frozenset[str]],
    exists: Callable[[str], bool | None],
    maps: tuple[Entry, ...],
) -> Lint:
    assert side.pipeline is not None  # noqa: S101 - both callers have one
    sources = frozenset(path for path in side.paths if not within(path, side.outs))
    code = Code(side.pipeline, sources, side.outs, side.sight)
    makers = {out.path: (cell, out.name) for cell in every for out in cell.outs}
    looked = []
    for cell in side.cells:
        closure, missing = code.reached(cell)
        looked.append(
            Looked(
                cell=cell,
                closure=closure,
                place=cell.spec.place or Place(file=config_file),
                deps=tuple(_deps(cell, sources, side, exists)),
                missing_roots=missing,
                reads=reads.get(cell.name, frozenset()),
                opened=tuple(_opened(cell, closure, side, makers)),
            )
        )
    globs = side.pipeline.selection.places
    found = [*lint_stages(looked, side.paths), *dead_globs(globs, side.paths, "selection.irrelevant")]
    closures: dict[str, list[Closure]] = {}
    for one in looked:
        closures.setdefault(one.cell.stage, []).append(one.closure)
    nameless = []
    for entry in maps:
        stage = stage_of(entry, closures)
        if stage is None:
            nameless.append(entry.name)
        else:
            found += lint_entry(entry, stage, files_of(closures[stage]), side.paths)
    specs = {one.cell.stage: one.cell.spec for one in looked}
    notes = (f"of no stage that is looked at: {some_of(nameless)}",) if nameless else ()
    return Lint(
        findings=in_order(found),
        stages=len(closures),
        declared=sum(len(spec.deps or ()) + len(spec.roots) for spec in specs.values()),
        notes=notes,
    )


def _deps(cell: Cell, sources: frozenset[str], side: Side, exists: Callable[[str], bool | None]) -> Iterator[LookedDep]:
    named = frozenset(taken(cell.spec, "deps"))
    places = {dep.name: dep.place for dep in cell.spec.deps or ()}
    for dep in cell.deps or ():
        if dep.path is None:
            continue
        files = _files(dep, dep.path, sources)
        there = bool(files) or side.sight.is_kept(dep.path) or exists(dep.path)
        yield LookedDep(
            name=dep.name,
            path=dep.path,
            is_glob=dep.is_glob,
            taken=dep.name in named,
            files=files or ((dep.path,) if there and not dep.is_glob else ()),
            there=there,
            place=places.get(dep.name) or cell.spec.place or Place(),
        )


def _files(dep: CellDep, path: str, sources: frozenset[str]) -> tuple[str, ...]:
    if dep.is_glob:
        return tuple(sorted(filter(glob_pattern(path).match, sources)))
    if path in sources:
        return (path,)
    prefix = "" if path == "." else f"{path}/"
    return tuple(sorted(one for one in sources if one.startswith(prefix)))


def _opened(cell: Cell, closure: Closure, side: Side, makers: Mapping[str, tuple[Cell, str]]) -> Iterator[Opened]:
    """The literals that a cell's code opens and that lie in an out of another stage, from which it takes no dep."""
    known = {made.cell for dep in cell.deps or () for made in dep.produced} | {cell.name}
    for path in closure.files:
        if path not in side.paths or not is_sure(closure, path):
            continue
        for mention in side.sight.facts(path).mentions:
            for place in _places(path, mention):
                maker = makers.get(place) or makers.get(posixpath.dirname(place))
                if maker is not None and maker[0].name not in known and maker[0].stage != cell.stage:
                    yield Opened(by=path, line=mention.line, path=place, maker=maker[0].name, out=maker[1])


def _places(path: str, mention: Mention) -> Iterable[str]:
    if mention.how not in _OPENING:
        return ()
    if mention.how is How.BESIDE:
        return (posixpath.normpath(posixpath.join(posixpath.dirname(path), mention.text)),)
    return (posixpath.normpath(mention.text),)
