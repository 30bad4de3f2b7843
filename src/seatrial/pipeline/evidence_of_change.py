"""How a change reaches a cell: one piece of evidence a changed path, graded, with the way that leads to it.

Called by `reach.py`. Pure. A grade says how the evidence was come by, from what nobody can rule out down to a file
that is loaded and of which nothing that changed is used.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from seatrial.change.closure import Closure, Link
from seatrial.change.symbols import BODY, Name, Step, is_module
from seatrial.errors import Place, some_of
from seatrial.pipeline import roots, words
from seatrial.pipeline.expand import Cell
from seatrial.pipeline.globs import glob_pattern
from seatrial.pipeline.key import Change
from seatrial.pipeline.trace import is_meant


class Grade(StrEnum):
    """How evidence was come by, the strongest first."""

    UNKNOWN = "unknown"
    ENVIRONMENT = "environment"
    DYNAMIC = "dynamic"
    TRACE = "trace"
    MODULE = "module"
    SYMBOL = "symbol"
    FILE = "file"


ORDER = {grade: place for place, grade in enumerate(Grade)}


class Hop(Struct, frozen=True):
    """One place on the way from a stage to what changed. `name` is what stands there and leads on."""

    path: str
    line: int | None = None
    name: str = ""


class Evidence(Struct, frozen=True, kw_only=True):
    """Why a change reaches a cell. `weak` when the file that changed is loaded, and nothing of what changed in it is
    used, as far as names tell."""

    path: str
    grade: Grade
    reason: str
    chain: tuple[Hop, ...] = ()
    weak: bool = False


class Changed(Struct, frozen=True, kw_only=True):
    """One path that differs between base and head.

    `names` are the changed definitions of a Python file with their lines, None where that cannot be told (it is new,
    gone or broken, or no Python file); `broken` is the line at which it cannot be parsed now. `aliases` are the paths
    by which links lead to it, and what a DVC file speaks of; `holds` says that it is a link, a submodule or a DVC file,
    behind which there may be a folder, and `submodule` that nothing of what is there can be seen. `mode` when its
    executable bit differs. `folders` are those that come or go with it.
    """

    path: str
    was: bool = True
    there: bool = True
    folders: tuple[str, ...] = ()
    names: Mapping[str, int] | None = None
    broken: int | None = None
    code: bool = False
    aliases: tuple[str, ...] = ()
    holds: bool = False
    submodule: bool = False
    mode: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """All paths by which it may be named."""
        return (self.path, *self.aliases)

    def is_above(self, path: str) -> bool:
        """Whether a path is behind it."""
        return any(path.startswith(f"{place}/") for place in self.places)


class View(Struct, frozen=True, kw_only=True):
    """One cell in both trees.

    `base` is its closure there, None where the cell is new or nothing was taken away; `definition` what differs in
    its declaration; `declared_at` where that stands; `absent` the files it depends on that git
    does not hold, so that nobody can compare them; `reads` the paths
    that its last run was seen to read. `lines` says where each part of the declaration stands, `param_places` where
    each parameter has its value from; `params_file` is where one stood that is gone.
    """

    cell: Cell
    head: Closure
    base: Closure | None = None
    is_new: bool = False
    definition: tuple[Change, ...] = ()
    declared_at: Hop = Hop("seatrial.yaml")
    absent: tuple[str, ...] = ()
    reads: frozenset[str] = frozenset()
    params_file: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)
    param_places: Mapping[str, Place] = field(default_factory=dict)


class Uses(Struct, frozen=True, kw_only=True):
    """Everything that uses what changed, as `change.symbols` found it, arranged for asking cell after cell."""

    steps: Mapping[Name, Step] = field(default_factory=dict)
    bodies: tuple[Name, ...] = ()
    by_path: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)
    origins: Mapping[Name, str] = field(default_factory=dict)


def arrange(steps: Mapping[Name, Step]) -> Uses:
    """The uses of a change. Steps are in the order they were found, so that an origin is known before its users."""
    by_path: dict[str, list[Name]] = {}
    origins: dict[Name, str] = {}
    for name, step in steps.items():
        by_path.setdefault(name.path, []).append(name)
        origins[name] = name.path if step.origin is None else origins[step.origin]
    return Uses(
        steps=steps,
        bodies=tuple(name for name in steps if name.name == BODY),
        by_path={path: tuple(names) for path, names in by_path.items()},
        origins=origins,
    )


def evidence(view: View, changed: Iterable[Changed], uses: Uses) -> Iterator[Evidence]:
    """All evidence for one cell, in no order."""
    yield from _of_definition(view)
    ways = _ways_in(view.head, uses)
    for one in changed:
        yield from _of_path(view, one, uses, ways)
    for path in view.absent:
        yield Evidence(
            path=path,
            grade=Grade.UNKNOWN,
            reason=f"{path} is not in git and has no pointer there, so whether it changed is not known",
            chain=(view.declared_at, Hop(path)),
        )


def passing_folders(one: Changed, before: frozenset[str], after: frozenset[str]) -> tuple[str, ...]:
    """The folders that come or go with a path, by each of its names. `before` and `after` are those of both trees."""
    found: list[str] = []
    above, _, _ = one.path.rpartition("/")
    while above and (above in before) != (above in after):
        rest = one.path[len(above) :]
        found += [place.removesuffix(rest) for place in one.places if place.endswith(rest)]
        above, _, _ = above.rpartition("/")
    return tuple(found)


def _of_definition(view: View) -> Iterator[Evidence]:
    if view.is_new:
        yield Evidence(
            path=view.declared_at.path, grade=Grade.FILE, reason="the stage is new", chain=(view.declared_at,)
        )
        return
    for change in view.definition:
        hop = place_of(view, change.part)
        is_parameter = change.part.startswith("params.")
        said = f"{hop.name} {_shown(change.old)} -> {_shown(change.new)}"
        chain = (view.declared_at, hop) if is_parameter else (hop,)
        yield Evidence(path=hop.path, grade=Grade.FILE, reason=f"{_at(hop)} {said}", chain=chain)


def place_of(view: View, part: str) -> Hop:
    """Where a part of a cell's declaration stands: a parameter in its file, all else with the stage."""
    head, _, name = part.partition(".")
    if head == "params":
        place = view.param_places.get(name)
        if place is not None and place.file is not None:
            return Hop(place.file, place.line, name)
        return Hop(view.params_file or view.declared_at.path, None, name)
    line = view.lines.get(part) or view.lines.get(head) or view.declared_at.line
    return Hop(view.declared_at.path, line, part)


