"""The rows that every tool judges: labels, answers and scores of two models, and twenty groups.

    make_rows.py FOLDER ROWS

Drawn from a fixed seed: the log-odds of a row are normal, its label is drawn from them, each model sees them through
noise of its own. Written as arrays, which every tool's environment can read, and as the files that a user has.
"""

import sys

import numpy as np
import polars as pl

folder, rows = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(20261130)
odds = 2 * rng.standard_normal(rows)
label = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)
group = rng.integers(0, 20, rows).astype(np.int8)
scores = [1 / (1 + np.exp(-(odds + 0.5 * rng.standard_normal(rows)))) for _ in range(2)]
np.savez(
    f"{folder}/rows.npz",
    label=label, group=group, candidate=scores[0], baseline=scores[1], noise=rng.standard_normal((rows, 1)),
)  # fmt: skip
number = pl.int_range(rows, dtype=pl.Int64, eager=True)
for name, score in zip(("candidate", "baseline"), scores, strict=True):
    table = pl.DataFrame(
        {
            "id": pl.select(pl.format("row-{}", number)).to_series(),
            "y": label,
            "p": (score >= 0.5).astype(np.int8),
            "s": score,
            "group": pl.select(pl.format("g{}", pl.Series(group))).to_series(),
        }
    )
    table.write_parquet(f"{folder}/{name}.parquet")
    table.write_csv(f"{folder}/{name}.csv")
    if rows <= 1_000:
        table.write_ndjson(f"{folder}/{name}.jsonl")
