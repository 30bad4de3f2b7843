"""Two scored models on the same rows, as Parquet files that are read as a table and in pieces: what tests of large
predictions hold side by side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from seatrial.evidence.large_rows import Limits, read_rows
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import LargePredictions, Predictions

COLUMNS = Columns(score="s", values=("v",), groups=("region", "size"))


def frames(n: int, seed: int = 3) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A candidate and a baseline that see one signal, each with its own noise. Groups are of unequal size."""
    draw = np.random.default_rng(seed)
    label = draw.random(n) < 0.3
    signal = draw.normal(size=n) + 1.2 * label
    region, size = (draw.random(n) ** 2 * 12).astype(int), draw.integers(0, 4, n)
    size = np.where(region == 11, 0, size)  # some combinations do not occur
    made = []
    for noise in (0.2, 0.35):
        score = 1 / (1 + np.exp(-1.3 * (signal + noise * draw.normal(size=n)) + 1.5))
        made.append(
            pl.DataFrame(
                {
                    "id": np.arange(n) * 3,
                    "y": label.astype(int),
                    "p": (score > 0.5).astype(int),
                    "s": score,
                    "v": 1000 + 10 * score,
                    "region": [f"r{at:02d}" for at in region],
                    "size": [f"s{at}" for at in size],
                }
            )
        )
    return made[0], made[1]


def as_table(path: Path, frame: pl.DataFrame, columns: Columns = COLUMNS) -> Predictions:
    """The file, read as one table."""
    frame.write_parquet(path)
    found = read_rows(path, columns, shown=path.name)
    assert isinstance(found, Predictions)
    return found


def in_pieces(
    path: Path, frame: pl.DataFrame, columns: Columns = COLUMNS, *, piece_rows: int = 997, part_rows: int = 1_500
) -> LargePredictions:
    """The same file, read in pieces of few rows."""
    frame.write_parquet(path)
    limits = Limits(large_from=1, piece_rows=piece_rows, part_rows=part_rows)
    found = read_rows(path, columns, shown=path.name, limits=limits)
    assert isinstance(found, LargePredictions)
    return found


def shuffled(frame: pl.DataFrame, seed: int = 4) -> pl.DataFrame:
    """The same rows in another order."""
    return frame.sample(fraction=1, shuffle=True, seed=seed)
