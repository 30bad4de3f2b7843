"""Which column of a table plays which part, so that one corruption can be done to several tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import polars as pl

from benchmarks.data.drawing import Whole

NewIds = Callable[[Whole, np.random.Generator], dict[str, pl.Series]]
"""The id columns of rows with the given numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roles:
    """Columns by what they are like; None where a table has no such column.

    `number` is near normal, `money` has a heavy tail, `signed` has both signs, `precise` has decimals that mean
    something, `whole` are integers, `mostly_zero` what it says. `twins` have one distribution but only the first
    of them goes with `label`. `tied` are correlated. `long_text` has 40 characters and more, `json` holds JSON.
    `in_order`: rows come in the order of `time`. `ids` are columns in which no value comes twice.
    """

    number: str
    label: str
    prediction: str
    twins: tuple[str, str]
    tied: tuple[str, str]
    money: str | None = None
    signed: str | None = None
    precise: str | None = None
    whole: str | None = None
    mostly_zero: str | None = None
    id: str | None = None
    time: str | None = None
    category: str | None = None
    few: str | None = None
    many: str | None = None
    flag: str | None = None
    name: str | None = None
    email: str | None = None
    long_text: str | None = None
    json: str | None = None
    vector: str | None = None
    record: str | None = None
    items: str | None = None
    expiry: str | None = None
    in_order: bool = False
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A source of rows. `pair(n, source, part)`: a reference and `n` current rows that share none, part 1 and above."""

    name: str
    about: str
    roles: Roles
    pair: Callable[[int, int, int], tuple[pl.DataFrame, pl.DataFrame]]
    sizes: tuple[int, ...] = (500, 5_000, 500_000)
    changing: bool = False
    """Whether each part has a reference of its own."""
    known: Mapping[str, tuple[float, float]] = field(default_factory=dict, hash=False)
    """Between which ends values of a column lie, where anybody who knows the data would say so: told to the peers."""
    new_ids: NewIds | None = None
    """By which the table has made all its ids, so that those of an accident cannot be told from them."""


REFERENCE_ROWS = 20_000


def cut(make: Callable[[int, int, int], pl.DataFrame]) -> Callable[[int, int, int], tuple[pl.DataFrame, pl.DataFrame]]:
    """Pairs out of an endless source: the reference is part 0, with as many rows as the current one or 20,000.

    The last ones are kept, because many accidents happen to the same rows.
    """

    of_reference, of_current = (lru_cache(maxsize=1)(make) for _ in range(2))

    def pair(n: int, source: int, part: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        return of_reference(max(n, REFERENCE_ROWS), source, 0), of_current(n, source, part)

    return pair
