"""The same data is the same table, in whatever format and order it was written."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial import digest
from seatrial.evidence import canonical_text
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from tests.support.strategies import FORMATS, Table, tables, texts

COLUMNS = Columns(score="s", groups=("y",))


def table_of(table: Table, suffix: str) -> pl.DataFrame:
    """What the reader makes of a table written in one format."""
    with tempfile.TemporaryDirectory() as folder:
        path = table.write(Path(folder) / f"rows{suffix}")
        predictions = read_predictions(path, COLUMNS)

        assert predictions.source.digest == digest.of_file(path)
        return predictions.table


@given(tables())
def test_three_formats_give_one_table(table: Table) -> None:
    """CSV, JSONL and Parquet of the same data read as equal tables, scores included."""
    csv, jsonl, parquet = (table_of(table, suffix) for suffix in FORMATS)

    assert csv.equals(jsonl)
    assert csv.equals(parquet)


@given(tables())
def test_what_polars_writes_agrees_too(table: Table) -> None:
    """The CSV and JSONL writers of polars, which spell small numbers in their own way, make no difference."""
    with tempfile.TemporaryDirectory() as folder:
        parquet = table.write(Path(folder) / "rows.parquet")
        frame = pl.read_parquet(parquet)
        frame.write_csv(Path(folder) / "rows.csv")
        frame.write_ndjson(Path(folder) / "rows.ndjson")
        expected = read_predictions(parquet, COLUMNS).table

        assert read_predictions(Path(folder) / "rows.csv", COLUMNS).table.equals(expected)
        assert read_predictions(Path(folder) / "rows.ndjson", COLUMNS).table.equals(expected)


@pytest.mark.parametrize("suffix", FORMATS)
@given(data=st.data())
def test_order_of_rows_changes_only_the_order(suffix: str, data: st.DataObject) -> None:
    """Rows written in another order are the same rows."""
    table = data.draw(tables())
    order = data.draw(st.permutations(range(len(table.ids))))

    assert table_of(table.reordered(order), suffix).sort("id").equals(table_of(table, suffix).sort("id"))


@given(st.lists(texts(), min_size=1, max_size=6))
def test_canonical_text_is_its_own_canonical_text(values: list[str]) -> None:
    """Applying the rule twice changes nothing more."""
    once = canonical_text.canonical(pl.Series(values, dtype=pl.String))

    assert canonical_text.canonical(once).to_list() == once.to_list()


@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_a_whole_float_reads_as_its_integer(number: int) -> None:
    """1 and 1.0 are one value, up to the largest whole number a float holds exactly."""
    texts = canonical_text.canonical(pl.Series([str(number), f"{number}.0"]))

    assert texts.to_list() == [str(number)] * 2
    assert canonical_text.of_float(float(number)) == str(number)
