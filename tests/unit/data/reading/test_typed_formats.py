"""Parquet and Arrow as a dataset: damage is refused, types are kept, streams are read in pieces."""

from __future__ import annotations

import contextlib
import datetime as dt
import decimal
from pathlib import Path

import polars as pl
import pytest

from seatrial.data.columns import Kind
from seatrial.data.reading import arrow_stream
from seatrial.data.reading import batches as reading
from seatrial.data.reading.batches import batches, leaf, row_count, scan, spread
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.parquet_footer import row_groups
from seatrial.data.reading.records import Dataset, Format, Partition
from seatrial.errors import EvidenceError


def rows(dataset: Dataset) -> list[tuple[object, ...]]:
    return [row for part in dataset.partitions for frame in batches(dataset, part) for row in frame.rows()]


def written(tmp_path: Path, frame: pl.DataFrame, name: str = "x.parquet") -> Path:
    path = tmp_path / name
    if name.endswith(".parquet"):
        frame.write_parquet(path)
    elif name.endswith(".feather"):
        frame.write_ipc(path)
    else:
        frame.write_ipc_stream(path)
    return path


def stream_of(folder: Path, frames: list[pl.DataFrame]) -> bytes:
    """One stream of several batches, as other writers make them: polars puts small frames together into one."""
    whole = b""
    for index, frame in enumerate(frames):
        path = folder / f"{index}.piece"
        frame.write_ipc_stream(path)
        part = Partition(path=path, shown="piece", format=Format.ARROW, size=path.stat().st_size)
        for message in arrow_stream.messages_of(part)[min(index, 1) :]:
            whole += path.read_bytes()[message.start : message.end]
    return whole + b"\xff\xff\xff\xff" + bytes(4)


FRAME = pl.DataFrame(
    {
        "i": pl.Series([1, None, -3], dtype=pl.Int16),
        "u": pl.Series([2**64 - 1, 0, None], dtype=pl.UInt64),
        "d": pl.Series([decimal.Decimal("1.25"), None, decimal.Decimal("-7.5")], dtype=pl.Decimal(10, 2)),
        "t": pl.Series(
            [
                dt.datetime(2026, 1, 1),  # noqa: DTZ001 - the column has the zone
                None,
                None,
            ],
            dtype=pl.Datetime("ns", "Europe/Oslo"),
        ),
        "w": pl.Series([dt.timedelta(seconds=1.5), None, None], dtype=pl.Duration("us")),
        "c": pl.Series(["a", "b", None], dtype=pl.Categorical),
        "e": pl.Series(["x", None, "y"], dtype=pl.Enum(["x", "y"])),
        "f": [True, None, False],
        "v": pl.Series([[1.0, 2.0], None, [3.0, 4.0]], dtype=pl.Array(pl.Float32, 2)),
        "n": pl.Series([None, None, None], dtype=pl.Null),
        "b": [b"\x00", None, b"\xff"],
        "s": [{"x": 1, "y": {"z": "q"}}, None, {"x": None, "y": None}],
    }
)


@pytest.mark.parametrize("name", ["x.parquet", "x.feather", "x.arrow"])
def test_every_type_has_its_kind_and_keeps_its_values(tmp_path: Path, name: str) -> None:
    dataset = open_dataset(written(tmp_path, FRAME, name))
    kinds = {column.name: column.kind for column in dataset.columns}
    frame = next(batches(dataset, dataset.partitions[0]))

    assert kinds == {
        "i": Kind.NUMBER, "u": Kind.NUMBER, "d": Kind.NUMBER, "t": Kind.TIME, "w": Kind.NUMBER, "c": Kind.TEXT,
        "e": Kind.TEXT, "f": Kind.FLAG, "v": Kind.VECTOR, "n": Kind.NOTHING, "b": Kind.BYTES, "s.x": Kind.NUMBER,
        "s.y.z": Kind.TEXT,
    }  # fmt: skip
    assert frame["u"].to_list() == [2**64 - 1, 0, None]
    assert frame["d"].to_list() == [1.25, None, -7.5]
    assert frame["w"].to_list() == [1.5, None, None], "durations are seconds"
    assert frame["c"].dtype == frame["e"].dtype == pl.String
    assert frame["t"].dtype == pl.Datetime("ns", "Europe/Oslo")
    assert frame["s.y.z"].to_list() == ["q", None, None]
    assert next(column for column in dataset.columns if column.name == "v").dims == 2
    assert next(column for column in dataset.columns if column.name == "d").dtype.startswith("Decimal")


