"""Rows and keys that must not come twice, counted exactly: a second pass over the columns in question.

Called only where a contract asks (`unique`, `disjoint`, `duplicates`), by `exact_judging`. A single whole number is its
own digest; of anything else a digest of 128 bits is compared, so two different keys are taken for one with a
probability of n^2 / 2^129: below 1e-20 for a billion rows.

Memory: a digest and a row number take 24 bytes. Keys are dealt into parts by their digest, as many as keep one part
below `PART_ROWS` rows, and each part is counted by itself after the others: so 50 GB of rows take as much memory as
a small file, for the time of reading the key columns once for each part. Equal keys have equal digests, so no pair is
lost between parts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import polars as pl
from msgspec import Struct

from seatrial.data.policy import EXAMPLES
from seatrial.data.reading.batches import batches, row_count
from seatrial.data.reading.records import Dataset

PART_ROWS = 20_000_000
"""Digests counted at once: about 1 GB while they are."""
_SEEDS = (0x5EA7, 0x71A1)


class Repeats(Struct, frozen=True, kw_only=True):
    """How often keys come again. `repeated` rows have a key that an earlier row has; `looked_at` rows have a key
    (one with a null in it is none); `rows` are the first repeated ones, `firsts` where their keys came first."""

    looked_at: int
    repeated: int
    rows: tuple[int, ...] = ()
    firsts: tuple[int, ...] = ()


def repeats(
    dataset: Dataset, columns: Sequence[str], *, nulls_are_keys: bool = False, part_rows: int = PART_ROWS
) -> Repeats:
    """Rows whose values in `columns` an earlier row has. `nulls_are_keys`: a null is a value like others."""
    looked_at = repeated = 0
    found: list[tuple[int, int]] = []
    for keys in _parts(dataset, columns, nulls_are_keys=nulls_are_keys, part_rows=part_rows):
        looked_at += keys.height
        counted = keys.group_by("high", "low").agg(pl.col("row").min().alias("first"), pl.len().alias("n"))
        again = counted.filter(pl.col("n") > 1)
        if not again.height:
            continue
        repeated += int(again["n"].sum()) - again.height
        later = keys.join(again, on=["high", "low"]).filter(pl.col("row") > pl.col("first"))
        found += later.select("row", "first").sort("row").head(EXAMPLES).rows()
    found = sorted(found)[:EXAMPLES]
    return Repeats(
        looked_at=looked_at,
        repeated=repeated,
        rows=tuple(row for row, _ in found),
        firsts=tuple(first for _, first in found),
    )


def shared(
    dataset: Dataset,
    columns: Sequence[str],
    other: Dataset,
    *,
    nulls_are_keys: bool = False,
    part_rows: int = PART_ROWS,
) -> Repeats:
    """Rows of `dataset` whose key a row of `other` has too; `firsts` are those rows' numbers in `other`.

    Both datasets must hold the columns in types that compare (`unlike` says which do not).
    """
    parts = max(_parts_for(dataset, part_rows), _parts_for(other, part_rows))
    looked_at = repeated = 0
    found: list[tuple[int, int]] = []
    for part in range(parts):
        mine = _keys(dataset, columns, part, parts, nulls_are_keys=nulls_are_keys)
        theirs = _keys(other, columns, part, parts, nulls_are_keys=nulls_are_keys)
        first = theirs.lazy().group_by("high", "low").agg(pl.col("row").min().alias("first"))
        both = mine.lazy().join(first, on=["high", "low"], how="inner").select("row", "first").sort("row").collect()
        looked_at += mine.height
        repeated += both.height
        found += both.head(EXAMPLES).rows()
    found = sorted(found)[:EXAMPLES]
    return Repeats(
        looked_at=looked_at,
        repeated=repeated,
        rows=tuple(row for row, _ in found),
        firsts=tuple(first for _, first in found),
    )


def _parts_for(dataset: Dataset, part_rows: int) -> int:
    rows = sum(row_count(partition) for partition in dataset.partitions)
    return max(1, -(-rows // part_rows))


def _parts(dataset: Dataset, columns: Sequence[str], *, nulls_are_keys: bool, part_rows: int) -> Iterator[pl.DataFrame]:
    parts = _parts_for(dataset, part_rows)
    for part in range(parts):
        yield _keys(dataset, columns, part, parts, nulls_are_keys=nulls_are_keys)


def _keys(dataset: Dataset, columns: Sequence[str], part: int, parts: int, *, nulls_are_keys: bool) -> pl.DataFrame:
    """Digests and row numbers of the keys that belong to one part."""
    frames, first = [], 0
    for partition in dataset.partitions:
        for batch in batches(dataset, partition, sources=set(columns)):
            frames.append(_digests(batch, columns, first, part, parts, nulls_are_keys=nulls_are_keys))
            first += batch.height
    empty = pl.DataFrame(schema={"row": pl.Int64, "high": pl.UInt64, "low": pl.UInt64})
    return pl.concat([empty, *frames])


def _digests(
    batch: pl.DataFrame, columns: Sequence[str], first: int, part: int, parts: int, *, nulls_are_keys: bool
) -> pl.DataFrame:
    plain = [_comparable(name, batch.schema[name]) for name in columns]
    keys = batch.select(pl.int_range(first, first + batch.height, dtype=pl.Int64).alias("row"), *plain)
    if not nulls_are_keys:
        keys = keys.drop_nulls([name for name in keys.columns if name != "row"])
    values = keys.select(pl.exclude("row"))
    if len(columns) == 1 and values.dtypes[0] == pl.Int64 and not nulls_are_keys:  # its own digest
        high, low = values.to_series().reinterpret(signed=False), pl.zeros(values.height, pl.UInt64, eager=True)
    else:
        high, low = (values.hash_rows(seed=seed) for seed in _SEEDS)
    made = pl.DataFrame({"row": keys["row"], "high": high, "low": low})
    return made if parts == 1 else made.filter(pl.col("high") % parts == part)


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
        column = column.hash(0x5EA7)
    return column.alias(f"key:{name}")
