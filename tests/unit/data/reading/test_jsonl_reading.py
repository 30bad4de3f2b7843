"""JSONL as a dataset: one schema for all lines, and the line of whatever is no JSON object."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from seatrial.data.columns import Kind
from seatrial.data.reading.batches import batches, leaf, row_count
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.errors import EvidenceError

Opened = Callable[..., Dataset]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    def write_and_open(data: bytes | str) -> Dataset:
        (tmp_path / "x.jsonl").write_bytes(data.encode() if isinstance(data, str) else data)
        return open_dataset(tmp_path / "x.jsonl", shown="x.jsonl")

    return write_and_open


def rows(dataset: Dataset) -> list[tuple[object, ...]]:
    return [row for part in dataset.partitions for frame in batches(dataset, part) for row in frame.rows()]


def kinds(dataset: Dataset) -> dict[str, tuple[Kind, str]]:
    return {column.name: (column.kind, column.dtype) for column in dataset.columns}


def test_a_key_that_is_missing_is_null_wherever_it_first_appears(opened: Opened) -> None:
    dataset = opened('{"a":1}\n' * 3000 + '{"b":"x"}\n')

    assert rows(dataset)[-1] == (None, "x")
    assert rows(dataset)[0] == (1, None)


def test_whole_numbers_beside_fractions_are_floats(opened: Opened) -> None:
    dataset = opened('{"a":1}\n{"a":2.5}\n')

    assert kinds(dataset) == {"a": (Kind.NUMBER, "Float64")}
    assert rows(dataset) == [(1.0,), (2.5,)]


def test_numbers_beside_texts_are_text_and_the_line_is_told(opened: Opened) -> None:
    dataset = opened('{"a":1}\n\n{"a":2}\n{"a":"x"}\n')

    assert kinds(dataset)["a"][0] is Kind.TEXT
    assert dataset.notes == ("x.jsonl:4: `a` is read as text: it holds a text here, a number before",)


def test_texts_of_digits_are_texts_without_a_note(opened: Opened) -> None:
    assert opened('{"a":"1"}\n{"a":"2"}\n').notes == ()


def test_iso_texts_are_times_unless_one_of_them_is_not(opened: Opened) -> None:
    assert rows(opened('{"t":"2026-01-02"}\n{"t":null}\n')) == [(dt.date(2026, 1, 2),), (None,)]
    spoilt = opened('{"t":"2026-01-02"}\n\n{"t":"soon"}\n{"t":"2026-01-02"}\n')
    assert kinds(spoilt)["t"][0] is Kind.TEXT
    assert spoilt.notes[0].startswith("x.jsonl:3: `t`")


@pytest.mark.parametrize(
    ("text", "kind"),
    [("9223372036854775807", "Int64"), ("-9223372036854775808", "Int64"), ("9223372036854775808", "UInt64")],
)
def test_whole_numbers_of_64_bits_are_exact(opened: Opened, text: str, kind: str) -> None:
    dataset = opened(f'{{"a":{text}}}\n')

    assert kinds(dataset)["a"][1] == kind
    assert rows(dataset) == [(int(text),)]


def test_nested_objects_are_laid_flat_and_lists_have_leaves(opened: Opened) -> None:
    dataset = opened(
        '{"home":{"city":"Oslo"},"items":[{"price":1,"x.y":"q"},{"price":2.5}],"tags":["a","b"]}\n'
        '{"home":null,"items":[],"tags":null}\n{"items":[{"price":3}]}\n'
    )

    assert list(kinds(dataset)) == ["home.city", "items[].price", "items[].x\\.y", "items[#]", "tags[]", "tags[#]"]
    frame = next(batches(dataset, dataset.partitions[0]))
    leaves = {column.name: leaf(frame, column).to_list() for column in dataset.columns}
    assert leaves == {
        "home.city": ["Oslo", None, None],
        "items[].price": [1.0, 2.5, 3.0],
        "items[].x\\.y": ["q", None, None],
        "items[#]": [2, 0, 1],
        "tags[]": ["a", "b"],
        "tags[#]": [2, None, None],
    }


@pytest.mark.parametrize(
    ("data", "line", "says"),
    [
        (b'{"a":1}\n{"a":\n{"a":3}\n', 2, "not valid JSON"),
        (b'{"a":1}\n\n5\n', 3, "holds a number, not an object"),
        (b'{"a":1}\n[1]\n', 2, "holds a list, not an object"),
        (b'{"a":1}\n{"a":NaN}\n', 2, "not valid JSON"),
        (b'{"a":1}\n{"a":{"b":1}}\n', 2, "an object here and a single value on line 1"),
        (b'{"a":1}\n{"a":1,"b":2,"a":3}\n', 2, "the key `a` stands twice"),
        (b'\xef\xbb\xbf{"a":1}\n', 1, "byte order mark"),
        ('{"a":1}\n{"a":"é"}\n'.encode("cp1252"), 2, "cp1252"),
    ],
)
def test_whatever_is_no_object_is_refused_with_its_line(opened: Opened, data: bytes, line: int, says: str) -> None:
    with pytest.raises(EvidenceError) as caught:
        opened(data)
    problem = caught.value.problems[0]

    assert says in problem.message
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("x.jsonl", line)
    assert problem.next_step


@pytest.mark.parametrize("data", [b"", b"\n\n", b"{}\n{}\n"])
def test_a_file_without_any_key_is_refused(opened: Opened, data: bytes) -> None:
    with pytest.raises(EvidenceError):
        opened(data)


def test_rows_are_lines_that_hold_something(opened: Opened) -> None:
    assert row_count(opened('{"a":1}\n\n{"a":2}\n  \n').partitions[0]) == 2
