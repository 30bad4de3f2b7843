"""Example rows: the right ones, across files, with nothing in them that must not be shown."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from seatrial.data.contract.examples import example_rows, visible
from seatrial.data.reading.opening import open_dataset


def test_rows_are_found_across_files_and_masked(tmp_path: Path) -> None:
    for name, start in (("a", 0), ("b", 3)):
        values = list(range(start, start + 3))
        people = [{"mail": f"p{value}@x.org"} for value in values]
        frame = pl.DataFrame({"n": values, "secret": values, "who": people, "tags": [[value, 7] for value in values]})
        frame.write_parquet(tmp_path / f"{name}.parquet")

    rows = example_rows(open_dataset(tmp_path), [4, 1, 4], sensitive={"secret", "who"})

    assert [dict(row) for row in rows] == [
        {"row": "1", "n": "1", "secret": "***", "who.mail": "***", "tags": "[1, 7]"},
        {"row": "4", "n": "4", "secret": "***", "who.mail": "***", "tags": "[4, 7]"},
    ]
    masked = example_rows(open_dataset(tmp_path), [0], sensitive={"tags[]"}, columns=["tags"])
    assert masked == ({"row": "0", "tags": "***"},)


def test_at_most_twenty_rows_are_shown(tmp_path: Path) -> None:
    pl.DataFrame({"n": range(100)}).write_parquet(tmp_path / "a.parquet")

    rows = example_rows(open_dataset(tmp_path), range(100))

    assert [row["row"] for row in rows] == [str(number) for number in range(20)]


def test_a_value_is_one_short_line_that_hides_nothing() -> None:
    assert visible("a\x1b[31m\n|b\u202e") == "a\\x1b[31m\\n|b\\u202e"
    assert visible("x" * 500) == "x" * 77 + "..."
    assert visible(None) == ""
    assert visible(True) == "true"
    assert visible(b"abc") == "3 bytes"
    assert len(visible(["y" * 50] * 20)) == 80
