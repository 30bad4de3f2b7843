"""Whether the parts of a run belong together, and what its outcomes are. Pure.

Called by `collecting`. Environments may differ from machine to machine, that is what several machines
are for, and so may what is taken of test results that others wrote; code, parameters, data and what one cell made for
another must not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seatrial.digest import Json, canonical
from seatrial.errors import Problem, some_of
from seatrial.flows.parts import CellRecord
from seatrial.pipeline.calling_off import held_back
from seatrial.pipeline.expand import Cell, Produced
from seatrial.pipeline.key import TAKEN, Parts
from seatrial.pipeline.outcome import CellOutcome, Did
from seatrial.pipeline.plan import complete_parts
from seatrial.store.blobs import Artifact

_OF_THE_MACHINE = frozenset({"environment", "platform"})


def outcomes(
    cells: Sequence[Cell], records: Mapping[str, CellRecord], known: Mapping[str, CellOutcome] | None = None
) -> dict[str, CellOutcome]:
    """What became of every cell, producers first. `known` are those that nobody had to do.

    Without a record a cell is blocked or deferred where what feeds it failed or was deferred, else missing.
    So is one whose inputs changed while it ran: it belongs to no key, and nothing of it was kept.
    """
    done: dict[str, CellOutcome] = {}
    for cell in cells:
        record = records.get(cell.name)
        if known and cell.name in known:
            done[cell.name] = known[cell.name]
        elif record is None:
            done[cell.name] = _unrecorded(cell, done)
        elif record.outcome.did is Did.USED:
            done[cell.name] = CellOutcome(cell=cell.name, did=Did.MISSING, reason=record.outcome.reason)
        else:
            done[cell.name] = record.outcome
    return done


def _unrecorded(cell: Cell, done: Mapping[str, CellOutcome]) -> CellOutcome:
    return held_back(cell, done) or CellOutcome(cell=cell.name, did=Did.MISSING, reason="no machine did it")


def strangers(
    cells: Sequence[Cell], own: Mapping[str, Parts], records: Mapping[str, CellRecord], *, run: str
) -> tuple[Problem, ...]:
    """Why records do not belong together, cell by cell; empty when they do.

    `own` are the parts of each cell's key as the judging machine sees them, without what others make.
    """
    problems: list[Problem] = []
    for cell in cells:
        record = records.get(cell.name)
        if record is None or record.outcome.result is None or not record.final:
            continue
        theirs = record.outcome.result.parts
        differ = _different(own[cell.name], theirs) or _different(_made_for(cell, records), theirs)
        if differ:
            problems.append(
                Problem(
                    message=f"{cell.name} was made on {record.machine} from other inputs than are here: "
                    f"{some_of(differ)} differ",
                    next_step=f"bring the same files here as there, or begin again under another name than {run}",
                )
            )
    return tuple(problems)


def _made_for(cell: Cell, records: Mapping[str, CellRecord]) -> dict[str, Json]:
    """The parts of a cell that others make, from their records; none where they say too little."""
    made = {dep.name: dep.produced for dep in cell.deps or () if dep.produced}
    known = all(
        not each.inside and (record := records.get(each.cell)) is not None and record.outcome.result is not None
        for produced in made.values()
        for each in produced
    )
    if not known:
        return {}

    def artifact(_dep: str, produced: Produced) -> Artifact:
        result = records[produced.cell].outcome.result
        if result is None:
            raise LookupError(produced.cell)
        return result.outs[produced.out]

    return complete_parts(cell, {}, artifact)


def _different(mine: Parts, theirs: Parts) -> list[str]:
    return [
        name
        for name, value in mine.items()
        if name not in _OF_THE_MACHINE
        and not name.startswith(f"{TAKEN}.")
        and (name not in theirs or canonical(value) != canonical(theirs[name]))
    ]
