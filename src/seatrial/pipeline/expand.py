"""Declared stages to cells: every matrix combination becomes one unit of work with its edges.

Pure. Called by the planner. A cell's name is `train` or `train[seed=0]`; its edges come from
deps that name outs, from dep paths that are (or lie inside) another cell's out, and from
`needs`. Only the first two carry data; `needs` orders and nothing more.
"""

from __future__ import annotations

import bisect
import graphlib
import itertools
import posixpath
from collections.abc import Mapping, Sequence

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import ConfigError, Place, Problem
from seatrial.evidence.policy import Columns, OutKind
from seatrial.pipeline import template
from seatrial.pipeline.policy import DepSpec, OutSource, PathSource, Scalar, StageSpec, UrlSource

GLOB_CHARACTERS = frozenset("*?[")


class CellOut(Struct, frozen=True, kw_only=True):
    """One out of a cell, its path filled in, and the template it came from."""

    name: str
    path: str
    pattern: str
    kind: OutKind | None = None
    columns: Columns | None = None
    cache: bool = True
    persist: bool = False
    taken_from: str | None = None

    def key_part(self) -> Json:
        """How it counts in a key: a command that finds its old out is not the one that does not."""
        return {"path": self.pattern, "persist": True} if self.persist else self.pattern


class Produced(Struct, frozen=True, kw_only=True):
    """A dep that another cell makes. `inside` is the path below that out, empty for the out itself."""

    cell: str
    out: str
    path: str
    inside: str = ""


class CellDep(Struct, frozen=True, kw_only=True):
    """One dep of a cell: paths in the tree, an address outside, or what other cells produce (several for `[*]`).

    `named` deps that the command takes as `${deps.NAME}` are identified by name and content,
    all others also by path.
    """

    name: str
    named: bool
    path: str | None = None
    url: str | None = None
    produced: tuple[Produced, ...] = ()

    @property
    def is_glob(self) -> bool:
        return self.path is not None and bool(GLOB_CHARACTERS & set(self.path))


class Cell(Struct, frozen=True, kw_only=True):
    """One unit of work. `deps` is None when none were declared and nothing was said about it."""

    name: str
    spec: StageSpec
    values: Mapping[str, Scalar]
    deps: tuple[CellDep, ...] | None
    outs: tuple[CellOut, ...]
    after: tuple[str, ...] = ()

    @property
    def stage(self) -> str:
        return self.spec.name

    @property
    def always_runs(self) -> bool:
        """Whether no stored result can stand for it."""
        return self.spec.always or self.spec.effects

    @property
    def producers(self) -> tuple[str, ...]:
        """The cells whose outs this one reads, each once."""
        return tuple(dict.fromkeys(made.cell for dep in self.deps or () for made in dep.produced))

    @property
    def reads_inside(self) -> bool:
        """Whether it reads a part of an out: what that is can only be told from the disk."""
        return any(made.inside for dep in self.deps or () for made in dep.produced)

    @property
    def before(self) -> tuple[str, ...]:
        """The cells that must be over before this one begins, each once: its producers, and those it needs."""
        return tuple(dict.fromkeys((*self.producers, *self.after)))

    def out(self, name: str) -> CellOut:
        return next(out for out in self.outs if out.name == name)


def cell_name(stage: str, values: Mapping[str, object]) -> str:
    """`train`, or `train[seed=0,lr=0.1]`."""
    inside = ",".join(f"{key}={template.show_value(value)}" for key, value in values.items())
    return f"{stage}[{inside}]" if inside else stage


def combinations(spec: StageSpec) -> tuple[Mapping[str, Scalar], ...]:
    """Every combination of a stage's matrix; one empty combination when it has none.

    The product of the axes, without those that match all values of an entry of `exclude`, then the
    cells of `include` that are not there yet.
    """
    axes = [[(key, value) for value in values] for key, values in spec.matrix.items()]
    product = (dict(choice) for choice in itertools.product(*axes))
    chosen = {cell_name("", cell): cell for cell in product if not any(_matches(cell, out) for out in spec.exclude)}
    for cell in spec.include:
        chosen.setdefault(cell_name("", cell), dict(cell))
    return tuple(chosen.values())