def _of_path(view: View, one: Changed, uses: Uses, ways: Mapping[str, Name]) -> Iterator[Evidence]:
    for closure, place in ((closure, place) for closure in (view.head, view.base) for place in one.places):
        if closure is not None and place in closure.files:
            yield _of_closure(view, closure, one, place, uses, ways)
            break
    else:
        yield from _behind(view, one)
    for dep in view.cell.deps or ():
        if dep.path is not None and any(_matches(dep.path, place, holds=one.holds) for place in one.places):
            what = "matches" if dep.is_glob else "is"
            way = (view.declared_at, Hop(one.path, None, dep.name))
            yield Evidence(
                path=one.path, grade=Grade.FILE, reason=f"{_said(one)}, and {what} its dep {dep.name}", chain=way
            )
            break
    yield from _of_trace(view, one)


def _of_trace(view: View, one: Changed) -> Iterator[Evidence]:
    """What the last run of a cell was seen to read, to look for, or to list."""
    places = (*one.places, *one.folders)
    listed = one.was != one.there and any(_is_listed(view, place) for place in places)
    if listed or not view.reads.isdisjoint(places) or (one.holds and any(map(one.is_above, view.reads))):
        reason = f"{_said(one)}, and its last run was seen to {'list its folder' if listed else 'read it'}"
        yield Evidence(path=one.path, grade=Grade.TRACE, reason=reason, chain=(view.declared_at, Hop(one.path)))


def _is_listed(view: View, place: str) -> bool:
    folder, _, name = place.rpartition("/")
    return f"{folder or '.'}/" in view.reads and is_meant(name)


def _behind(view: View, one: Changed) -> Iterator[Evidence]:
    """What a cell reads from behind a link, from a submodule, or of data whose DVC file changed."""
    for closure in (view.head, view.base) if one.holds else ():
        inside = next(filter(one.is_above, closure.files), None) if closure is not None else None
        if closure is not None and inside is not None:
            yield _found(view, one, Grade.FILE, f"{_said(one)}, and {inside} is behind it", _hops(closure, inside))
            return


def of_named_folders(view: View, changed: Iterable[Changed]) -> Iterator[Evidence]:
    """Evidence from changes in folders that a cell's command names: it is given them to look into."""
    spelled = (word for command in words.commands(view.cell.spec, str).commands for word in command)
    folders = frozenset(posixpath.normpath(word.rpartition("=")[2] or ".") for word in spelled) - {"."}
    for one in changed:
        folder = next((above for above in folders if one.path.startswith(f"{above}/")), None)
        if folder is not None and view.head.files.keys().isdisjoint(one.places):
            way = (view.declared_at, Hop(one.path))
            reason = f"{_said(one)}, and lies in {folder}, which its command names"
            yield Evidence(path=one.path, grade=Grade.FILE, reason=reason, chain=way)


