"""Digests of keys, dealt into parts that can be counted one after the other.

Called by `exact`. The key columns are read once. Where a dataset has more rows than one part may have, digests are
written to files in a temporary folder, by part: equal keys have equal digests, so no pair is lost between parts.
A digest and a row number take 24 bytes a row there, and memory holds one part at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import polars as pl

from seatrial.data.reading.batches import batches, row_count
from seatrial.data.reading.records import Dataset

_SEEDS: Final = (0x5EA7, 0x71A1)
_HELD: Final = 4_000_000
"""Digests held back before they are written, so that files are few."""
_EMPTY: Final = pl.DataFrame(schema={"row": pl.Int64, "high": pl.UInt64, "low": pl.UInt64})


def parts_for(dataset: Dataset, part_rows: int) -> int:
    """How many parts keep each below so many rows, on average."""
    rows = sum(row_count(partition) for partition in dataset.partitions)
    return max(1, -(-rows // part_rows))


@contextmanager
def dealt(
    dataset: Dataset, columns: Sequence[str], parts: int, *, nulls_are_keys: bool
) -> Iterator[Callable[[int], pl.DataFrame]]:
    """A function from the number of a part to its keys: `row`, and the digest as `high` and `low`."""
    digests = _all(dataset, columns, nulls_are_keys=nulls_are_keys)
    if parts == 1:
        keys = pl.concat([_EMPTY, *digests])
        yield lambda _: keys
        return
    with TemporaryDirectory(prefix="seatrial-keys-") as folder:
        held: list[pl.DataFrame] = []
        for frame in digests:
            held.append(frame)
            if sum(part.height for part in held) >= _HELD:
                _write(held, Path(folder), parts)
        _write(held, Path(folder), parts)
        yield lambda part: pl.concat(
            [_EMPTY, *(pl.read_ipc(file.read_bytes()) for file in sorted(Path(folder).glob(f"{part}-*")))]
        )


def _write(held: list[pl.DataFrame], folder: Path, parts: int) -> None:
    """Writes what is held back, and forgets it. Names sort by the rows in them."""
    rows = pl.concat([_EMPTY, *held])
    held.clear()
    if not rows.height:
        return
    first = int(rows["row"].item(0))
    for (part,), keys in rows.group_by(pl.col("high") % parts, maintain_order=True):
        keys.write_ipc(folder / f"{part}-{first:020d}", compression="uncompressed")


def _all(dataset: Dataset, columns: Sequence[str], *, nulls_are_keys: bool) -> Iterator[pl.DataFrame]:
    first = 0
    for partition in dataset.partitions:
        for batch in batches(dataset, partition, sources=set(columns)):
            yield _digests(batch, columns, first, nulls_are_keys=nulls_are_keys)
            first += batch.height


def _digests(batch: pl.DataFrame, columns: Sequence[str], first: int, *, nulls_are_keys: bool) -> pl.DataFrame:
    plain = [_comparable(name, batch.schema[name]) for name in columns]
    keys = batch.select(pl.int_range(first, first + batch.height, dtype=pl.Int64).alias("row"), *plain)
    if not nulls_are_keys:
        keys = keys.drop_nulls([name for name in keys.columns if name != "row"])
    values = keys.select(pl.exclude("row"))
    if len(columns) == 1 and values.dtypes[0] == pl.Int64 and not nulls_are_keys:  # its own digest
        high, low = values.to_series().reinterpret(signed=False), pl.zeros(values.height, pl.UInt64, eager=True)
    else:
        high, low = (values.hash_rows(seed=seed) for seed in _SEEDS)
    return pl.DataFrame({"row": keys["row"], "high": high, "low": low})


def _comparable(name: str, dtype: pl.DataType) -> pl.Expr:
    """A key column in a form in which equal values of two datasets are equal: wide numbers, one unit of time."""
    column = pl.col(name)
    if dtype == pl.UInt64:
        column = column.reinterpret(signed=True)
    elif dtype.is_integer() or dtype == pl.Boolean:
        column = column.cast(pl.Int64)
    elif dtype.is_float():
        column = column.cast(pl.Float64) + 0.0  # one zero
    elif isinstance(dtype, pl.Datetime):  # to the nanosecond, so that no two moments become one
        column = column.to_physical().cast(pl.Int128) * {"ms": 10**6, "us": 10**3, "ns": 1}[dtype.time_unit]
        column = column.cast(pl.String)
    elif dtype.is_nested():
        column = column.hash(_SEEDS[0])
    return column.alias(f"key:{name}")
