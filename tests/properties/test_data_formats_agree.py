"""The same table is the same dataset, in whatever format it was written."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from seatrial.data.columns import Part
from seatrial.data.reading.batches import batches, leaf, row_count, scan, spread
from seatrial.data.reading.flattening import walk
from seatrial.data.reading.kinds import together
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset

NAIVE = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - times without a zone are read as such
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=8)
COLUMNS: dict[str, tuple[pl.DataType, st.SearchStrategy[object]]] = {
    "whole": (pl.Int64(), st.integers(-(2**63), 2**63 - 1)),
    "float": (pl.Float64(), st.floats(-1e6, 1e6, width=32).map(lambda x: x + 0.5)),
    "flag": (pl.Boolean(), st.booleans()),
    "word": (pl.String(), WORDS.map(lambda word: "w" + word)),
    "day": (pl.Date(), st.dates(dt.date(1970, 1, 1), dt.date(2100, 1, 1))),
    "time": (pl.Datetime("us"), st.datetimes(NAIVE, NAIVE.replace(year=2100))),
}
FLAT = ("csv", "jsonl", "parquet", "feather", "arrow")


@st.composite
def flat_tables(draw: st.DrawFn) -> pl.DataFrame:
    """A few columns of every kind that all formats can hold, nulls among the values, the first row whole."""
    height = draw(st.integers(1, 12))
    columns = []
    for name, (dtype, values) in COLUMNS.items():
        first = draw(values)
        rest = draw(st.lists(st.none() | values, min_size=height - 1, max_size=height - 1))
        columns.append(pl.Series(name, [first, *rest], dtype=dtype))
    return pl.DataFrame(columns)


def write(frame: pl.DataFrame, path: Path) -> Path:
    match path.suffix:
        case ".csv":
            frame.write_csv(path)
        case ".jsonl":
            frame.write_ndjson(path)
        case ".parquet":
            frame.write_parquet(path, row_group_size=5)
        case ".feather":
            frame.write_ipc(path)
        case _:
            frame.write_ipc_stream(path)
    return path


def read(dataset: Dataset) -> pl.DataFrame:
    empty = [scan(dataset, part).head(0).collect() for part in dataset.partitions]
    return pl.concat(empty + [frame for part in dataset.partitions for frame in batches(dataset, part, rows=3)])


@given(flat_tables())
@settings(max_examples=40)
def test_five_formats_give_equal_batches_and_kinds(frame: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in FLAT:
            dataset = open_dataset(write(frame, Path(folder) / f"x.{name}"))

            assert [(column.name, column.dtype) for column in dataset.columns] == [
                (column, str(dtype)) for column, (dtype, _) in COLUMNS.items()
            ], name
            assert_frame_equal(read(dataset), frame)
            assert row_count(dataset.partitions[0]) == frame.height
            assert_frame_equal(spread(dataset, 100).frame, frame)


@given(flat_tables(), st.sampled_from(FLAT), st.integers(0, 12))
@settings(max_examples=40)
def test_one_file_and_two_are_the_same_dataset(frame: pl.DataFrame, name: str, cut: int) -> None:
    """Where a table is cut into partitions makes no difference, also when a column is null throughout in one."""
    with tempfile.TemporaryDirectory() as folder:
        for index, piece in enumerate((frame.head(cut), frame.tail(max(0, frame.height - cut)))):
            if name != "jsonl" or piece.height:  # JSONL without lines is a file without columns
                write(piece, Path(folder) / f"{index}.{name}")
        dataset = open_dataset(Path(folder))

        assert_frame_equal(read(dataset), frame)


NESTED = st.fixed_dictionaries(
    {
        "s": st.none() | st.fixed_dictionaries({"x": st.none() | st.integers(-9, 9), "y": st.none() | WORDS}),
        "l": st.none() | st.lists(st.none() | st.integers(-9, 9), max_size=4),
        "r": st.none() | st.lists(st.fixed_dictionaries({"p": st.none() | st.integers(-9, 9)}), max_size=3),
    }
)
NESTED_SCHEMA = {
    "s": pl.Struct({"x": pl.Int64, "y": pl.String}),
    "l": pl.List(pl.Int64),
    "r": pl.List(pl.Struct({"p": pl.Int64})),
}
LEAVES = ["s.x", "s.y", "l[]", "l[#]", "r[].p", "r[#]"]


@given(st.lists(NESTED, max_size=8), st.sampled_from(["parquet", "feather", "arrow"]))
@settings(max_examples=40)
def test_leaves_of_nested_columns_are_what_a_person_would_list(rows: list[dict[str, Any]], name: str) -> None:
    """Leaves against a plain walk over the Python objects."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(write(pl.DataFrame(rows, schema=NESTED_SCHEMA), Path(folder) / f"x.{name}"))
        frame = read(dataset)

        found = {column.name: leaf(frame, column).to_list() for column in dataset.columns}
        assert list(found) == LEAVES
        assert found == {
            "s.x": [row["s"] and row["s"]["x"] for row in rows],
            "s.y": [None if row["s"] is None else row["s"]["y"] for row in rows],
            "l[]": [value for row in rows for value in row["l"] or ()],
            "l[#]": [None if row["l"] is None else len(row["l"]) for row in rows],
            "r[].p": [value["p"] for row in rows for value in row["r"] or ()],
            "r[#]": [None if row["r"] is None else len(row["r"]) for row in rows],
        }