def _of_closure(
    view: View, closure: Closure, one: Changed, place: str, uses: Uses, ways: Mapping[str, Name]
) -> Evidence:
    link = closure.files[place]
    if link == roots.TOOL or (link.path is None and place in roots.TOOL_FILES):
        return _found(view, one, Grade.ENVIRONMENT, f"{_said(one)}: it configures tools", (Hop(one.path),))
    if link == roots.WHOLE_TREE:
        return _found(view, one, Grade.FILE, f"{_said(one)}, and nothing tells which files it reads", (Hop(one.path),))
    way = (*_hops(closure, place)[:-1], _place(one))
    if closure.passes_unknown(place) and one.code:
        return _found(view, one, Grade.DYNAMIC, f"{_said(one)}, and is loaded by a computed name or a text", way)
    if not one.code:
        return _found(view, one, Grade.FILE, _said(one), way)
    if one.names is None:
        return _found(view, one, Grade.MODULE, _said(one), way)
    if BODY in one.names:
        last = Hop(one.path, one.names[BODY], BODY)
        reason = f"{_at(last)} what runs when it is loaded changed"
        return _found(view, one, Grade.MODULE, reason, (*way[:-1], last))
    entry = next((ways[path] for path in one.places if path in ways), None)
    if entry is not None:
        steps = _steps(entry, uses, closure)
        reason = f"{_at(steps[-1])} {steps[-1].name} changed"
        return _found(view, one, Grade.SYMBOL, reason, (*_hops(closure, entry.path)[:-1], *steps))
    if one.names:
        reason = f"{one.path} {some_of(sorted(one.names))} changed, which the stage is not seen to use"
    elif one.mode:
        return _found(view, one, Grade.FILE, f"{one.path}: its executable bit changed", way)
    else:
        reason = f"{one.path} differs in comments, layout or docstrings only"
    return _found(view, one, Grade.FILE, reason, way, weak=True)


def _place(one: Changed) -> Hop:
    """The first place in a file that changed, as far as that is known."""
    if one.broken is not None:
        return Hop(one.path, one.broken)
    first = min(one.names or (), key=lambda name: ((one.names or {})[name], name), default=None)
    return Hop(one.path) if first is None else Hop(one.path, (one.names or {})[first], first)


def _found(
    view: View, one: Changed, grade: Grade, reason: str, way: tuple[Hop, ...], *, weak: bool = False
) -> Evidence:
    return Evidence(
        path=one.path,
        grade=grade,
        reason=reason,
        chain=(view.declared_at, *way) if len(way) == 1 else way,
        weak=weak,
    )


def _hops(closure: Closure, path: str) -> tuple[Hop, ...]:
    """The way from a root to a file: each file with the line, and the name in it, that leads to the next."""
    chain = closure.chain(path)
    links: list[Link | None] = [link for _, link in chain[1:]]
    links.append(None)
    return tuple(
        Hop(file, link.line if link else None, link.name if link else "")
        for (file, _), link in zip(chain, links, strict=True)
    )


def _ways_in(closure: Closure, uses: Uses) -> dict[str, Name]:
    """For each changed file, the definition by which a closure uses what changed there: code that runs when a file is
    loaded, or anything in a file that may be used by names nobody can see."""
    found: dict[str, Name] = {}
    for name in uses.bodies:
        if name.path in closure.files:
            found.setdefault(uses.origins[name], name)
    for path, names in uses.by_path.items():
        by_text = path in closure.files and closure.passes_unknown(path)
        if by_text or (path in closure.files and closure.files[path].path is None):
            for name in names:
                if by_text or not is_module(name):
                    found.setdefault(uses.origins[name], name)
    return found


def _steps(entry: Name, uses: Uses, closure: Closure) -> tuple[Hop, ...]:
    """From a definition that is used to the one that changed. Of what runs when a file is loaded the import is shown
    that leads on, where that is known."""
    steps: list[Hop] = []
    name: Name | None = entry
    while name is not None:
        step = uses.steps[name]
        link = closure.files.get(step.origin.path) if step.origin is not None and name.name == BODY else None
        if link is not None and link.path == name.path:
            steps.append(Hop(name.path, link.line, link.name))
        else:
            steps.append(Hop(name.path, step.line or None, name.name))
        name = step.origin
    return tuple(steps)


def _at(hop: Hop) -> str:
    return hop.path if hop.line is None else f"{hop.path}:{hop.line}"


def _said(one: Changed) -> str:
    if not one.was:
        return f"{one.path} is new"
    if not one.there:
        return f"{one.path} is gone"
    if one.broken is not None:
        return f"{one.path}:{one.broken} cannot be parsed"
    return f"{one.path} changed"


def _matches(declared: str, path: str, *, holds: bool) -> bool:
    """Whether a changed path is (or lies in, or points at) what a dep declares, or may hold it."""
    if set(declared) & {"*", "?", "["}:
        return glob_pattern(declared).match(path) is not None
    plain = declared.removeprefix("./").rstrip("/")
    if plain in (".", ""):
        return True
    return (
        path in (plain, f"{plain}.dvc")
        or (holds and plain.startswith(f"{path}/"))
        or path.startswith(f"{plain}/")
        or (path.endswith(".dvc") and plain.startswith(f"{path[:-4]}/"))
    )


def _shown(value: object) -> str:
    return "(none)" if value is None else str(value)[:60]


def strongest(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Evidence with the strongest first, shorter ways before longer ones."""
    return tuple(sorted(found, key=lambda one: (one.weak, ORDER[one.grade], len(one.chain), one.path)))
