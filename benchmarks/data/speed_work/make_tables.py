"""Writes a wide table, its drifted copy and its contract. A program of its own, because it needs much memory.

    make_tables.py FOLDER ROWS COLUMNS          ROWS-COLUMNS.parquet, -drifted.parquet, .contract.yaml
    make_tables.py FOLDER ROWS COLUMNS --files N        the same rows in N files of a folder, and no copy

Out of every 50 columns 30 are numbers (normal, heavy-tailed, whole, rounded), 15 are categories of 4 to 300 words, one
is an id, two are times, one is a flag and one a text. In the copy a third of the numbers lie 0.3 deviations higher
and a third of the categories come in the order of another frequency. Chunk by chunk, each with its own seed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import polars as pl

CHUNK = 250_000
LEVELS = (4, 12, 5, 40, 300)
START = 1_735_689_600_000_000


def columns_of(width: int) -> dict[str, int]:
    """How many columns of each kind."""
    categories = max(1, round(width * 0.3))
    return {"number": width - categories - 5, "category": categories}


def chunk(first: int, rows: int, width: int, *, drifted: bool) -> pl.DataFrame:
    """Rows `first` and following."""
    rng = np.random.default_rng([first, int(drifted)])
    made: dict[str, pl.Series] = {"id": pl.Series(np.arange(first, first + rows) + (1 << 40 if drifted else 0))}
    counts = columns_of(width)
    for place in range(counts["number"]):
        made[f"number_{place}"] = _number(rng, rows, place, 0.3 if drifted and place % 3 == 0 else 0.0)
    for place in range(counts["category"]):
        made[f"category_{place}"] = _category(rng, rows, LEVELS[place % len(LEVELS)], drifted and place % 3 == 0)
    for name in ("created", "changed"):
        made[name] = pl.Series(START + rng.integers(0, 365 * 86_400, rows) * 1_000_000).cast(pl.Datetime("us"))
    made["active"] = pl.Series(rng.random(rows) < 0.7)
    made["note"] = "order " + pl.Series(rng.integers(0, 50_000, rows)).cast(pl.String) + " was sent"
    return pl.DataFrame(made)


def _number(rng: np.random.Generator, rows: int, place: int, shift: float) -> pl.Series:
    values = rng.normal(shift, 1, rows)
    match place % 5:
        case 0 | 1:
            return pl.Series(values)
        case 2:
            return pl.Series(np.exp(values + 3))
        case 3:
            return pl.Series(np.round(values * 20).astype(np.int64))
    some = pl.Series(np.round(values * 5 + 20, 2))
    return some.set(pl.Series(rng.random(rows) < 0.02), None)


def _category(rng: np.random.Generator, rows: int, levels: int, turned: bool) -> pl.Series:
    shares = 1.0 / np.arange(1, levels + 1)
    shares = np.roll(shares, 1) if turned else shares
    places = rng.choice(levels, size=rows, p=shares / shares.sum())
    words = pl.Series([f"word-{place:03d}" for place in range(levels)])
    return words.gather(places)


def contract(width: int) -> dict[str, dict[str, object]]:
    """Types of all columns, not null where nothing is, 30 ranges (fewer in a narrow table), 6 sets, one unique id."""
    counts = columns_of(width)
    rules: dict[str, dict[str, object]] = {"id": {"type": "int", "nullable": False, "unique": True}}
    for place in range(counts["number"]):
        rule: dict[str, object] = {"type": "int" if place % 5 == 3 else "number"}
        rule |= {"min": 0 if place % 5 == 2 else -200, "max": 1_000_000}
        rules[f"number_{place}"] = rule if place % 5 == 4 else {**rule, "nullable": False}
    for place in range(counts["category"]):
        words = [f"word-{word:03d}" for word in range(LEVELS[place % len(LEVELS)])]
        rules[f"category_{place}"] = {"type": "string", "nullable": False} | (
            {"one_of": words} if place % 5 < 2 else {}
        )
    for name, kind in (("created", "datetime"), ("changed", "datetime"), ("active", "bool"), ("note", "string")):
        rules[name] = {"type": kind, "nullable": False}
    return rules


def write(folder: Path, rows: int, width: int, *, drifted: bool, files: int | None) -> None:
    """One file of row groups, or a folder of files."""
    name = f"{rows}-{width}{'-drifted' if drifted else ''}"
    parts = folder / (name if files else f"{name}-parts")
    parts.mkdir()
    size = CHUNK if files is None else -(-rows // files)
    for first in range(0, rows, size):
        frame = chunk(first, min(size, rows - first), width, drifted=drifted)
        frame.write_parquet(parts / f"part-{first // size:05d}.parquet", compression="zstd")
    if files is None:
        pl.scan_parquet(parts).sink_parquet(folder / f"{name}.parquet", compression="zstd", row_group_size=CHUNK)
        for part in parts.iterdir():
            part.unlink()
        parts.rmdir()


def main() -> None:
    """Write what is asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("columns", type=int)
    parser.add_argument("--files", type=int)
    given = parser.parse_args()
    write(given.folder, given.rows, given.columns, drifted=False, files=given.files)
    if given.files is None:
        write(given.folder, given.rows, given.columns, drifted=True, files=None)
    rules = contract(given.columns)
    stem = f"{given.rows}-{given.columns}.contract"
    (given.folder / f"{stem}.json").write_text(json.dumps(rules))
    (given.folder / f"{stem}.yaml").write_text(json.dumps({"columns": rules}))  # JSON is YAML


if __name__ == "__main__":
    main()
