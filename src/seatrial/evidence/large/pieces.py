"""Pieces of large tables as samples: what metrics look at when the rows do not fit in memory.

Called through the record `LargePredictions`. Codes are those of a sample: sorted names, labels and answers of both
models in one tuple of classes. Only the columns that are asked for are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

import numpy as np
from msgspec import Struct

from seatrial.evidence.large.table import LargeTable
from seatrial.evidence.sample import Codes, Real, Sample, Side, Whole

_ANSWERS = ("label", "prediction")


class TablePieces(Struct, frozen=True, kw_only=True):
    """Rows of one table, or of two side by side. `codes` translate the codes of each table's columns."""

    tables: tuple[LargeTable, ...]
    outline: Sample
    codes: tuple[Mapping[str, Whole], ...]

    @property
    def n(self) -> int:
        """All rows."""
        return self.tables[0].rows

    def samples(self, *targets: str) -> Iterator[Sample]:
        """The rows in pieces, with these columns and no others."""
        for piece, size in enumerate(self.tables[0].sizes):
            if size:
                yield self._sample(piece, size, frozenset(targets))

    def _sample(self, piece: int, size: int, targets: frozenset[str]) -> Sample:
        return _sample_of(
            self.outline,
            self.tables,
            size,
            lambda at, name: name in targets and name in self.tables[at].columns,
            lambda at, name: self._read(at, name, piece),
        )

    def _read(self, at: int, name: str, piece: int) -> Whole | Real:
        values = self.tables[at].column(name, piece)
        return self.codes[at][name][values] if name in self.codes[at] else cast("Real", values)


def pieces_of(tables: Sequence[LargeTable], groups: Sequence[str], positive: str | None) -> TablePieces:
    """The pieces of one table, or of two that `joining` laid side by side."""
    classes = _sorted(table.names[name] for table in tables for name in _ANSWERS if name in table.names)
    columns = {name: _sorted([tables[0].names[f"group:{name}"]]) for name in groups}
    codes = tuple(
        {
            name: _translated(texts, classes if name in _ANSWERS else columns.get(name.removeprefix("group:"), texts))
            for name, texts in table.names.items()
        }
        for table in tables
    )
    nothing = Codes(codes=np.zeros(0, dtype=np.int32), names=())
    first = tables[0]
    shape = Sample(
        n=0,
        classes=classes,
        labels=None,
        candidate=Side(),
        clusters=nothing if "cluster" in first.unkept else None,
        queries=nothing if "query" in first.unkept else None,
        groups={name: Codes(codes=nothing.codes, names=names) for name, names in columns.items()},
        positive=positive,
    )
    outline = _sample_of(
        shape,
        tables,
        0,
        lambda at, name: name in tables[at].columns,
        lambda at, name: np.zeros(0, dtype=np.int32) if name in tables[at].names else np.zeros(0),
    )
    return TablePieces(tables=tuple(tables), outline=outline, codes=codes)


def _sample_of(
    shape: Sample,
    tables: Sequence[LargeTable],
    n: int,
    has: Callable[[int, str], bool],
    read: Callable[[int, str], Whole | Real],
) -> Sample:
    """A sample of `n` rows in the shape of another, with the columns that it `has`."""
    groups = {
        name: Codes(codes=cast("Whole", read(0, f"group:{name}")), names=known.names)
        for name, known in shape.groups.items()
        if has(0, f"group:{name}")
    }
    sides = [_side(table, at, has, read) for at, table in enumerate(tables)]
    return Sample(
        n=n,
        classes=shape.classes,
        labels=cast("Whole", read(0, "label")) if has(0, "label") else None,
        candidate=sides[0],
        baseline=sides[1] if len(sides) == 2 else None,
        clusters=shape.clusters,
        queries=shape.queries,
        groups=groups,
        positive=shape.positive,
    )


def _side(
    table: LargeTable, at: int, has: Callable[[int, str], bool], read: Callable[[int, str], Whole | Real]
) -> Side:
    def floats(prefix: str) -> dict[str, Real]:
        names = [name for name in table.columns if name.startswith(prefix) and has(at, name)]
        return {name.removeprefix(prefix): cast("Real", read(at, name)) for name in names}

    return Side(
        answers=cast("Whole", read(at, "prediction")) if has(at, "prediction") else None,
        score=cast("Real", read(at, "score")) if has(at, "score") else None,
        scores=floats("score:"),
        values=floats("value:"),
    )


def _sorted(texts: Iterator[tuple[str, ...]] | Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """In the order that polars sorts texts in, which is that of their bytes."""
    return tuple(sorted({text for names in texts for text in names}, key=str.encode))


def _translated(texts: Sequence[str], names: Sequence[str]) -> Whole:
    """For each code of a table, that of the sample."""
    at = {name: position for position, name in enumerate(names)}
    return np.array([at[text] for text in texts], dtype=np.int32)
