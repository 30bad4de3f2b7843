"""What an independent simulation of the same rules found, with other code and other seeds: power to be matched.

Held against this simulation by `bars`. Accuracy: 20,000 samples each, margin 0.01, alpha 0.05. Slices: truly identical
models that disagree in 5 % of rows, and one slice worse by five points.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from benchmarks.gates.grid import ONE_WORSE, Cell

WITHIN = 0.02

PASSED: Mapping[tuple[float, int, float], float] = MappingProxyType(
    {
        (0.05, 500, 0.0): 0.25,
        (0.05, 500, 0.5): 0.12,
        (0.05, 2_000, 0.0): 0.63,
        (0.05, 2_000, 0.5): 0.25,
        (0.05, 10_000, 0.0): 0.998,
        (0.05, 10_000, 0.5): 0.72,
        (0.05, 50_000, 0.0): 1.0,
        (0.05, 50_000, 0.5): 1.0,
        (0.1, 500, 0.0): 0.17,
        (0.1, 500, 0.5): 0.10,
        (0.1, 2_000, 0.0): 0.41,
        (0.1, 2_000, 0.5): 0.17,
        (0.1, 10_000, 0.0): 0.94,
        (0.1, 10_000, 0.5): 0.47,
        (0.1, 50_000, 0.0): 1.0,
        (0.1, 50_000, 0.5): 0.97,
    }
)
"""How often accuracy passes: by disagreement, rows and how bad the candidate is, in margins."""

FAILED: Mapping[tuple[float, int, float], float] = MappingProxyType(
    {
        (0.05, 500, 2.0): 0.28,
        (0.05, 500, 3.0): 0.70,
        (0.05, 2_000, 2.0): 0.66,
        (0.05, 2_000, 3.0): 0.99,
        (0.05, 10_000, 2.0): 1.0,
        (0.05, 10_000, 3.0): 1.0,
        (0.1, 500, 2.0): 0.17,
        (0.1, 500, 3.0): 0.41,
        (0.1, 2_000, 2.0): 0.41,
        (0.1, 2_000, 3.0): 0.89,
        (0.1, 10_000, 2.0): 0.94,
        (0.1, 10_000, 3.0): 1.0,
    }
)
"""How often it fails."""

SLICES: Mapping[tuple[int, int], tuple[float, float]] = MappingProxyType(
    {
        (5, 200): (0.47, 0.57),
        (5, 1_000): (0.998, 1.0),
        (20, 200): (0.28, 0.39),
        (20, 1_000): (0.99, 0.999),
        (50, 200): (0.16, 0.28),
        (50, 1_000): (0.99, 1.0),
        (50, 5_000): (1.0, 1.0),
    }
)
"""How often the one worse slice is found, beyond the margin and as a decline, both by Holm: by slices and rows."""


def power(cell: Cell) -> dict[str, float]:
    """What the reference found of a cell, by what is counted; nothing where it has no such cell."""
    if cell.part == "slices" and cell.what == ONE_WORSE:
        beyond, declined = SLICES[cell.groups, cell.n]
        return {"failed": beyond, "declined": declined}
    if cell.part != "accuracy" or cell.margin != 0.01:
        return {}
    key = (cell.disagreement, cell.n, cell.truth)
    return {name: table[key] for name, table in (("passed", PASSED), ("failed", FAILED)) if key in table}
