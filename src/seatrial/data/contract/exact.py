"""Rows and keys that must not come twice, counted exactly: a second pass over the columns in question.

Called only where a contract asks (`unique`, `disjoint`, `duplicates`), by `exact_judging`. A single whole number is
its own digest; of anything else a digest of 128 bits is compared, so two different keys are taken for one with a
probability of n^2 / 2^129: below 1e-20 for a billion rows. Whole numbers that only rise are seen to differ without
any of that. Lists inside of a key are digested to 64 bits first.

Memory: at most `PART_ROWS` digests at once (see `keys`). Where no key repeats, which is the ordinary case, sorting
them takes about 0.5 GB; where all do, grouping takes up to 2 GB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from msgspec import Struct

from seatrial.data.contract.keys import dealt, parts_for
from seatrial.data.policy import EXAMPLES
from seatrial.data.reading.batches import batches
from seatrial.data.reading.records import Dataset

PART_ROWS = 8_000_000
"""Digests counted at once."""


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
    if len(columns) == 1 and not nulls_are_keys and (rising := _rising(dataset, columns[0])) is not None:
        return Repeats(looked_at=rising, repeated=0)
    found: list[tuple[int, int]] = []
    parts = parts_for(dataset, part_rows)
    with dealt(dataset, columns, parts, nulls_are_keys=nulls_are_keys) as keys_of:
        for part in range(parts):
            keys = keys_of(part)
            looked_at += keys.height
            suspects = _suspects(keys)
            groups = suspects.group_by("high", "low").agg(pl.col("row").min().alias("first"), pl.len().alias("n"))
            again = groups.filter(pl.col("n") > 1)
            if again.height:
                repeated += int(again["n"].sum()) - again.height
                later = suspects.join(again, on=["high", "low"]).filter(pl.col("row") > pl.col("first"))
                found += later.select("row", "first").sort("row").head(EXAMPLES).rows()
    return _told(looked_at, repeated, found)


def _rising(dataset: Dataset, column: str) -> int | None:
    """How many whole numbers a column has if they only rise, as those of most tables that number their rows: then none
    comes twice, and nothing needs to be sorted. None at the first that does not, which mostly is one of the first."""
    count, last = 0, None
    for partition in dataset.partitions:
        for batch in batches(dataset, partition, sources={column}):
            values = batch[column].drop_nulls()
            if not values.dtype.is_integer():
                return None
            numbers = values.to_numpy()
            if not numbers.size:
                continue
            if (last is not None and numbers[0] <= last) or not bool((numbers[1:] > numbers[:-1]).all()):
                return None
            count, last = count + numbers.size, numbers[-1]
    return count


def _suspects(keys: pl.DataFrame) -> pl.DataFrame:
    """The rows whose digests agree in their first half with another one: a sort is far smaller than a grouping."""
    ordered = np.sort(keys["high"].to_numpy())
    twice = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not twice.size:
        return keys.clear()
    if twice.size * 4 > ordered.size:
        return keys
    return keys.filter(pl.col("high").is_in(pl.Series(twice).implode()))


def shared(
    dataset: Dataset,
    columns: Sequence[str],
    other: Dataset,
    *,
    nulls_are_keys: bool = False,
    part_rows: int = PART_ROWS,
) -> Repeats:
    """Rows of `dataset` whose key a row of `other` has too; `firsts` are those rows' numbers in `other`.

    The caller sees to it that both hold the columns in types that compare.
    """
    parts = max(parts_for(dataset, part_rows), parts_for(other, part_rows))
    looked_at = repeated = 0
    found: list[tuple[int, int]] = []
    with (
        dealt(dataset, columns, parts, nulls_are_keys=nulls_are_keys) as mine_of,
        dealt(other, columns, parts, nulls_are_keys=nulls_are_keys) as theirs_of,
    ):
        for part in range(parts):
            mine, theirs = mine_of(part), theirs_of(part)
            looked_at += mine.height
            common = theirs.join(mine, on=["high", "low"], how="semi")
            first = common.group_by("high", "low").agg(pl.col("row").min().alias("first"))
            both = mine.join(first, on=["high", "low"], how="inner").select("row", "first").sort("row")
            repeated += both.height
            found += both.head(EXAMPLES).rows()
    return _told(looked_at, repeated, found)


def _told(looked_at: int, repeated: int, found: list[tuple[int, int]]) -> Repeats:
    first = sorted(found)[:EXAMPLES]
    return Repeats(
        looked_at=looked_at,
        repeated=repeated,
        rows=tuple(row for row, _ in first),
        firsts=tuple(row for _, row in first),
    )
