"""What a run measured, as records: each is bound to the file it was read from and to the action that made it.

The readers beside this file build these; gates, reports and the registry use them. The
predictions table itself is a polars frame with canonical column names, so that nobody
downstream needs to know how the user called them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct, field

if TYPE_CHECKING:
    import polars as pl

    from seatrial.evidence.sample import Sample


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

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self.table.columns)


class Pieces(Protocol):
    """Rows of one model, or of two side by side, that are too many to lie in memory together.

    `outline` is the sample that they would be, with no rows: its classes, groups and sides.
    """

    @property
    def n(self) -> int:
        """All rows."""

    @property
    def outline(self) -> Sample:
        """See above."""

    def samples(self, *targets: str) -> Iterator[Sample]:
        """The rows in pieces, with the columns of these names (as in `Predictions.table`) and no others."""


class LargeRows(Protocol):
    """Where the rows of a large file are kept; `evidence/large/` has the only one."""

    def pieces(self, other: LargePredictions | Predictions | None, *, first: bool) -> Pieces:
        """These rows, or both side by side, ours `first` or second. Raises as `pairing.sample_of` does."""


class LargePredictions(Struct, frozen=True, kw_only=True):
    """Predictions of too many rows for memory: what is known of the table, and no table. `columns` are the names that
    `Predictions.table` would have."""

    source: Source
    rows: int
    columns: tuple[str, ...]
    held: LargeRows
    groups: tuple[str, ...] = ()
    positive: str | None = None


def pieces_of(mine: Predictions | LargePredictions, theirs: Predictions | LargePredictions | None) -> Pieces:
    """The rows of one or two models in pieces; one of them is large. Raises as `pairing.sample_of` does."""
    if isinstance(mine, LargePredictions):
        return mine.held.pieces(theirs, first=True)
    if isinstance(theirs, LargePredictions):
        return theirs.held.pieces(mine, first=False)
    raise TypeError("both tables lie in memory")


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


MOST_SHARE: Final = 1 + 1e-6
"""A share, and what adding up others may add to it."""


class Bars(Struct, frozen=True, kw_only=True):
    """The distribution of one column that is drawn, as `report/data_shapes.Shape`: shares in bars, of what was checked
    and of the reference, which is empty without one."""

    column: str
    kind: str
    current: tuple[float, ...]
    reference: tuple[float, ...]
    labels: tuple[str, ...]
    low: float
    high: float
    below: bool
    above: bool
