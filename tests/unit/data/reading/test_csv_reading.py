"""CSV as a dataset: types that hold for every row, and one clear error for each way a file can be wrong."""

from __future__ import annotations

import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from seatrial.data.columns import Kind
from seatrial.data.reading.batches import batches, row_count, spread
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.errors import EvidenceError

Opened = Callable[..., Dataset]
NAIVE = dt.datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - times without a zone are read as such


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    def write_and_open(data: bytes | str, name: str = "x.csv") -> Dataset:
        (tmp_path / name).write_bytes(data.encode() if isinstance(data, str) else data)
        return open_dataset(tmp_path / name, shown=name)

    return write_and_open


def rows(dataset: Dataset) -> list[tuple[object, ...]]:
    return [row for part in dataset.partitions for frame in batches(dataset, part) for row in frame.rows()]


def kinds(dataset: Dataset) -> dict[str, tuple[Kind, str]]:
    return {column.name: (column.kind, column.dtype) for column in dataset.columns}


def refusal(opened: Opened, data: bytes | str, name: str = "x.csv") -> EvidenceError:
    with pytest.raises(EvidenceError) as caught:
        opened(data, name)
    problem = caught.value.problems[0]
    assert problem.next_step, "an error says what to do next"
    assert problem.place is not None
    assert problem.place.file == name
    return caught.value


def line_of(error: EvidenceError) -> int | None:
    place = error.problems[0].place
    return None if place is None else place.line


def test_a_text_five_thousand_rows_down_makes_the_column_text_and_names_its_line(opened: Opened) -> None:
    dataset = opened("a,b\n" + "1,x\n" * 5000 + "NA,y\n" + "3,x\n" * 10)

    assert kinds(dataset)["a"] == (Kind.TEXT, "String")
    assert rows(dataset)[5000] == ("NA", "y")
    assert [note for note in dataset.notes if note.startswith("x.csv:5002: `a` is read as text")]


def test_a_fraction_below_the_rows_types_are_guessed_from_makes_a_whole_column_float(opened: Opened) -> None:
    dataset = opened("a\n" + "1\n" * 2000 + "1.5\n")

    assert kinds(dataset)["a"] == (Kind.NUMBER, "Float64")
    assert rows(dataset)[2000] == (1.5,)


def test_an_odd_value_among_the_first_rows_is_told_too(opened: Opened) -> None:
    dataset = opened('a,b\n1,x\n2,"y\nz"\nunknown,x\n4,f\n')

    assert kinds(dataset)["a"][0] is Kind.TEXT
    assert dataset.notes[0].startswith("x.csv:5: `a`"), "the quoted line end counts as a line"


@pytest.mark.parametrize("value", ["9223372036854775807", "-9223372036854775808", "0", "-1"])
def test_whole_numbers_of_64_bits_are_exact(opened: Opened, value: str) -> None:
    dataset = opened(f"a\n{value}\n")

    assert kinds(dataset)["a"] == (Kind.NUMBER, "Int64")
    assert rows(dataset) == [(int(value),)]


def test_whole_numbers_above_int64_are_unsigned_and_above_that_text(opened: Opened) -> None:
    assert rows(opened("a\n9223372036854775808\n1\n")) == [(9223372036854775808,), (1,)]
    assert kinds(opened("a\n9223372036854775808\n1\n"))["a"] == (Kind.NUMBER, "UInt64")
    assert rows(opened("a\n18446744073709551616\n1\n")) == [("18446744073709551616",), ("1",)]
    late = opened("a\n" + "1\n" * 3000 + "9223372036854775808\n")
    assert kinds(late)["a"] == (Kind.NUMBER, "UInt64")
    assert rows(late)[-1] == (9223372036854775808,)
    far = opened("a\n" + "1\n" * 3000 + "18446744073709551616\n")
    assert rows(far)[-1] == ("18446744073709551616",)
    both = opened("a\n" + "-1\n" * 3000 + "9223372036854775808\n")
    assert kinds(both)["a"][0] is Kind.TEXT, "no type of whole numbers holds both, and a float would round"


def test_codes_with_leading_zeros_stay_text_however_late_the_zero_comes(opened: Opened) -> None:
    assert rows(opened("zip\n01234\n90210\n")) == [("01234",), ("90210",)]
    late = opened("zip\n" + "90210\n" * 3000 + "01234\n")
    assert rows(late)[-1] == ("01234",)
    assert kinds(opened("x\n0\n-0\n0.5\n"))["x"] == (Kind.NUMBER, "Float64")


def test_exponents_infinities_and_nan_are_floats(opened: Opened) -> None:
    values = [row[0] for row in rows(opened("a\n1e5\ninf\n-inf\nnan\n.5\n"))]

    assert values[:3] == [100000.0, float("inf"), float("-inf")]
    assert values[3] != values[3]
    assert values[4] == 0.5


