"""Timings files: what is read from three formats, and every way in which a file is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import polars as pl
import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence import timings
from seatrial.evidence.timing_records import Requests
from seatrial.evidence.timings import read_timings

_FULL = """\
order,model,request,kind,ok,ms
3,candidate,b,warm,true,12.5
1,candidate,a,warm,false,3
2,baseline,a,warm,TRUE,1e1
4,baseline,b,warm,True,11
0,candidate,a,cold,true,950
5,candidate,a,cold,false,20
"""


def written(tmp_path: Path, name: str, data: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refusals(path: Path) -> list[str]:
    """The problems that reading this file gives; every one names the file and a next step."""
    with pytest.raises(EvidenceError) as caught:
        read_timings(path, shown=f"out/{path.name}")
    for problem in caught.value.problems:
        assert str(problem).startswith(f"out/{path.name}")
        assert problem.next_step
    return [str(problem).removeprefix(f"out/{path.name}") for problem in caught.value.problems]


def test_requests_are_put_in_order_by_model(tmp_path: Path) -> None:
    """Warm and cold ones apart; a cold start that failed never ended; a failed request keeps its time."""
    path = written(tmp_path, "t.csv", _FULL)
    read = read_timings(path, shown="t.csv", action="b3:aa", stage="serve")

    assert read.candidate == Requests(
        order=(1, 3), ms=(3.0, 12.5), ok=(False, True), request=("a", "b"), cold_ms=(950.0, math.inf)
    )
    assert read.baseline == Requests(order=(2, 4), ms=(10.0, 11.0), ok=(True, True), request=("a", "b"))
    assert read.candidate.waits == (math.inf, 12.5)
    assert read.candidate.failed == 2
    assert (read.source.path, read.source.digest) == ("t.csv", digest.of_file(path))
    assert (read.source.action, read.source.stage) == ("b3:aa", "serve")


def test_three_formats_tell_the_same(tmp_path: Path) -> None:
    rows = [
        {
            "order": order,
            "ms": order / 4,
            "model": ("candidate", "baseline")[order % 2],
            "ok": order != 3,
            "kind": "warm",
        }
        for order in range(6)
    ]
    frame = pl.DataFrame(rows)
    frame.write_csv(tmp_path / "t.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    written(tmp_path, "t.jsonl", "\n".join(json.dumps(row) for row in rows))
    read = [read_timings(tmp_path / f"t.{suffix}") for suffix in ("csv", "parquet", "jsonl")]

    assert read[0].candidate == read[1].candidate == read[2].candidate
    assert read[0].baseline == read[1].baseline == read[2].baseline
    assert read[0].candidate.ms == (0.0, 0.5, 1.0)


def test_two_columns_are_enough(tmp_path: Path) -> None:
    """All rows are then warm, answered, the candidate's, and requests are not told apart."""
    read = read_timings(written(tmp_path, "t.csv", "ms,order\n5,1\n6,2\n"))

    assert read.candidate == Requests(order=(1, 2), ms=(5.0, 6.0), ok=(True, True))
    assert read.baseline is None