NUMBERS = [pl.Int8(), pl.Int16(), pl.Int32(), pl.Int64(), pl.UInt8(), pl.UInt16(), pl.UInt32(), pl.UInt64()]
SCALARS = [
    *NUMBERS,
    *(pl.Float32(), pl.Float64(), pl.Decimal(10, 2), pl.Decimal(6, 4), pl.Duration("ms")),
    *(pl.String(), pl.Boolean(), pl.Null()),
    *(pl.Date(), pl.Datetime("ms"), pl.Datetime("ns"), pl.Datetime("us", "UTC")),
]
TYPES = st.recursive(
    st.sampled_from(SCALARS),
    lambda inner: inner.map(pl.List) | st.dictionaries(st.sampled_from("ab"), inner, min_size=1).map(pl.Struct),
    max_leaves=4,
)


@given(TYPES, TYPES, st.booleans())
def test_the_type_of_two_does_not_depend_on_their_order(one: pl.DataType, other: pl.DataType, loose: bool) -> None:
    """Up to the order of fields, and a type with itself or with nulls is itself."""
    both, reverse = together(one, other, loose=loose), together(other, one, loose=loose)

    assert (both is None) == (reverse is None)
    if both is not None and "Struct" not in str(both):
        assert both == reverse
    assert together(one, one) == one
    assert together(one, pl.Null()) == one


@given(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))
def test_the_type_of_two_widths_holds_the_ends_of_both(one: pl.DataType, other: pl.DataType) -> None:
    both = together(one, other)

    if both is None:
        assert pl.UInt64() in (one, other), "only unsigned numbers of 64 bits have no wider type"
        return
    for narrow in (one, other):
        ends = pl.select(narrow.max(), narrow.min().alias("least"))  # type: ignore[attr-defined]
        assert ends.cast(both).rows() == ends.rows()


@given(st.text(".[]#\\ab", min_size=1, max_size=6), st.text(".[]#\\ab", min_size=1, max_size=6))
def test_any_field_is_found_by_its_name(outer: str, inner: str) -> None:
    """Names with every sign that means something in a path lead to their own values."""
    frame = pl.DataFrame({outer: [[{inner: 7}]]})
    with tempfile.TemporaryDirectory() as folder:
        dataset = open_dataset(write(frame, Path(folder) / "x.parquet"))
        column = next(column for column in dataset.columns if column.part is Part.ELEMENTS)

        assert walk(read(dataset)[column.source], column).to_list() == [7]
