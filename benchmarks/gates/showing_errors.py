"""A simulation as it is printed, and kept.

Called by `__main__`, which imports it only where it is asked for.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from benchmarks import showing
from benchmarks.change.tables import Bar
from benchmarks.gates import error_tables, grid, simulation
from benchmarks.gates.simulation import Outcome, Run

SCHEMA_VERSION = 1
_COMPARED = ("accuracy", "counts", "scores", "numbers")


def simulated(given: argparse.Namespace, command: str, commit: str) -> list[Bar]:
    """Draw, print the tables, keep every figure where a file was named, and say which bars are met."""
    cells = grid.cells(given.only, replicates=given.replicates)
    run = simulation.run(cells, processes=given.processes, progress=_told)
    print(text(run))
    if given.json is not None:
        _keep(given.json, run, command, commit)
    return error_tables.of_bars(run)


def text(run: Run) -> str:
    """The tables of the parts that were drawn, and every cell that misses a bar."""

    def of(*parts: str) -> list[Outcome]:
        return [each for each in run.outcomes if each.cell.part in parts]

    replicates = [each.tally.replicates for each in run.outcomes if each.cell.part in _COMPARED]
    said = [about(run, replicates)]
    if both := of(*_COMPARED):
        said.append(f"Two models, in per cent of samples:\n\n{error_tables.compared(both)}")
    if graded := [each for each in of("accuracy") if each.cell.margin == 0.01]:
        head = "Accuracy, margin 0.01, by the true difference: others' rule passes, PASS/INCONCLUSIVE/FAIL:"
        said.append(f"{head}\n\n{error_tables.accuracy(graded)}")
    if of("slices"):
        said.append(f"Slices, share of samples in which some slice is blocked:\n\n{error_tables.slices(of('slices'))}")
    if of("fairness"):
        said.append(f"Recall of groups, limit 0.05:\n\n{error_tables.fairness(of('fairness'))}")
    if of("intervals"):
        said.append(f"Intervals:\n\n{error_tables.intervals(of('intervals', 'accuracy'))}")
    if of("accuracy", "counts"):
        head = "Intervals of shares where fewer than 20 rows tell the models apart (no bar):"
        said.append(f"{head}\n\n{error_tables.few_apart(of('accuracy', 'counts'))}")
    off = error_tables.missing(run.outcomes)
    said.append(
        "Cells that miss a bar:\n\n" + "\n".join(f"- {line}" for line in off) if off else "No cell misses a bar."
    )
    return "\n\n".join(said)


def about(run: Run, replicates: list[int]) -> str:
    """What was drawn, and how far chance moves a figure."""
    again = sum(each.again for each in run.outcomes)
    cells = f"{len(run.outcomes):,} cells, {run.impossible:,} that no population fits left out, {again} drawn twice"
    if not replicates:
        return f"{cells}; {run.cpu:,.0f} CPU s."
    fewest, most = min(replicates), max(replicates)
    errors = [100 * (0.05 * 0.95 / count) ** 0.5 for count in (most, fewest)]
    return (
        f"{cells}; {fewest:,} to {most:,} samples of each, standard error of 5 %: {errors[0]:.2f} to {errors[1]:.2f} "
        f"points; {run.cpu:,.0f} CPU s."
    )


def _keep(path: Path, run: Run, command: str, commit: str) -> None:
    cells = [
        {
            **asdict(each.cell),
            "metric": each.metric,
            "drawn": each.tally.replicates,
            "again": each.again,
            "counts": {name: float(count) for name, count in each.tally.counts.items()},
            "missed": [limit.counted for limit in each.missed],
        }
        for each in run.outcomes
    ]
    about_it = {"schema_version": SCHEMA_VERSION, "command": command, "commit": commit, "machine": showing.machine()}
    showing.keep({**about_it, "impossible": run.impossible, "cells": cells}, path)


def _told(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
