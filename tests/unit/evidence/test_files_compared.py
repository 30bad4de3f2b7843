"""Two files that should be the same: where they first differ, what a tolerance allows, what it looks like."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from seatrial.evidence.clues import clues
from seatrial.evidence.file_comparison import compare_files
from seatrial.evidence.sameness import Clue, FileComparison, Sameness, Spot, close

SAME, WITHIN, DIFFERENT = Sameness.EQUAL, Sameness.WITHIN, Sameness.DIFFERENT


def compare(
    folder: Path, name: str, one: str | bytes, other: str | bytes, tolerance: float | None = None, *exact: str
) -> FileComparison:
    """Two files with these contents, compared."""
    files = []
    for side, content in (("a", one), ("b", other)):
        files.append(folder / side)
        files[-1].write_bytes(content if isinstance(content, bytes) else content.encode())
    return compare_files(files[0], files[1], shown=name, tolerance=tolerance, exact=frozenset(exact))


def test_equal_bytes_are_equal(tmp_path: Path) -> None:
    """Nothing more to say about them."""
    assert compare(tmp_path, "m.bin", b"\0abc", b"\0abc") == FileComparison(path="m.bin", sameness=SAME)


@pytest.mark.parametrize(
    ("one", "other", "place", "first", "second"),
    [
        (b"abc", b"abd", "byte 2", "'c'", "'d'"),
        (b"abc", b"abcd", "byte 3", "(end of file)", "'d'"),
        (b"", b"x", "byte 0", "(end of file)", "'x'"),
        (b"x" * 2_000_000 + b"1", b"x" * 2_000_000 + b"2", "byte 2000000", "'1'", "'2'"),
    ],
    ids=["inside", "longer", "empty", "far in"],
)
def test_first_differing_byte_is_named(
    tmp_path: Path, one: bytes, other: bytes, place: str, first: str, second: str
) -> None:
    """Counted from 0, with what stands there."""
    found = compare(tmp_path, "m.bin", one, other)

    assert found.sameness is DIFFERENT
    assert found.spot == Spot(place=place, first=first, second=second)


@pytest.mark.parametrize(
    ("one", "other", "tolerance", "sameness", "place"),
    [
        ('{"a": 0.1}', '{"a": 0.10001}', 1e-3, WITHIN, "byte"),
        ('{"a": 0.1}', '{"a": 0.2}', 1e-3, DIFFERENT, "key a"),
        ('{"a": 0.1}', '{"a": 0.1001}', None, DIFFERENT, "key a"),
        ('{"a": {"b": [1.0, 2.0]}}', '{"a": {"b": [1.0, 3.0]}}', 1e-3, DIFFERENT, "key a.b[1]"),
        ('{"a": [1]}', '{"a": [1, 2]}', 9.0, DIFFERENT, "length of a"),
        ('{"a": 1, "b": 1}', '{"a": 1}', 9.0, DIFFERENT, "key b"),
        ('{"n": 1000}', '{"n": 1001}', 0.5, DIFFERENT, "key n"),
        ('{"id": "7"}', '{"id": "8"}', 0.5, DIFFERENT, "key id"),
        ('{"a": true}', '{"a": 1}', 9.0, DIFFERENT, "key a"),
        ('{"a": null}', '{"a": 0.0}', 9.0, DIFFERENT, "key a"),
        ('{"a":1.0}', '{"a": 1.0}', 0.0, WITHIN, "byte"),
        ('{"a":1.0}', '{"a": 1.0}', None, DIFFERENT, "byte"),
        ('{"a": NaN}', '{"a":NaN}', 0.1, WITHIN, "byte"),
        ('{"a": NaN}', '{"a": 1.0}', 9.0, DIFFERENT, "key a"),
        ('{"a": 1, "a": 2}', '{"a": 3, "a": 2}', 0.1, DIFFERENT, "byte"),
        ('{"a": 1', '{"a": 2', 9.0, DIFFERENT, "byte"),
    ],
)  # fmt: skip
def test_numbers_in_json_are_compared_by_value(
    tmp_path: Path, one: str, other: str, tolerance: float | None, sameness: Sameness, place: str
) -> None:
    """Floats within the tolerance; whole numbers, texts, keys and lengths exactly; what cannot be read by bytes."""
    found = compare(tmp_path, "metrics.json", one, other, tolerance)

    assert found.sameness is sameness
    assert found.spot is not None
    assert found.spot.place.startswith(place)


@pytest.mark.parametrize(
    ("one", "other", "sameness", "place"),
    [
        ("id,p\n1,0.5\n", "id,p\n1,0.50001\n", WITHIN, "byte"),
        ("id,p\n1,0.5\n", "id,p\n1,0.6\n", DIFFERENT, "row 1, column p"),
        ("id,p\n1,0.5\n", "id,p\n2,0.5\n", DIFFERENT, "row 1, column id"),
        ("id,p\n1.0,0.5\n", "id,p\n1.00,0.5\n", DIFFERENT, "row 1, column id"),
        ("id,p\n1,cat\n", "id,p\n1,dog\n", DIFFERENT, "row 1, column p"),
        ("id,p\n1,0.5\n", "id,p\n1,0.5\n2,0.5\n", DIFFERENT, "number of rows"),
        ("id,p\n1,0.5\n", "id,q\n1,0.5\n", DIFFERENT, "header, column p"),
        ("id,p\n1,0.5\n", "id,p\n1,0.5,0\n", DIFFERENT, "row 1, column 3"),
    ],
)
def test_tables_are_compared_cell_by_cell(tmp_path: Path, one: str, other: str, sameness: Sameness, place: str) -> None:
    """Ids must have the very same text, however near their numbers are."""
    found = compare(tmp_path, "rows.csv", one, other, 1e-3, "id")

    assert found.sameness is sameness
    assert found.spot is not None
    assert found.spot.place.startswith(place)


@pytest.mark.parametrize(
    ("column", "value", "sameness", "place"),
    [
        ("p", 0.50001, WITHIN, "byte"),
        ("p", 0.6, DIFFERENT, "row 2, column p"),
        ("id", 1.0001, DIFFERENT, "row 2, column id"),
        ("t", "x", DIFFERENT, "row 2, column t"),
    ],
)
def test_parquet_is_compared_value_by_value(
    tmp_path: Path, column: str, value: object, sameness: Sameness, place: str
) -> None:
    """The first column and row that differ; Parquet files differ in many bytes when one float does."""
    rows: dict[str, list[object]] = {"id": [0.0, 1.0, 2.0], "p": [0.1, 0.5, 0.9], "t": ["a", "b", "c"]}
    one, other = tmp_path / "one", tmp_path / "other"
    pl.DataFrame(rows).write_parquet(one)
    pl.DataFrame(rows | {column: [rows[column][0], value, rows[column][2]]}).write_parquet(other)

    found = compare_files(one, other, shown="rows.parquet", tolerance=1e-3, exact=frozenset({"id"}))

    assert found.sameness is sameness
    assert found.spot is not None
    assert found.spot.place.startswith(place)


def test_parquet_with_another_header_or_length_is_different(tmp_path: Path) -> None:
    """What cannot be compared row by row is said as a whole."""
    files = [tmp_path / str(number) for number in range(3)]
    for file, rows in zip(files, ({"a": [1.0]}, {"b": [1.0]}, {"a": [1.0, 2.0]}), strict=True):
        pl.DataFrame(rows).write_parquet(file)

    places = [
        spot.place
        for other in files[1:]
        if (spot := compare_files(files[0], other, shown="x.parquet", tolerance=1.0).spot) is not None
    ]

    assert places == ["columns", "number of rows"]


def test_damaged_table_is_compared_by_bytes(tmp_path: Path) -> None:
    """What a tolerance means there is unknown, and unknown is no pass."""
    found = compare(tmp_path, "rows.parquet", b"PAR1 half", b"PAR1 hall", 9.0)

    assert found.sameness is DIFFERENT
    assert found.spot is not None
    assert found.spot.place == "byte 8"


def test_json_lines_are_compared_object_by_object(tmp_path: Path) -> None:
    """Each line is an object of its own."""
    one = "".join(json.dumps({"p": 0.1 * number}) + "\n" for number in range(3))

    assert compare(tmp_path, "r.jsonl", one, one.replace("0.1}", "0.1000001}"), 1e-3).sameness is WITHIN
    found = compare(tmp_path, "r.jsonl", one, one.replace("0.1}", "0.7}"), 1e-3)
    assert found.spot == Spot(place="key [1].p", first="0.1", second="0.7")


@pytest.mark.parametrize(
    ("one", "other", "clue"),
    [
        ('{"at": "2026-11-24T22:00:01Z"}', '{"at": "2026-11-24T22:00:02Z"}', Clue.TIME),
        ('{"at": 1795559113.48}', '{"at": 1795559114.9}', Clue.TIME),
        ("took 22:00:01", "took 22:00:03", Clue.TIME),
        ('["b", "a"]', '["a", "b"]', Clue.ORDER),
        ("x,1\ny,2\n", "y,2\nx,1\n", Clue.ORDER),
        ("run 123e4567-e89b-12d3-a456-426614174000", "run 123e4567-e89b-12d3-a456-426614174001", Clue.IDENTIFIER),
        ("<Model at 0x7f0c12ab>", "<Model at 0x7f0c99ab>", Clue.IDENTIFIER),
        ("loss 0.123456789", "loss 0.123456780", Clue.ROUNDING),
        ("loss 0.1", "loss 0.9", Clue.RANDOM),
        ("\x1f\x8b\x08a", "\x1f\x8b\x08b", Clue.ARCHIVE),
        ("a", "b", Clue.RANDOM),
    ],
)
def test_difference_is_recognised(one: str, other: str, clue: Clue) -> None:
    """The likeliest cause comes first."""
    assert clues(one.encode("latin-1"), other.encode("latin-1"))[0] is clue


def test_nothing_but_floats_may_be_near(tmp_path: Path) -> None:
    """The relative tolerance is also the absolute one, as for values near zero."""
    assert close(1e-12, 0.0, 1e-9)
    assert close(1000.0, 1000.5, 1e-3)
    assert not close(1000, 1001, 1.0)
    assert not close("1.0", "1.0001", 1.0)
