"""All cells of the grid, drawn and judged, in as many processes as there are cores.

Called by `__main__`. A cell's seed is its name, so what is found does not depend on which other cells are asked for,
nor on how many processes do it.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.gates import bars, disparities, interval_coverage, judging, slicing
from benchmarks.gates.grid import Cell
from benchmarks.gates.judging import Tally

AGAIN = 4
"""How many times the replicates a cell gets that missed a bar at first."""

Simulated = Callable[[Cell, np.random.Generator], dict[str, Tally] | None]

_PARTS: dict[str, Simulated] = {
    "accuracy": judging.of_accuracy,
    "counts": judging.of_counts,
    "scores": judging.of_scores,
    "numbers": judging.of_numbers,
    "slices": slicing.of_slices,
    "fairness": disparities.of_fairness,
    "intervals": interval_coverage.of_interval,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one metric in one cell; `again` says that it is a second draw."""

    cell: Cell
    metric: str
    tally: Tally
    again: bool

    @property
    def missed(self) -> list[bars.Limit]:
        """The bars that are not kept."""
        return bars.missed(self.cell, self.metric, self.tally)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that was found. `impossible` cells have no such population; `cpu` is in seconds, of all processes."""

    outcomes: list[Outcome]
    impossible: int
    cpu: float


def run(cells: Sequence[Cell], *, processes: int | None = None, progress: Callable[[str], None] | None = None) -> Run:
    """Draw all cells. With one process nothing is started."""
    workers = processes or os.cpu_count() or 1
    outcomes, impossible, cpu = dict[str, list[Outcome]](), 0, 0.0
    largest_first = sorted(cells, key=lambda cell: -cell.n * cell.groups * cell.replicates)
    for number, (cell, found, taken) in enumerate(_drawn(largest_first, workers)):
        cpu += taken
        impossible += found is None
        outcomes[cell.name] = found or []
        if progress is not None and number % 100 == 0:
            progress(f"{number:,} of {len(cells):,} cells, {cpu:,.0f} CPU s")
    return Run(outcomes=[each for cell in cells for each in outcomes[cell.name]], impossible=impossible, cpu=cpu)


def _drawn(cells: Sequence[Cell], workers: int) -> Iterator[tuple[Cell, list[Outcome] | None, float]]:
    if workers == 1:
        yield from map(drawn, cells)
        return
    with ProcessPoolExecutor(workers) as pool:
        for done in as_completed([pool.submit(drawn, cell) for cell in cells]):
            yield done.result()


def drawn(cell: Cell) -> tuple[Cell, list[Outcome] | None, float]:
    """One cell, and the CPU time it took. Where a bar is missed, a second draw stands."""
    begun = time.process_time()
    found = _PARTS[cell.part](cell, generator(cell.name))
    outcomes = None if found is None else [_outcome(cell, name, tally, again=False) for name, tally in found.items()]
    if outcomes is not None and any(each.missed for each in outcomes):
        more = replace(cell, replicates=AGAIN * cell.replicates)
        second = _PARTS[cell.part](more, generator(f"{cell.name}, again")) or {}
        outcomes = [
            _outcome(more, each.metric, second[each.metric], again=True) if each.missed else each for each in outcomes
        ]
    return cell, outcomes, time.process_time() - begun


def _outcome(cell: Cell, metric: str, tally: Tally, *, again: bool) -> Outcome:
    return Outcome(cell=cell, metric=metric, tally=tally, again=again)


def generator(name: str) -> np.random.Generator:
    """Draws that a name alone decides."""
    return np.random.default_rng(int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big"))