@pytest.mark.parametrize(
    ("text", "dtype", "value"),
    [
        ("2026-01-02", "Date", dt.date(2026, 1, 2)),
        ("2026-01-02T03:04:05", "Datetime(time_unit='us', time_zone=None)", NAIVE),
        ("2026-01-02 03:04:05.25", "Datetime(time_unit='us', time_zone=None)",
         NAIVE.replace(microsecond=250_000)),
        ("2026-01-02 03:04", "Datetime(time_unit='us', time_zone=None)", NAIVE.replace(second=0)),
        ("2026-01-02T03:04:05Z", "Datetime(time_unit='us', time_zone='UTC')",
         dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)),
        ("2026-01-02 03:04:05+02:00", "Datetime(time_unit='us', time_zone='UTC')",
         dt.datetime(2026, 1, 2, 1, 4, 5, tzinfo=dt.UTC)),
        ("03:04:05", "Time", dt.time(3, 4, 5)),
    ],
)  # fmt: skip
def test_iso_times_are_times(opened: Opened, text: str, dtype: str, value: object) -> None:
    dataset = opened(f"t,n\n{text},1\n,2\n")

    assert kinds(dataset)["t"] == (Kind.TIME, dtype)
    assert rows(dataset) == [(value, 1), (None, 2)]


def test_a_day_that_does_not_exist_makes_the_dates_text(opened: Opened) -> None:
    dataset = opened("d\n2026-02-28\n2026-02-30\n")

    assert rows(dataset) == [("2026-02-28",), ("2026-02-30",)]
    assert dataset.notes == ("x.csv:3: `d` is read as text, because this line does not hold dates",)


def test_only_the_empty_cell_without_quotes_is_null(opened: Opened) -> None:
    dataset = opened('t,n\n"",1\n,""\nNA,\nnull,2\n')

    assert rows(dataset) == [("", 1), (None, None), ("NA", None), ("null", 2)]


@pytest.mark.parametrize(("sign", "words"), [(";", "a semicolon"), ("\t", "a tab"), ("|", "a bar")])
def test_another_separator_is_found_used_and_told(opened: Opened, sign: str, words: str) -> None:
    dataset = opened(f"a{sign}b\n1{sign}x,y\n")

    assert dataset.separator == sign
    assert rows(dataset) == [(1, "x,y")]
    assert words in dataset.notes[0]


def test_a_tsv_has_tabs(opened: Opened) -> None:
    assert rows(opened("a\tb\n1\tx,y\n", "x.tsv")) == [(1, "x,y")]


@pytest.mark.parametrize("data", ["a,b,c\n1,2,3\n4,5\n6,,\n", "a,b,c\n1,2,3\n4,5,6,7\n", 'a,b,c\n1,",",3\n4,5\n'])
def test_a_line_that_is_too_short_or_too_long_is_an_error_with_its_line(opened: Opened, data: str) -> None:
    error = refusal(opened, data)

    assert line_of(error) == 3
    assert "the header has 3" in str(error)


def test_lines_with_nothing_in_them_are_passed_over_and_told(opened: Opened) -> None:
    dataset = opened("a,b\n1,x\n\n2,y\n\n\n")

    assert rows(dataset) == [(1, "x"), (2, "y")]
    assert row_count(dataset.partitions[0]) == 2
    assert "passed over" in dataset.notes[0]
    assert rows(opened("a,b\n1,x\n,\n2,y\n")) == [(1, "x"), (None, None), (2, "y")], "a separator is something"
    assert rows(opened("a\n1\n\n2\n")) == [(1,), (None,), (2,)], "in one column, a line with nothing is a null"


@pytest.mark.parametrize("data", ['a,b\n1,x\n2,"y\n3,z\n4,w\n', 'a,b\n1,x\n2,5" pipe\n3,z\n'])
def test_a_quote_that_is_never_closed_is_an_error_with_its_line(opened: Opened, data: str) -> None:
    assert line_of(refusal(opened, data)) == 3


