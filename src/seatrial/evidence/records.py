"""What a run measured, as records: each is bound to the file it was read from and to the action that made it.

The readers beside this file build these; gates, reports and the registry use them. The
predictions table itself is a polars frame with canonical column names, so that nobody
downstream needs to know how the user called them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

if TYPE_CHECKING:
    import polars as pl


class Source(Struct, frozen=True, kw_only=True):
    """Where evidence comes from: its path as shown to people, its content digest, and the action key
    and stage that made it (both None for a file named on the command line)."""

    path: str
    digest: str
    action: str | None = None
    stage: str | None = None


class Metrics(Struct, frozen=True, kw_only=True):
    """A metrics file, flattened: nested keys joined by dots, every value a finite float."""

    source: Source
    values: Mapping[str, float]


class Predictions(Struct, frozen=True, kw_only=True):
    """One row per example.

    `table` has the column `id`; `label` and `prediction` (text: the canonical text of the value, so that 1, 1.0 and
    "1" agree across CSV and Parquet) unless other figures were named and the file has none; `score`, `score:CLASS`
    and `value:NAME` (floats), `cluster`, `query` and `group:NAME` (text) as declared. Ids are unique, no value is
    null, and there is at least one row. `positive` is the positive class where one was declared.
    """

    source: Source
    table: pl.DataFrame
    groups: tuple[str, ...] = ()
    positive: str | None = None

    @property
    def rows(self) -> int:
        return self.table.height


class Curve(Struct, frozen=True, kw_only=True):
    """A curve over steps. `diverged_at` is the first step whose value is NaN or infinite, by column."""

    source: Source
    steps: tuple[float, ...]
    columns: Mapping[str, tuple[float, ...]]
    diverged_at: Mapping[str, float] = field(default_factory=dict)


class TestCase(Struct, frozen=True, kw_only=True):
    """One test that did not pass."""

    name: str
    outcome: str
    message: str


class Tests(Struct, frozen=True, kw_only=True):
    """A JUnit file, counted. `troubles` are its failures and errors, in file order."""

    source: Source
    passed: int
    failed: int
    errors: int
    skipped: int
    seconds: float
    troubles: tuple[TestCase, ...] = ()