def test_numbers_of_other_types_are_the_same_numbers(tmp_path: Path) -> None:
    """A place that a data frame has made a float, a request that is a whole number."""
    read = read_timings(written(tmp_path, "t.jsonl", '{"order": 7.0, "ms": 5, "request": 12}'))

    assert (read.candidate.order, read.candidate.ms, read.candidate.request) == ((7,), (5.0,), ("12",))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("x,5,true,warm,a", ":2 order: `order` is not a whole number in line 2"),
        ("1.5,5,true,warm,a", ":2 order: `order` is not a whole number in line 2"),
        (",5,true,warm,a", ":2 order: `order` is empty in line 2"),
        ("1,nan,true,warm,a", ":2 ms: `ms` is not a number in line 2"),
        ("1,1e999,true,warm,a", ":2 ms: `ms` is NaN or infinite in line 2"),
        ("1,-0.1,true,warm,a", ":2 ms: `ms` is below 0 in line 2"),
        ("1,5ms,true,warm,a", ":2 ms: `ms` is not a number in line 2"),
        ("1,1_000,true,warm,a", ":2 ms: `ms` is not a number in line 2"),
        ("1,,true,warm,a", ":2 ms: `ms` is empty in line 2"),
        ("1,5,yes,warm,a", ":2 ok: `ok` is neither true nor false in line 2"),
        ("1,5,1,warm,a", ":2 ok: `ok` is neither true nor false in line 2"),
        ("1,5,true,hot,a", ":2 kind: `kind` is neither warm nor cold in line 2"),
        ("1,5,true,,a", ":2 kind: `kind` is empty in line 2"),
        ("1,5,true,warm,", ":2 request: `request` is empty in line 2"),
    ],
)
def test_a_cell_that_is_not_what_its_column_says_is_named(tmp_path: Path, row: str, expected: str) -> None:
    path = written(tmp_path, "t.csv", f"order,ms,ok,kind,request\n{row}\n2,5,true,warm,a\n")

    assert refusals(path) == [expected]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ('{"order": true, "ms": 1}', "`order` is not a whole number"),
        ('{"order": 1, "ms": true}', "`ms` is not a number"),
        ('{"order": 1, "ms": "x"}', "`ms` is not a number"),
        ('{"order": 1, "ms": [1]}', "`ms` is not a number"),
        ('{"order": 1, "ms": ' + "9" * 309 + "}", "`ms` is NaN or infinite"),
        ('{"order": 1, "ms": null}', "`ms` is empty"),
        ('{"order": 1, "ms": 1, "request": true}', "`request` is neither text nor a whole number"),
        ('{"order": 1, "ms": 1, "request": null}', "`request` is empty"),
        ('{"order": 1, "ms": 1, "model": "production"}', "`model` is neither candidate nor baseline"),
    ],
)
def test_json_of_a_wrong_type_is_named(tmp_path: Path, row: str, expected: str) -> None:
    assert [line.partition(": ")[2] for line in refusals(written(tmp_path, "t.jsonl", row))] == [
        f"{expected} in line 1"
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Two columns with mistakes and a place taken twice: three problems, rows counted."""
    rows = "\n".join(["1,5", "x,6", "1,7", *(f"{order},-1" for order in range(10, 30))])
    found = refusals(written(tmp_path, "t.csv", f"order,ms\n{rows}\n"))

    assert found == [
        ":3 order: `order` is not a whole number in line 3",
        ":5 ms: `ms` is below 0 in 20 rows (lines 5, 6, 7, 8, 9, ...)",
        ":4 order: 1 row repeats a place in `order`: 1 in lines 2 and 4",
    ]


def test_a_place_is_taken_once_over_both_models(tmp_path: Path) -> None:
    """Two sequences that each begin at 1 do not tell who was asked when."""
    found = refusals(written(tmp_path, "t.csv", "order,ms,model\n1,5,candidate\n1,5,baseline\n"))

    assert found == [":3 order: 1 row repeats a place in `order`: 1 in lines 2 and 3"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("order,ms,modle", [":1 modle: a timings file has no column `modle`; the nearest is `model`"]),
        ("order,ms,success", [":1 success: a timings file has no column `success`"]),
        ("order,ms,OK", [":1 OK: a timings file has no column `OK`; the nearest is `ok`"]),
        ("order,ms,ms", [":1 ms: there are 2 columns named `ms`"]),
        ("ms", [":1 order: there is no column `order`"]),
        (
            "latency",
            [
                ":1 latency: a timings file has no column `latency`",
                ":1 order: there is no column `order`",
                ":1 ms: there is no column `ms`",
            ],
        ),
    ],
)
def test_columns_are_known_or_refused(tmp_path: Path, header: str, expected: list[str]) -> None:
    """An unread `success` would turn failures into fast answers."""
    row = ",".join("1" for _ in header.split(","))

    assert refusals(written(tmp_path, "t.csv", f"{header}\n{row}\n")) == expected


def test_columns_of_parquet_are_checked_too(tmp_path: Path) -> None:
    pl.DataFrame({"order": [1], "ms": [2.0], "status": [500]}).write_parquet(tmp_path / "t.parquet")

    assert refusals(tmp_path / "t.parquet") == [" status: a timings file has no column `status`"]


def test_rows_of_parquet_are_named_by_number(tmp_path: Path) -> None:
    pl.DataFrame({"order": [1, 2], "ms": [2.0, math.nan]}).write_parquet(tmp_path / "t.parquet")

    assert refusals(tmp_path / "t.parquet") == [" ms: `ms` is NaN or infinite in row 2"]


def test_lines_of_jsonl_have_the_keys_of_the_first(tmp_path: Path) -> None:
    """A key that comes later is refused, one that goes missing is an empty cell."""
    more = written(tmp_path, "more.jsonl", '{"order": 1, "ms": 2}\n{"order": 2, "ms": 2, "ok": false}\n')
    fewer = written(tmp_path, "fewer.jsonl", '{"order": 1, "ms": 2, "ok": true}\n\n{"order": 2, "ms": 2}\n')

    assert refusals(more) == [":2 ok: this line has `ok`, which the first line does not have"]
    assert refusals(fewer) == [":3 ok: `ok` is empty in line 3"]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("t.csv", "", ": this file is empty: it has not even a header"),
        ("t.csv", "order,ms\n", ": this table has no rows, so there is nothing to judge"),
        ("t.jsonl", "\n\n", ": this table has no rows, so there is nothing to judge"),
        ("t.jsonl", "[1]\n", ":1: this line is not a JSON object"),
        ("t.jsonl", '{"order": 1, "ms": NaN}\n', ":1:20 ms: NaN is not a JSON number"),
        ("t.csv", "order,ms\n1\n", ":2: this line has 1 field, the header has 2"),
        ("t.parquet", "PAR1", ": this is not a readable Parquet file"),
        ("t.parquet", "", ": this is not a readable Parquet file"),
        ("t.txt", "order,ms\n1,2\n", ": a timings file is told by its suffix, and this one has the suffix `.txt`"),
        ("t", "order,ms\n1,2\n", ": a timings file is told by its suffix, and this one has no suffix"),
        ("t.csv", "order,ms,model\n1,2,baseline\n", ": no request to the candidate is in this file"),
    ],
)
def test_files_that_are_none_are_refused(tmp_path: Path, name: str, data: str, expected: str) -> None:
    (found,) = refusals(written(tmp_path, name, data))

    assert found.startswith(expected)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusals(tmp_path / "t.csv") == [": there is no such file"]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_more_requests_than_the_cap_are_refused(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cap itself is read, one more is not."""
    monkeypatch.setattr(timings, "MAX_REQUESTS", 3)
    frame = pl.DataFrame({"order": range(4), "ms": [1.0] * 4})
    frame.head(3).write_csv(tmp_path / "fits.csv")
    frame.write_parquet(tmp_path / "t.parquet")
    frame.write_csv(tmp_path / "t.csv")

    assert read_timings(tmp_path / "fits.csv").candidate.n == 3
    assert refusals(tmp_path / f"t.{suffix}") == [": this table has more than 3 requests, the most that is read"]