def _matches(cell: Mapping[str, Scalar], some: Mapping[str, Scalar]) -> bool:
    return all(template.show_value(cell[axis]) == template.show_value(value) for axis, value in some.items())


class _Written:
    """The outs of all cells, by cell in `outs`, and looked up by path without looking at each."""

    def __init__(self, outs: Mapping[str, tuple[CellOut, ...]]) -> None:
        self.outs = outs
        self._by_path = {out.path: (cell, out) for cell, made in outs.items() for out in made}
        self._paths = sorted(self._by_path)

    def producer_of(self, path: str) -> Produced | None:
        """What makes a path, or the folder that it lies in."""
        above = path
        while above:
            if above in self._by_path:
                cell, out = self._by_path[above]
                return Produced(cell=cell, out=out.name, path=path, inside=path[len(above) + 1 :])
            above = above.rpartition("/")[0]
        return None

    def first_below(self, prefix: str) -> tuple[str, CellOut] | None:
        """An out whose path begins so, with its cell."""
        place = bisect.bisect_left(self._paths, prefix)
        found = self._paths[place : place + 1]
        return self._by_path[found[0]] if found and found[0].startswith(prefix) else None


def cells_meant(source: OutSource, spec: StageSpec) -> tuple[str, ...]:
    """The names of the cells of `spec` that a reference means: one, all for `[*]`, none for a cell that does not
    exist. A selector may name the axes in any order."""
    return tuple(
        cell_name(spec.name, choice)
        for choice in combinations(spec)
        if source.every
        or {axis: template.show_value(value) for axis, value in choice.items()} == dict(source.cell or {})
    )


def expand(stages: Mapping[str, StageSpec]) -> tuple[Cell, ...]:
    """All cells, producers before consumers, otherwise in the order of declaration.

    Raises ConfigError for a cycle, two cells writing one path, or a reference to a stage that
    is not among `stages` (one that the chosen tier leaves out).
    """
    outs = {
        cell_name(spec.name, values): _outs(spec, values) for spec in stages.values() for values in combinations(spec)
    }
    _refuse_shared_paths(outs, stages)
    written = _Written(outs)
    cells = [_cell(spec, values, stages, written) for spec in stages.values() for values in combinations(spec)]
    return _ordered(cells)


def _outs(spec: StageSpec, values: Mapping[str, Scalar]) -> tuple[CellOut, ...]:
    return tuple(
        CellOut(
            name=out.name,
            path=_path(out.path, values, spec.name),
            pattern=out.path,
            kind=out.kind,
            columns=out.columns,
            cache=out.cache,
            persist=out.persist,
            taken_from=out.taken_from and _path(out.taken_from, values, spec.name),
        )
        for out in spec.outs
    )


def _path(text: str, values: Mapping[str, Scalar], stage: str) -> str:
    return posixpath.normpath(_fill(text, values, stage))


def _fill(text: str, values: Mapping[str, Scalar], stage: str) -> str:
    def lookup(reference: template.Reference) -> str:
        if reference.head != "matrix" or reference.name not in values:
            raise ConfigError(
                f"`{reference}` cannot stand in a path or address of stage {stage}; only its own ${{matrix.AXIS}} can"
            )
        return template.show_value(values[reference.name])

    return template.fill(template.parse(text), lookup)


def _cell(
    spec: StageSpec,
    values: Mapping[str, Scalar],
    stages: Mapping[str, StageSpec],
    written: _Written,
) -> Cell:
    name = cell_name(spec.name, values)
    deps = None
    if spec.deps is not None:
        deps = tuple(_dep(dep, spec, values, stages, written) for dep in spec.deps)
    after = tuple(
        cell_name(needed, choice) for needed in spec.needs for choice in combinations(_stage(stages, needed, spec))
    )
    return Cell(name=name, spec=spec, values=values, deps=deps, outs=written.outs[name], after=after)


