"""How many units must carry a spread before a bound from moments is believed: what COUNTS_LEAST was found by.

    python -m benchmarks.gates --least

Called by `__main__`. On populations where the candidate is worse by exactly the margin, Student's and Hall's bounds
are asked to decide from several least counts on: how often do they pass the candidate wrongly, and how often fail it at
all, where 5 % are promised on each side? And far out, where a family of slices looks: how often is the tail of equal
models below a level, as a multiple of it?
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from benchmarks.change.tables import aligned
from benchmarks.gates import bars, drawing, grid, populations, simulation
from benchmarks.gates.grid import AT_THE_MARGIN, Cell
from benchmarks.gates.judging import ALPHA, Tally, known
from seatrial.metrics.catalog import Metric
from seatrial.metrics.figures import Figure
from seatrial.stats.noninferiority import COUNTS_LEAST
from seatrial.stats.skewed_mean import hall_interval, hall_tail, student_interval, student_tail

LEVELS = (0.05, 0.01, 0.0025, 0.001)
FAR = ((1_000, 0.2, 0.1), (1_000, 0.5, 0.1), (5_000, 0.05, 0.1), (5_000, 0.2, 0.1))
MORE = 10
"""How many times the replicates a tail gets."""

LEAST = (0, 10, 20, int(COUNTS_LEAST), 40)
BOUNDS = {"Student": student_interval, "Hall": hall_interval}


def cells(replicates: int) -> list[Cell]:
    """The cells of counts at the margin, but for recall, which has exact bounds."""
    found = grid.cells(("counts",), replicates=replicates)
    return [
        cell for cell in found if cell.truth == AT_THE_MARGIN and cell.metrics[0] in grid.COUNTS and not cell.relative
    ]


def table(replicates: int, processes: int) -> str:
    """One row for each metric, bound and least count."""
    with ProcessPoolExecutor(processes) as pool:
        drawn = [
            (cell, tally) for cell, tally in pool.map(counted, cells(replicates), chunksize=4) if tally is not None
        ]
    head = ("metric", "bound", "least units", "passes: mean, worst", "over 6 %", "fails: worst", "can decide")
    rows: list[tuple[str, ...]] = [head]
    for name in grid.COUNTS:
        tallies = [tally for cell, tally in drawn if cell.metrics == (name,)]
        rows += [_row(name, bound, least, tallies) for bound in BOUNDS for least in LEAST]
    return aligned(rows)


def counted(cell: Cell) -> tuple[Cell, Tally | None]:
    """How often each bound, from each least count on, passes or fails the candidate."""
    population = populations.of_cell(cell)
    if population is None:
        return cell, None
    rng = simulation.generator(f"{cell.name}, least units")
    counts = drawing.drawn_counts(population, cell.n, cell.replicates, rng)
    metric, tally = known(cell.metrics[0]), Tally(replicates=cell.replicates)
    for figure in drawing.of_counts(counts).figures(metric, drawing.REPLICATE):
        _count(tally, metric, figure, cell.margin)
    return cell, tally


def tails(replicates: int) -> str:
    """Of F1 between equal models, by both laws, over samples with enough units."""
    rows: list[tuple[str, ...]] = [
        ("rows", "base rate", "disagreement", *(f"{level:g}: Hall, Student" for level in LEVELS))
    ]
    for n, rate, apart in FAR:
        population = populations.of_counts(apart, rate, 0.0, 0.5)
        assert population is not None
        rng = simulation.generator(f"tails of {n}, {rate}, {apart}")
        counts = drawing.drawn_counts(population, n, MORE * replicates, rng)
        figures = drawing.of_counts(counts).figures(known("f1"), drawing.REPLICATE)
        moments = [each.apart for each in figures if each.apart is not None]
        trusted = [each for each in moments if each.effective_units >= COUNTS_LEAST]
        laws = [np.array([law(each, 0.0) for each in trusted]) for law in (hall_tail, student_tail)]
        found = [[float((law <= level).sum()) / len(counts) / level for law in laws] for level in LEVELS]
        rows.append((f"{n:,}", f"{rate:g}", f"{apart:g}", *(f"{hall:.2f}, {other:.2f}" for hall, other in found)))
    return aligned(rows)


def _count(tally: Tally, metric: Metric, figure: Figure, margin: float) -> None:
    assert metric.higher_is_better
    moments = figure.apart
    if figure.undefined is not None or moments is None:
        return
    found = {name: interval(moments, alpha=ALPHA) for name, interval in BOUNDS.items()}
    for least in LEAST:
        if moments.effective_units < least:
            break
        tally.count(f"decides {least}")
        for name, interval in found.items():
            tally.count(f"{name} passes {least}", interval.lower > -margin)
            tally.count(f"{name} fails {least}", interval.upper < -margin)


def _row(name: str, bound: str, least: int, tallies: Sequence[Tally]) -> tuple[str, ...]:
    passes = np.array([tally.share(f"{bound} passes {least}") for tally in tallies])
    fails = np.array([tally.share(f"{bound} fails {least}") for tally in tallies])
    decides = statistics.fmean(tally.share(f"decides {least}") for tally in tallies)
    over = int((passes > bars.FALSE_PASS).sum())
    mean, worst = 100 * passes.mean(), 100 * passes.max()
    return (
        name, bound, str(least), f"{mean:.1f}, {worst:.1f}", f"{over} of {len(tallies)}", f"{100 * fails.max():.1f}",
        f"{100 * decides:.0f} %",
    )  # fmt: skip
