"""Predictions files of any number of rows, made in pieces: what `large` measures judgements of.

A row is a function of its id alone (a counter-based generator, SplitMix64; Steele, Lea and Flood 2014, OOPSLA), so that
the same rows can be written in any order without a sort. Started by `large` as a process of its own: a process
that is measured for its size must not inherit this one's.

    python -m benchmarks.gates.large_files FOLDER ROWS
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.gates.large_names import CANDIDATE, PRODUCTION

GROUPS = 20
PIECE = 1 << 20
_STRIDE = 1_000_003
"""Between the ids of neighbouring rows of a shuffled file; a prime that divides no usual number of rows."""


def _uniform(ids: NDArray[np.uint64], stream: int) -> NDArray[np.float64]:
    """A number between 0 and 1 for each id."""
    start = np.uint64(stream * 0x632BE59BD9B4E019 % (1 << 64))
    with np.errstate(over="ignore"):
        state = (ids + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15) + start
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state ^= state >> np.uint64(31)
    made: NDArray[np.float64] = ((state >> np.uint64(11)).astype(np.float64) + 0.5) / (1 << 53)
    return made


def _normal(ids: NDArray[np.uint64], stream: int) -> NDArray[np.float64]:
    made: NDArray[np.float64] = np.sqrt(-2 * np.log(_uniform(ids, stream))) * np.cos(
        2 * np.pi * _uniform(ids, stream + 1)
    )
    return made


def rows(ids: NDArray[np.uint64], model: int) -> pl.DataFrame:
    """What model 0 (the candidate) or 1 (production) says of these rows. Both see one signal, each with its noise."""
    label = _uniform(ids, 1) < 0.3
    signal = _normal(ids, 2) + 1.6 * label
    logit = 1.5 * (signal + 0.25 * _normal(ids, 10 + 2 * model)) - 2.0
    score = (1 / (1 + np.exp(-logit))).astype(np.float32)
    region = (_uniform(ids, 4) ** 2 * GROUPS).astype(np.int64)  # the last group is a fortieth of the rows
    return pl.DataFrame(
        {
            "id": ids.astype(np.int64),
            "y": label.astype(np.int8),
            "p": (score >= 0.5).astype(np.int8),
            "score": score,
            "region": pl.Series([f"region-{at:02d}" for at in range(GROUPS)]).gather(region),
        }
    )


def write(path: Path, count: int, model: int, *, shuffled: bool = False) -> None:
    """A file of `count` rows; its pieces lie beside it until it is whole."""
    if count % _STRIDE == 0:
        raise ValueError(f"{count} rows cannot be shuffled by a stride of {_STRIDE}")
    parts = path.with_suffix(".parts")
    parts.mkdir()
    for number, first in enumerate(range(0, count, PIECE)):
        at = np.arange(first, min(first + PIECE, count), dtype=np.uint64)
        ids = at * np.uint64(_STRIDE) % np.uint64(count) if shuffled else at
        rows(ids, model).write_parquet(parts / f"{number:06d}.parquet")
    pl.scan_parquet(parts / "*.parquet").sink_parquet(path)
    for part in parts.iterdir():
        part.unlink()
    parts.rmdir()


def main() -> None:
    """Write the three files."""
    folder, count = Path(sys.argv[1]), int(sys.argv[2])
    write(folder / CANDIDATE, count, 0)
    write(folder / PRODUCTION["same order"], count, 1)
    write(folder / PRODUCTION["shuffled"], count, 1, shuffled=True)


if __name__ == "__main__":
    main()