def _dep(
    dep: DepSpec,
    spec: StageSpec,
    values: Mapping[str, Scalar],
    stages: Mapping[str, StageSpec],
    written: _Written,
) -> CellDep:
    match dep.source:
        case PathSource(path=text):
            path = _path(text, values, spec.name)
            made = written.producer_of(path)
            if made is not None:
                return CellDep(name=dep.name, named=dep.named, produced=(made,))
            _refuse_holding_outs(dep, path, spec, written)
            return CellDep(name=dep.name, named=dep.named, path=path)
        case UrlSource(url=url):
            return CellDep(name=dep.name, named=dep.named, url=_fill(url, values, spec.name))
        case OutSource() as source:
            producer = _stage(stages, source.stage, spec)
            produced = tuple(
                Produced(cell=cell, out=out.name, path=out.path)
                for cell in cells_meant(source, producer)
                for out in written.outs[cell]
                if out.name == source.out
            )
            if not produced:
                raise ConfigError(f"stage {spec.name} depends on {source}, which no stage makes", place=dep.place)
            return CellDep(name=dep.name, named=dep.named, produced=produced)


def _stage(stages: Mapping[str, StageSpec], name: str, asker: StageSpec) -> StageSpec:
    try:
        return stages[name]
    except KeyError:
        raise ConfigError(
            f"stage {asker.name} needs stage {name}, which is not part of this selection",
            place=asker.place,
            next_step=f"add the tier to `tiers:` of {name}, or take the reference out of {asker.name}",
        ) from None


def _refuse_holding_outs(dep: DepSpec, path: str, spec: StageSpec, written: _Written) -> None:
    """A folder that is partly made by stages is neither a source nor an out: nothing would say when it is whole."""
    inside = "" if path == "." else path + "/"
    found = written.first_below(inside)
    if found is not None:
        cell, out = found
        raise ConfigError(
            f"stage {spec.name} depends on the folder {path}, in which {cell} writes {out.path}",
            place=dep.place or spec.place,
            next_step=f"depend on {out.path} itself, or on a glob such as {inside}**, which leaves outs out",
        )


def _refuse_shared_paths(outs: Mapping[str, tuple[CellOut, ...]], stages: Mapping[str, StageSpec]) -> None:
    """Two cells that write one path, or one inside the other's, would overwrite each other."""
    written = sorted(
        ((out.path, cell) for cell, made in outs.items() for out in made),
        key=lambda pair: (pair[0].replace("/", "\0"), pair[1]),  # a folder sorts right before what it holds
    )
    problems = []
    for (path, cell), (other_path, other) in itertools.pairwise(written):
        if other_path == path or other_path.startswith(path + "/"):
            what = f"both write {path}" if path == other_path else f"write {path} and, inside it, {other_path}"
            place: Place | None = stages[other.partition("[")[0]].place
            problems.append(
                Problem(
                    message=f"{cell} and {other} {what}",
                    place=place,
                    next_step="give each its own path; cells of a matrix can use ${matrix.AXIS} in it",
                )
            )
    if problems:
        raise ConfigError(problems[0].message, problems=tuple(problems))


def _ordered(cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Producers first; ties keep the order of declaration."""
    by_name = {cell.name: cell for cell in cells}
    graph = {cell.name: cell.before for cell in cells}
    try:
        order = tuple(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        loop = " -> ".join(reversed(error.args[1]))
        place = by_name[error.args[1][0]].spec.place
        raise ConfigError(
            f"stages depend on each other in a circle: {loop}", place=place, next_step="break the circle at one of them"
        ) from None
    return tuple(by_name[name] for name in order)
