"""Hypothesis strategies for tables of predictions, shared by the property tests.

A table is drawn as columns of Python values, and written in whichever format a test asks for. Every column has
one type, as in a real file; texts avoid only what no reader accepts (nothing at all, NaN, infinities) and
what no encoding can hold.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import polars as pl
from hypothesis import strategies as st

Cell: TypeAlias = bool | int | float | str
FORMATS = (".csv", ".jsonl", ".parquet")

_AWKWARD = (
    *("01", "1", "1.0", "-0", "0.0", "-0.0", "1e5", "1e-5", "0.00001", "0.50", "+1", "1_000", "0x1"),
    *("True", "true", "null", "NA", "a,b", 'say "a"', "two\nlines", " a", "a ", "é", "\ufeffx"),
)
_NOT_FINITE = re.compile(r"(?i)[+-]?(?:nan|inf|infinity)")


def texts() -> st.SearchStrategy[str]:
    """Labels and ids as people and programs write them, awkward ones included."""
    awkward = st.sampled_from(_AWKWARD)
    anything = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8)
    return (awkward | anything).filter(lambda text: _NOT_FINITE.fullmatch(text) is None)


def cells() -> st.SearchStrategy[st.SearchStrategy[Cell]]:
    """A strategy for one column's cells, all of one type."""
    whole = st.integers(-(2**53) + 1, 2**53 - 1)
    return st.sampled_from(
        [
            texts(),
            st.booleans(),
            st.integers(-(2**63), 2**63 - 1),
            whole.map(float),
            st.floats(-1e6, 1e6, allow_nan=False),
            st.floats(-1e-3, 1e-3, allow_nan=False),  # writers spell small numbers differently
        ]
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A predictions table before it is written."""

    ids: Sequence[int] | Sequence[str]
    labels: Sequence[Cell]
    predictions: Sequence[Cell]
    scores: Sequence[float]

    def reordered(self, order: Sequence[int]) -> Table:
        """The same rows in another order."""
        return Table(
            ids=[self.ids[row] for row in order],  # type: ignore[arg-type]  # one of the two, as it was
            labels=[self.labels[row] for row in order],
            predictions=[self.predictions[row] for row in order],
            scores=[self.scores[row] for row in order],
        )

    def write(self, path: Path) -> Path:
        """Write the table in the format of the path's suffix, with the columns id, y, p and s."""
        columns = {"id": self.ids, "y": self.labels, "p": self.predictions, "s": self.scores}
        match path.suffix:
            case ".csv":
                with path.open("w", encoding="utf-8", newline="") as stream:
                    writer = csv.writer(stream)
                    writer.writerow(columns)
                    writer.writerows(zip(*columns.values(), strict=True))
            case ".jsonl":
                rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
                path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
            case _:
                pl.DataFrame(columns, strict=True).write_parquet(path)
        return path


@st.composite
def tables(draw: st.DrawFn, *, max_rows: int = 12) -> Table:
    """A table of one to `max_rows` rows; labels and predictions are drawn from few values, so that they agree."""
    rows = draw(st.integers(1, max_rows))
    ids: Sequence[int] | Sequence[str] = (
        draw(st.lists(st.integers(0, 10**9), min_size=rows, max_size=rows, unique=True))
        if draw(st.booleans())
        else [f"row {number}" for number in draw(st.permutations(range(rows)))]
    )
    values = draw(st.lists(draw(cells()), min_size=1, max_size=4))
    column = st.lists(st.sampled_from(values), min_size=rows, max_size=rows)
    scores = st.lists(st.floats(-1e9, 1e9), min_size=rows, max_size=rows)
    return Table(ids=ids, labels=draw(column), predictions=draw(column), scores=draw(scores))


@st.composite
def table_pairs(draw: st.DrawFn) -> tuple[Table, Table]:
    """Two tables of the same ids and labels, in different orders, with predictions of their own."""
    first = draw(tables())
    rows = range(len(first.ids))
    values = list(dict.fromkeys([*first.labels, *first.predictions]))
    predictions = [draw(st.sampled_from(values)) for _ in rows]
    second = Table(ids=first.ids, labels=first.labels, predictions=predictions, scores=first.scores)
    return first, second.reordered(draw(st.permutations(rows)))