@pytest.mark.parametrize("name", ["x.parquet", "x.feather", "x.arrow"])
def test_a_table_without_rows_is_a_dataset(tmp_path: Path, name: str) -> None:
    dataset = open_dataset(written(tmp_path, FRAME.head(0), name))

    assert rows(dataset) == []
    assert row_count(dataset.partitions[0]) == 0
    assert spread(dataset, 10).frame.height == 0


@pytest.mark.parametrize("name", ["x.parquet", "x.feather", "x.arrow"])
@pytest.mark.parametrize("cut", [0.2, 0.5, 0.9])
def test_a_file_that_was_cut_off_is_refused(tmp_path: Path, name: str, cut: float) -> None:
    path = written(tmp_path, pl.DataFrame({"a": range(5000), "b": [str(x) for x in range(5000)]}), name)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * cut)])

    with pytest.raises(EvidenceError) as caught:
        open_dataset(path, shown=name)
    assert caught.value.problems[0].place is not None
    assert caught.value.problems[0].place.file == name
    assert caught.value.next_step


def test_damage_in_the_middle_of_parquet_is_an_evidence_error_or_read_as_it_stands(tmp_path: Path) -> None:
    """Whatever polars does with a flipped byte, no error of another kind gets out."""
    path = written(tmp_path, pl.DataFrame({"a": range(1000), "b": [str(x) for x in range(1000)]}))
    data = path.read_bytes()
    for at in range(4, len(data) - 4, max(1, len(data) // 97)):
        path.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1 :])
        with contextlib.suppress(EvidenceError):
            rows(open_dataset(path))


def test_other_first_bytes_are_refused(tmp_path: Path) -> None:
    for name in ("x.parquet", "x.arrow"):
        (tmp_path / name).write_bytes(b"a,b\n1,2\n" * 10)
        with pytest.raises(EvidenceError):
            open_dataset(tmp_path / name)
    (tmp_path / "old.feather").write_bytes(b"FEA1" + bytes(100))
    with pytest.raises(EvidenceError, match="version 1"):
        open_dataset(tmp_path / "old.feather")


def test_a_stream_is_read_batch_by_batch_and_counted_without_its_rows(tmp_path: Path) -> None:
    frames = [pl.DataFrame({"a": range(start, start + 1000), "c": [f"w{start}"] * 1000}) for start in (0, 1000, 2000)]
    (tmp_path / "x.arrow").write_bytes(stream_of(tmp_path, frames))
    dataset = open_dataset(tmp_path / "x.arrow")
    part = dataset.partitions[0]

    assert [message.rows for message in arrow_stream.messages_of(part) if message.rows] == [1000, 1000, 1000]
    assert row_count(part) == 3000
    assert [row[0] for row in rows(dataset)] == list(range(3000))
    assert arrow_stream.scan(part, 990, 20).collect()["a"].to_list() == list(range(990, 1010))
    assert arrow_stream.scan(part, 2500, 10_000).collect().height == 500
    assert scan(dataset, part).filter(pl.col("a") >= 2998).collect()["c"].to_list() == ["w2000", "w2000"]
    assert scan(dataset, part).select("a").head(3).collect()["a"].to_list() == [0, 1, 2]


def test_dictionaries_of_a_stream_reach_the_batches_that_need_them(tmp_path: Path) -> None:
    frames = [
        pl.DataFrame({"c": pl.Series(words * 20_000, dtype=pl.Enum(["a", "b", "c"]))})
        for words in (["a", "b"], ["c", "a"], ["b", "c"])
    ]
    (tmp_path / "x.arrow").write_bytes(stream_of(tmp_path, frames))
    dataset = open_dataset(tmp_path / "x.arrow")
    part = dataset.partitions[0]

    assert {message.kind for message in arrow_stream.messages_of(part)} == {1, 2, 3}, "there are dictionaries"
    assert [row[0] for row in rows(dataset)] == ["a", "b"] * 20_000 + ["c", "a"] * 20_000 + ["b", "c"] * 20_000
    assert arrow_stream.scan(part, 100_000, 2).collect()["c"].to_list() == ["b", "c"]