def test_a_byte_order_mark_is_no_part_of_the_first_name(opened: Opened) -> None:
    assert [column.name for column in opened(b"\xef\xbb\xbfa,b\n1,2\n").columns] == ["a", "b"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(opened: Opened, end: str) -> None:
    assert rows(opened(end.join(["a,b", "1,x", "2,", ""]))) == [(1, "x"), (2, None)]


def test_an_empty_file_has_no_header_and_is_refused(opened: Opened) -> None:
    for data in (b"", b"\xef\xbb\xbf", b"\n\n"):
        assert "not even a header" in str(refusal(opened, data))


@pytest.mark.parametrize("data", ["a,b\n", "a,b"])
def test_a_header_alone_is_a_dataset_without_rows(opened: Opened, data: str) -> None:
    dataset = opened(data)

    assert rows(dataset) == []
    assert [column.kind for column in dataset.columns] == [Kind.NOTHING, Kind.NOTHING]
    assert spread(dataset, 100).frame.columns == ["a", "b"]


def test_a_name_that_stands_twice_is_refused_with_both_places(opened: Opened) -> None:
    assert "columns 1 and 3 are both called `a`" in str(refusal(opened, "a,b,a\n1,2,3\n"))


def test_a_column_without_a_name_gets_one(opened: Opened) -> None:
    dataset = opened(",a\n0,1\n")

    assert [column.name for column in dataset.columns] == ["column_1", "a"]
    assert "column 1 has no name" in dataset.notes[0]


def test_latin_1_is_refused_with_line_column_and_the_encoding_that_fits(opened: Opened) -> None:
    error = refusal(opened, "a,b\n1,x\n2,é\n".encode("cp1252"))

    place = error.problems[0].place
    assert place is not None
    assert (place.line, place.column) == (3, 3)
    assert "cp1252" in str(error)


def test_bytes_that_are_no_utf8_are_found_behind_a_piece_boundary(opened: Opened) -> None:
    half = (1 << 20) - len("a\n") - 1
    good = b"a\n" + b"x" * half + "é".encode() + b"\n" + b"y\n"
    assert len(rows(opened(good))) == 2, "a character across two pieces is whole"
    assert line_of(refusal(opened, good + b"\xe9\n")) == 4


def test_utf_16_is_refused_by_its_mark(opened: Opened) -> None:
    assert "UTF-16" in str(refusal(opened, "a,b\n1,2\n".encode("utf-16")))


def test_a_nul_byte_is_an_error_with_its_line(opened: Opened) -> None:
    assert line_of(refusal(opened, b"a,b\n1,2\n\0,2\n")) == 3


def test_a_cell_of_a_megabyte_is_read_and_one_with_separators_too(opened: Opened) -> None:
    long = "z," * 500_000

    assert rows(opened(f'a,b\n1,"{long}"\n')) == [(1, long)]


def test_ten_thousand_columns_are_read(opened: Opened) -> None:
    width = 10_000
    header = ",".join(f"c{index}" for index in range(width))
    dataset = opened(header + "\n" + "\n".join(",".join(["7"] * width) for _ in range(3)) + "\n")

    assert len(dataset.columns) == width
    assert rows(dataset) == [(7,) * width] * 3


def test_values_that_begin_after_thousands_of_empty_cells_have_a_type(opened: Opened) -> None:
    assert kinds(opened("a,b\n" + ",x\n" * 3000 + "7,y\n"))["a"] == (Kind.NUMBER, "Int64")


def test_blanks_around_numbers_are_no_part_of_them(opened: Opened) -> None:
    assert rows(opened("a, b\n1, 2\n3, 4.5\n")) == [(1, 2.0), (3, 4.5)]


def test_a_packed_file_is_unpacked_and_a_torn_one_refused(opened: Opened) -> None:
    packed = gzip.compress(b"a,b\n" + b"1,x\n" * 1000)

    assert len(rows(opened(packed, "x.csv.gz"))) == 1000
    assert "gzip" in str(refusal(opened, packed[:-8], "x.csv.gz"))


def test_two_files_have_the_types_that_hold_for_both(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("b,a\nx,1\n")
    (tmp_path / "2.csv").write_text("a,b\n2.5,\n")
    (tmp_path / "3.csv").write_text("a,b\nnone,y\n")
    dataset = open_dataset(tmp_path, shown="d")

    assert rows(dataset) == [("x", "1"), (None, "2.5"), ("y", "none")]
    assert [note for note in dataset.notes if note.startswith("d/3.csv:2: `a`")]
    assert sum(map(row_count, dataset.partitions)) == 3


def test_files_with_other_headers_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2\n")
    (tmp_path / "2.csv").write_text("a,c\n1,2\n")

    with pytest.raises(EvidenceError, match="`b`, `c`") as caught:
        open_dataset(tmp_path, shown="d")
    assert str(caught.value.problems[0].place) == "d/2.csv:1 b"


def test_batches_are_no_longer_than_asked_for_and_only_of_the_columns_named(opened: Opened) -> None:
    dataset = opened("a,b\n" + "1,x\n" * 1000)
    frames = list(batches(dataset, dataset.partitions[0], sources={"b"}, rows=300))

    assert [frame.height for frame in frames] == [300, 300, 300, 100]
    assert pl.concat(frames).columns == ["b"]
