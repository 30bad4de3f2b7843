"""Debt in the records: written where a run deferred a cell, settled where a later run has its result.

Called by whatever executes the plan of a work tree, before anything is judged: a draft that could be
registered must not exist before the debt of its run does. Read by the promote flow, `why` and `models`.

Subtle: a debt that cannot be written is an error, because a promotion would not know of it; one that
cannot be settled is a warning, because it then holds for longer than it must, and the next run settles it.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from seatrial.clock import iso
from seatrial.digest import Json, of_record
from seatrial.errors import ConflictError, OutsideError
from seatrial.flows.merging import by_name
from seatrial.flows.owing import STREAM
from seatrial.flows.workspace import Workspace
from seatrial.pipeline.deferral import Cause
from seatrial.pipeline.outcome import Did, RunOutcome
from seatrial.pipeline.plan import Plan
from seatrial.registry.debt import Book, Debt, Settled, fold, new_records, to_body
from seatrial.registry.records import DeferredCell
from seatrial.store.state import StateStore

_ATTEMPTS = 50  # others append too; each time one of them got ahead of us there is news to look at
_ELSEWHERE = frozenset({"environment", "platform"})
_NOT_LOOKED_UP = "whether this run settles debts could not be looked up: {}"
_HAS_RESULT = (Did.RAN, Did.REUSED)


class Origin(Struct, frozen=True, kw_only=True):
    """The run that debts come from or are settled by. `command` is what was typed, `expected` are seconds by cell."""

    run: str
    command: str
    tier: str | None
    commit: str | None
    dirty: bool
    expected: Mapping[str, float] = field(default_factory=dict)


class Kept(Struct, frozen=True, kw_only=True):
    """What became of the book: warnings, and which of the cells that a run deferred are owed by now."""

    warnings: tuple[str, ...] = ()
    owed: frozenset[str] = frozenset()


def read_book(state: StateStore) -> Book:
    """All debts, from verified records. Raises StateError: an unreadable book is never an empty one."""
    return fold(state.read(STREAM))


def keep_book(workspace: Workspace, plan: Plan, outcome: RunOutcome, origin: Origin) -> Kept:
    """Write what a run deferred and settled. Raises OutsideError when a debt cannot be written."""
    try:
        if not outcome.deferred and not read_book(workspace.state).open:
            return Kept()
    except OutsideError as error:
        return Kept(warnings=(_NOT_LOOKED_UP.format(error),))
    deferred, ended = _of_run(workspace, plan, outcome, origin)
    try:
        book = _append(workspace.state, deferred, ended)
    except (OutsideError, ConflictError) as error:
        if deferred:
            raise
        return Kept(warnings=(_NOT_LOOKED_UP.format(error),))
    return Kept(owed=frozenset(debt.cell for debt in deferred if (debt.cell, debt.work) not in book.settled))


def _of_run(workspace: Workspace, plan: Plan, outcome: RunOutcome, origin: Origin) -> tuple[list[Debt], list[Settled]]:
    """What a run owes, and what it would settle if that is owed."""
    digests = work_digests(plan)
    at = iso(workspace.clock.now())
    by_other_causes = [cell.cell for cell in outcome.deferred if cell.cause not in (Cause.MACHINE, Cause.TRUST)]
    named = by_name(origin.command, by_other_causes)
    deferred: list[Debt] = []
    ended: list[Settled] = []
    for planned in plan.cells:
        cell = outcome.cells.get(planned.cell.name)
        name, digest, work = planned.cell.name, planned.input_digest, digests[planned.cell.name]
        if cell is not None and cell.did is Did.DEFERRED:
            deferred.append(
                Debt(
                    cell=name,
                    input_digest=digest,
                    work=work,
                    reason=cell.reason,
                    run=origin.run,
                    at=at,
                    platform=workspace.machine,
                    command=origin.command if cell.cause in (Cause.MACHINE, Cause.TRUST) else named,
                    tier=origin.tier,
                    commit=origin.commit,
                    dirty=origin.dirty,
                    cause=cell.cause,
                    gpus=planned.cell.spec.resources.gpus or None,
                    expected=origin.expected.get(name),
                )
            )
        elif cell is not None and cell.did in _HAS_RESULT and not cell.drifted:
            ended.append(
                Settled(
                    cell=name,
                    input_digest=digest,
                    work=work,
                    run=origin.run,
                    at=at,
                    platform=workspace.machine,
                    commit=origin.commit,
                )
            )
    return deferred, ended


def deferred_cells(plan: Plan, outcome: RunOutcome) -> tuple[DeferredCell, ...]:
    """What a run deferred, for the versions that it makes all the same."""
    digests = work_digests(plan)
    return tuple(
        DeferredCell(cell=planned.cell.name, input_digest=planned.input_digest, work=digests[planned.cell.name])
        for planned in plan.cells
        if planned.cell.name in outcome.cells and outcome.cells[planned.cell.name].did is Did.DEFERRED
    )


def work_digests(plan: Plan) -> Mapping[str, str]:
    """Each cell's identity wherever it is run: its input digest without platform and installed packages."""
    found: dict[str, str] = {}
    for planned in plan.cells:
        parts: dict[str, Json] = {name: value for name, value in planned.inputs.parts.items() if name not in _ELSEWHERE}
        for dep in planned.cell.deps or ():
            if dep.produced:
                parts[f"deps.{dep.name}"] = [[found[made.cell], made.out, made.inside] for made in dep.produced]
        found[planned.cell.name] = of_record("work/1", parts)
    return found


def _append(state: StateStore, deferred: list[Debt], ended: list[Settled]) -> Book:
    """Write what is new. The book as it was before."""
    for attempt in range(_ATTEMPTS):
        book = read_book(state)
        try:
            for number, record in enumerate(new_records(book, deferred, ended), start=book.length):
                state.append(STREAM, to_body(record), expected=number)
        except ConflictError:
            if attempt + 1 == _ATTEMPTS:
                raise
            continue
        return book
    raise AssertionError("the last attempt raises")