def test_spread_rows_come_from_all_over_the_data_and_are_the_same_each_time(tmp_path: Path) -> None:
    for index in range(3):
        written(tmp_path, pl.DataFrame({"a": range(index * 10_000, (index + 1) * 10_000)}), f"{index}.parquet")
    dataset = open_dataset(tmp_path)
    sample = spread(dataset, 800).frame

    assert sample.height == 800
    assert sample.equals(spread(dataset, 800).frame)
    tenths = (sample["a"] // 3000).unique().to_list()
    assert len(tenths) >= 8, "of ten tenths of the data, eight evenly spaced slices touch eight"
    assert spread(dataset, 30_000).frame["a"].to_list() == list(range(30_000))


def test_lists_of_one_length_are_vectors_and_others_lists(tmp_path: Path) -> None:
    frame = pl.DataFrame({"e": [[float(x)] * 12 for x in range(50)], "l": [[1.0] * (x % 3) for x in range(50)]})
    dataset = open_dataset(written(tmp_path, frame))
    columns = {column.name: column for column in dataset.columns}

    assert (columns["e"].kind, columns["e"].dims) == (Kind.VECTOR, 12)
    assert {"l[]", "l[#]"} == set(columns) - {"e"}
    batch = next(batches(dataset, dataset.partitions[0]))
    assert batch["e"].dtype == pl.Array(pl.Float64, 12)
    assert leaf(batch, columns["l[#]"]).to_list() == [x % 3 for x in range(50)]
    assert leaf(batch, columns["l[]"]).len() == sum(x % 3 for x in range(50))


def test_a_vector_of_another_width_far_down_is_refused_with_its_row(tmp_path: Path) -> None:
    lengths = [12] * 100_000
    lengths[54_321] = 11
    frame = pl.DataFrame({"n": lengths}).select(pl.lit(1.0).repeat_by("n").alias("e"))
    dataset = open_dataset(written(tmp_path, frame))

    with pytest.raises(EvidenceError, match=r"`e` has 11 numbers in row 54321 .* and 12 in"):
        rows(dataset)


def test_a_file_that_grew_since_it_was_opened_is_refused(tmp_path: Path) -> None:
    dataset = open_dataset(written(tmp_path, pl.DataFrame({"a": [1]})))
    written(tmp_path, pl.DataFrame({"a": range(1000)}))

    with pytest.raises(EvidenceError, match="changed"):
        rows(dataset)


def test_a_column_named_like_a_field_of_another_is_refused(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a.b": [1], "a": [{"b": 2}]})

    with pytest.raises(EvidenceError, match=r"two columns would be called `a\.b`"):
        open_dataset(written(tmp_path, frame))


def test_dots_in_names_of_columns_stay_and_in_names_of_fields_are_written_apart(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a.b": [1], "a": [{"b.c": 2, "d[": 3}]})
    dataset = open_dataset(written(tmp_path, frame))

    assert [column.name for column in dataset.columns] == ["a.b", "a.b\\.c", "a.d\\["]
    assert rows(dataset) == [(1, 2, 3)]


def test_lists_of_lists_have_lengths_at_both_levels(tmp_path: Path) -> None:
    dataset = open_dataset(written(tmp_path, pl.DataFrame({"m": [[[1, 2], [3]], [], [None, [4]]]})))
    frame = next(batches(dataset, dataset.partitions[0]))
    leaves = {column.name: leaf(frame, column).to_list() for column in dataset.columns}

    assert leaves == {"m[][]": [1, 2, 3, 4], "m[][#]": [2, 1, None, 1], "m[#]": [2, 0, 2]}


@pytest.mark.parametrize("size", [1, 1000, 10_000])
def test_a_large_file_of_one_row_group_is_read_in_pieces_that_add_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "x.parquet"
    frame = pl.DataFrame({"a": range(10_000), "s": [{"b": str(x)} for x in range(10_000)]})
    frame.write_parquet(path, row_group_size=10_000)
    monkeypatch.setattr(reading, "PIECE_BYTES", size)
    dataset = open_dataset(path)
    frames = list(batches(dataset, dataset.partitions[0], rows=700))

    assert {part.height for part in frames[:-1]} == {700}
    assert pl.concat(frames).equals(frame.unnest("s").rename({"b": "s.b"}))


@pytest.mark.parametrize(
    ("rows", "size", "groups"), [(0, 10, 0), (1, 10, 1), (1000, 1000, 1), (1000, 100, 10), (1000, 7, 143)]
)
def test_row_groups_are_counted(tmp_path: Path, rows: int, size: int, groups: int) -> None:
    """Known answers: as many groups, of as many rows, as the writer was told to make, with lists and structs in the
    schema."""
    frame = pl.DataFrame({f"c{index}": [[{"a": index, "b": "x"}]] * rows for index in range(30)})
    frame.write_parquet(tmp_path / "x.parquet", row_group_size=size)

    found = row_groups(tmp_path / "x.parquet")
    assert found is not None
    assert found.count in ({groups} if rows else {0, 1})
    assert found.first == min(rows, size)


def test_a_footer_that_makes_no_sense_has_no_number_of_row_groups(tmp_path: Path) -> None:
    path = written(tmp_path, pl.DataFrame({"a": [1, 2]}))
    data = path.read_bytes()
    for at in range(len(data) - 8, len(data) - 4):
        path.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
        found = row_groups(path)
        assert found is None or found.count == 1
    path.write_bytes(b"PAR1")
    assert row_groups(path) is None
