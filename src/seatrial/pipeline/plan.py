"""A plan: every cell with its action and its evidence, before anything runs.

Called by the flows and by `seatrial plan`; `execute` then does what the same plan says. A
cell's input digest needs its producers' input digests, so cells are visited producers first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from seatrial.digest import Json
from seatrial.errors import ConfigError
from seatrial.pipeline import key
from seatrial.pipeline.expand import Cell, CellDep, Produced
from seatrial.pipeline.inputs import CellInputs, Survey, dep_identity
from seatrial.pipeline.key import Change, Listings, Parts
from seatrial.pipeline.reads import differing, holds
from seatrial.pipeline.results import ResultStore, StageResult
from seatrial.pipeline.select import Action, choose
from seatrial.store.blobs import Artifact


class PlannedCell(Struct, frozen=True, kw_only=True):
    """One cell of a plan. `expected` is the result that `reuse` rests on; `must_run` when it
    runs whatever is stored."""

    cell: Cell
    action: Action
    reason: str
    changed: tuple[Change, ...]
    inputs: CellInputs
    input_digest: str
    expected: StageResult | None
    must_run: bool = False
    unlike: bool = False
    """It runs although a result of its input digest is stored: other files that it was seen to read differ. So its
    input digest does not say what it will make."""

    @property
    def dep_paths(self) -> dict[str, tuple[str, ...]]:
        """Where each dep lies as it was declared: paths, the address of what is none, outs of others."""
        made = {dep.name: tuple(one.path for one in dep.produced) for dep in self.cell.deps or () if dep.produced}
        return {**self.inputs.paths, **made}


class Plan(Struct, frozen=True, kw_only=True):
    """Cells in an order in which they can run."""

    cells: tuple[PlannedCell, ...]

    def __getitem__(self, name: str) -> PlannedCell:
        return next(planned for planned in self.cells if planned.cell.name == name)


def make_plan(
    cells: Iterable[Cell],
    survey: Survey,
    results: ResultStore,
    listings: Listings,
    *,
    elsewhere: Mapping[str, str] | None = None,
) -> Plan:
    """The plan for cells given producers first. `elsewhere` gives the input digests of cells that are
    done by another machine: they are not looked at here.

    Raises ConfigError that lists everything missing in the tree.
    """
    known = elsewhere or {}
    chosen = tuple(cell for cell in cells if cell.name not in known)
    inputs = {cell.name: survey.inputs(cell) for cell in chosen}
    if survey.problems:
        raise ConfigError(survey.problems[0].message, problems=tuple(survey.problems))
    planned: dict[str, PlannedCell] = {}
    for cell in chosen:
        planned[cell.name] = _plan_cell(cell, inputs[cell.name], planned, known, results, listings, survey)
    return Plan(cells=tuple(planned.values()))


def _plan_cell(
    cell: Cell,
    inputs: CellInputs,
    planned: Mapping[str, PlannedCell],
    elsewhere: Mapping[str, str],
    results: ResultStore,
    listings: Listings,
    survey: Survey,
) -> PlannedCell:
    def upstream(made: Produced) -> Json:
        identity = planned[made.cell].input_digest if made.cell in planned else elsewhere[made.cell]
        return f"{identity}#{made.out}" + (f"/{made.inside}" if made.inside else "")

    produced = {f"deps.{dep.name}": _produced_part(dep, upstream) for dep in cell.deps or () if dep.produced}
    identity = key.input_digest({**inputs.parts, **produced})
    stored = results.by_input(identity, lambda result: holds(result, survey.reads))
    last = results.last_of(cell.name)
    seen = differing(last, survey.reads) if stored is None else ()
    pending = tuple(name for name in cell.producers if name in planned and planned[name].action is not Action.REUSE)
    unsettled = any(
        planned[name].must_run or planned[name].unlike or planned[name].action is Action.RUN_IF_CHANGED
        for name in pending
    )
    must_run = _must_run(cell, stored, survey.lies)
    choice = choose(
        {**inputs.parts, **{change.part: change.new for change in seen}},
        produced=frozenset(produced),
        pending=pending,
        must_run=must_run,
        same_inputs_run=stored.run if stored and not unsettled else None,
        last={**last.parts, **{change.part: change.old for change in seen}} if last else None,
        listings=lambda wanted: inputs.listings.get(wanted) or listings(wanted),
    )
    return PlannedCell(
        cell=cell,
        action=choice.action,
        reason=choice.reason,
        changed=choice.changed,
        inputs=inputs,
        input_digest=identity,
        expected=stored if must_run is None else None,
        must_run=must_run is not None,
        unlike=stored is None and results.by_input(identity) is not None,
    )


def _must_run(cell: Cell, stored: StageResult | None, lies: Callable[[str, Artifact], bool]) -> str | None:
    """Why a cell runs whatever is stored; None when a stored result may stand for it."""
    if cell.spec.effects:
        return "it acts outside (`effects: true`)"
    if cell.spec.always:
        return "it always runs (`always: true`)"
    for out in cell.outs:
        if stored and not out.cache and (out.name not in stored.outs or not lies(out.path, stored.outs[out.name])):
            return f"out {out.path} is not kept in the cache, and is no longer there"
    return None


def _produced_part(dep: CellDep, identify: Callable[[Produced], Json]) -> Json:
    """A produced dep as one part: its identity, or a mapping by cell where there are several."""
    if len(dep.produced) == 1:
        return identify(dep.produced[0])
    return {made.cell: identify(made) for made in dep.produced}


def complete_parts(cell: Cell, own: Parts, made: Callable[[str, Produced], Artifact]) -> dict[str, Json]:
    """All parts of a cell once its producers are done; `made` gives, for a dep's name, what each made."""
    parts = dict(own)
    for dep in cell.deps or ():
        if dep.produced:
            identities = {
                produced: dep_identity(cell, dep, made(dep.name, produced), produced.path) for produced in dep.produced
            }
            parts[f"deps.{dep.name}"] = _produced_part(dep, identities.__getitem__)
    return parts
