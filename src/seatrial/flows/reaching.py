"""What a change reaches, for a plan: both trees looked at, every cell's evidence, and the action that follows.

Called by `flows/change_plan.py` for commits and for the work tree. What decides is in `pipeline/reach.py`; here the
two trees are looked at, as little as answers the question: the head is surveyed whole, and of the base only
what was there and no longer is, since all else leads to a change that the head's own closure holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from seatrial.change.closure import Closure
from seatrial.change.extract.sources import kind_of
from seatrial.change.facts import SymbolFacts
from seatrial.change.graph import Graph
from seatrial.change.symbols import affected, changed_names
from seatrial.digest import Json
from seatrial.flows.policy import TierPolicy
from seatrial.pipeline.code import Code
from seatrial.pipeline.contents import DVC_SUFFIX
from seatrial.pipeline.definition import declared_deps, definition_parts
from seatrial.pipeline.evidence_of_change import Changed, Hop, Uses, View, arrange, passing_folders
from seatrial.pipeline.expand import Cell, expand
from seatrial.pipeline.inputs import CellInputs
from seatrial.pipeline.key import Change, changes
from seatrial.pipeline.plan import PlannedCell
from seatrial.pipeline.policy import PipelinePolicy
from seatrial.pipeline.reach import NOTHING, OfEnvironment, Reach, Rules, everything_runs, reach
from seatrial.pipeline.sight import Sight
from seatrial.pipeline.tree import folders_of, within
from seatrial.replacing import replace

DEFINED = frozenset({"python", "notebook"})
LOADED = DEFINED | {"shell"}
"""The kinds of files that lead on to what nobody can tell where they cannot be parsed; others are data."""

_MOST_ALIASES = 1000


class Delta(Struct, frozen=True):
    """One path that differs; whether it is there in the base, and in the head. `holds` when it is a link or a
    submodule in one of them."""

    path: str
    was: bool
    there: bool
    holds: bool = False
    submodule: bool = False


class Side(Struct, frozen=True, kw_only=True):
    """One tree of the two: its paths, how it is looked at, and the configuration it is read with (None where it has
    none). `links` are the links in it, each with the places that it leads by and to."""

    paths: frozenset[str]
    sight: Sight
    pipeline: PipelinePolicy | None
    cells: tuple[Cell, ...] = ()
    outs: frozenset[str] = frozenset()
    links: Mapping[str, tuple[str, ...]] = {}


class Surveyed(Struct, frozen=True, kw_only=True):
    """The head as it was surveyed for the plan."""

    inputs: Mapping[str, CellInputs]
    graph: Graph
    reads: Mapping[str, frozenset[str]]
    config_file: str
    params_file: str | None


class Head(Struct, frozen=True, kw_only=True):
    """A tree that was looked at for a plan: how it is seen, what was found, the plan without a base, and what the
    project says about paths. `crash` is what went wrong on our side, where that cannot be told."""

    side: Side
    pipeline: PipelinePolicy
    tier: TierPolicy | None
    surveyed: Surveyed
    cells: tuple[PlannedCell, ...]
    rules: Rules
    notes: tuple[str, ...] = ()
    crash: str | None = None


def reach_of(
    base: Side,
    head: Side,
    surveyed: Surveyed,
    deltas: Sequence[Delta],
    rules: Rules,
    environment: Callable[[], OfEnvironment] = lambda: NOTHING,
) -> Reach:
    """What a change reaches. A failure of ours runs everything, and says so: a selector that crashed selects nothing
    on its own account."""
    try:
        changed = with_folders([_changed(base, head, delta) for delta in deltas], base.paths, head.paths)
        uses = uses_of(head, surveyed.graph, changed)
        views = _views(base, head, surveyed, deltas)
        others = _others(head) if deltas else ()
        return reach(views, changed, uses, rules, environment=environment(), others=others)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nothing may be skipped by it
        why = f"what the change reaches could not be told ({type(error).__name__}: {error}), so everything runs"
        return everything_runs([cell.name for cell in head.cells], [delta.path for delta in deltas], why)


def _changed(base: Side, head: Side, delta: Delta) -> Changed:
    kind = kind_of(delta.path)
    links = (*base.links.items(), *head.links.items())
    promised = delta.path.removesuffix(DVC_SUFFIX)
    data = (promised, *linked(promised, links)) if promised != delta.path else ()
    aliases = (*linked(delta.path, links), *data)
    if kind is None or delta.submodule:
        return Changed(
            path=delta.path,
            was=delta.was,
            there=delta.there,
            aliases=aliases,
            holds=delta.holds or bool(data),
            submodule=delta.submodule,
        )
    broken = head.sight.facts(delta.path).broken if delta.there and kind in LOADED else None
    names = None
    if kind in DEFINED and delta.was and delta.there and broken is None:
        old, new = base.sight.symbols(delta.path), head.sight.symbols(delta.path)
        names = changed_names(old, new) if old is not None and new is not None else None
    return Changed(
        path=delta.path,
        was=delta.was,
        there=delta.there,
        names=names,
        broken=broken,
        code=kind in DEFINED,
        aliases=aliases,
        holds=delta.holds,
        mode=delta.was and delta.there and _is_marked(base, delta.path) is not _is_marked(head, delta.path),
    )


def with_folders(changed: Iterable[Changed], before: frozenset[str], after: frozenset[str]) -> tuple[Changed, ...]:
    """The same, each with the folders that come or go with it. `before` and `after` are the paths of both trees."""
    some = tuple(changed)
    if all(one.was == one.there for one in some):
        return some
    folders = folders_of(before), folders_of(after)
    return tuple(replace(one, folders=passing_folders(one, *folders)) if one.was != one.there else one for one in some)


def _is_marked(side: Side, path: str) -> bool:
    found = side.sight.entry(path)
    return found is not None and found[0] != found[1]


def linked(path: str, links: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[str, ...]:
    """The other paths by which links lead to a path, each link followed once."""
    found: dict[str, frozenset[str]] = {path: frozenset()}
    ways = [(link, place) for link, places in links for place in places]
    for one in (pending := [path]):
        for link, place in ways:
            if link in found[one] or not (one == place or not place or one.startswith(f"{place}/")):
                continue
            other = link + one[len(place) :] if place else f"{link}/{one}"
            if other not in found and len(found) < _MOST_ALIASES:
                found[other] = found[one] | {link}
                pending.append(other)
    return tuple(found)[1:]


def uses_of(head: Side, graph: Graph, changed: Iterable[Changed]) -> Uses:
    """Who uses the definitions that changed. Nobody is asked where none did."""
    names = {place: one.names for one in changed if one.names for place in one.places}
    if not names:
        return arrange({})

    def symbols(path: str) -> SymbolFacts | None:
        try:
            return head.sight.symbols(path)
        except OSError:
            return None

    return arrange(affected(graph, names, symbols))


def _views(base: Side, head: Side, surveyed: Surveyed, deltas: Sequence[Delta]) -> list[View]:
    before = {cell.name: cell for cell in base.cells}
    gone = any(not delta.there or delta.holds for delta in deltas)
    base_code = _code(base) if gone and base.pipeline is not None else None
    views = []
    for cell in head.cells:
        old = before.get(cell.name)
        found = surveyed.inputs[cell.name]
        views.append(
            View(
                cell=cell,
                head=found.closure,
                base=base_code.reached(old)[0] if base_code is not None and old is not None else None,
                is_new=old is None,
                definition=_redefined(old, base.pipeline, cell, head.pipeline),
                declared_at=_place(cell, surveyed.config_file),
                absent=found.absent,
                reads=surveyed.reads.get(cell.name, frozenset()),
                params_file=surveyed.params_file,
                lines=cell.spec.lines,
                param_places={} if head.pipeline is None else head.pipeline.param_places,
            )
        )
    return views


def _others(head: Side) -> Sequence[View]:
    """The cells that were not asked for, as far as it matters what they depend on."""
    asked = {cell.name for cell in head.cells}
    rest = [cell for cell in expand(head.pipeline.stages) if cell.name not in asked] if head.pipeline else []
    code = _code(head) if rest else None
    return [View(cell=cell, head=code.reached(cell)[0]) for cell in rest] if code is not None else ()


def _code(side: Side) -> Code:
    assert side.pipeline is not None  # noqa: S101 - asked by the only caller
    sources = frozenset(path for path in side.paths if not within(path, side.outs))
    return Code(side.pipeline, sources, side.outs, side.sight)


def _redefined(
    old: Cell | None, before: PipelinePolicy | None, new: Cell, after: PipelinePolicy | None
) -> tuple[Change, ...]:
    """What differs in a cell's declaration."""
    if old is None or before is None or after is None:
        return ()
    return changes(
        {**definition_parts(old, before), **_named(declared_deps(old)), **_runs_on(old, before)},
        {**definition_parts(new, after), **_named(declared_deps(new)), **_runs_on(new, after)},
    )


def _runs_on(cell: Cell, policy: PipelinePolicy) -> dict[str, Json]:
    """What a declaration says of devices and interpreter: a key has what they are, as platform and environment."""
    found: dict[str, Json] = {}
    if cell.spec.resources.gpus:
        found["resources.gpus"] = cell.spec.resources.gpus
    if policy.python is not None:
        found["python"] = policy.python
    return found


def _named(deps: Mapping[str, object]) -> dict[str, str | None]:
    return {name: None if value is None else str(value) for name, value in deps.items()}


def view_of(head: Head, cell: Cell, closure: Closure | None = None) -> View:
    """A cell of one tree alone, with nothing it is compared with. `closure` is another one than was surveyed."""
    surveyed = head.surveyed
    return View(
        cell=cell,
        head=closure or surveyed.inputs[cell.name].closure,
        declared_at=_place(cell, surveyed.config_file),
        reads=surveyed.reads.get(cell.name, frozenset()),
        params_file=surveyed.params_file,
        lines=cell.spec.lines,
        param_places={} if head.side.pipeline is None else head.side.pipeline.param_places,
    )


def _place(cell: Cell, config_file: str) -> Hop:
    place = cell.spec.place
    return Hop(config_file, place.line if place is not None else None, cell.stage)
