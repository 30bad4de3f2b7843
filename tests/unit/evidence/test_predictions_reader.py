"""Predictions files: what is read, and every way in which a file is refused."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from seatrial import digest
from seatrial.errors import EvidenceError, UsageError
from seatrial.evidence import parquet_table
from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.table_roles import RowFaults, roles_of


def refusal(path: Path, columns: Columns | None = None) -> EvidenceError:
    """The error that reading this file gives; every problem names the file and a next step."""
    with pytest.raises(EvidenceError) as caught:
        read_predictions(path, columns or Columns(), shown=f"out/{path.name}")
    for problem in caught.value.problems:
        assert str(problem).startswith(f"out/{path.name}")
        assert problem.next_step
    return caught.value


def written(tmp_path: Path, name: str, data: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def parquet(tmp_path: Path, **columns: object) -> Path:
    path = tmp_path / "rows.parquet"
    pl.DataFrame(columns).write_parquet(path)
    return path


def test_needed_columns_are_renamed_and_the_rest_dropped(tmp_path: Path) -> None:
    """The table has our names, text in canonical form, the score as a float."""
    path = written(tmp_path, "rows.csv", "extra,key,Y,P,S,size\nx,01,1.0,True,.5,big\n")
    columns = Columns(id="key", label="Y", prediction="P", score="S", groups=("size",))
    predictions = read_predictions(path, columns, shown="rows.csv", action="b3:aa", stage="evaluate")

    assert predictions.table.to_dicts() == [
        {"id": "01", "label": "1", "prediction": "true", "score": 0.5, "group:size": "big"}
    ]
    assert predictions.groups == ("size",)
    assert predictions.source.digest == digest.of_file(path)
    assert (predictions.source.path, predictions.source.action, predictions.source.stage) == (
        "rows.csv",
        "b3:aa",
        "evaluate",
    )


@pytest.mark.parametrize("name", ["rows.csv", "rows.CSV"])
def test_one_row_is_a_table(tmp_path: Path, name: str) -> None:
    """One row is few, but not nothing; byte order mark, CRLF and blank lines are no rows."""
    predictions = read_predictions(written(tmp_path, name, "\ufeffid,y,p\r\n\r\n1,a,b\r\n\r\n"), Columns())

    assert predictions.rows == 1


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ("id,Y,p\n1,a,b\n", ":1 y: ", "nearest one is `Y`"),
        ("id,truth,p\n1,a,b\n", ":1 y: ", "the columns are `id`, `truth`, `p`"),
        ("id,y,p,y\n1,a,b,c\n", ":1 y: ", "2 columns named `y`"),
        ("id,y,p\n", ": ", "no rows"),
        ("", ": ", "empty"),
        ("\n\n", ": ", "empty"),
        ("id,y,p\n1,a,b\n2,a\n", ":3: ", "2 fields, the header has 3"),
        ("id,y,p\n1,a,b,c\n", ":2: ", "4 fields"),
        ('id,y,p\n1,"a,b\n', ":2: ", "not valid CSV"),
        ("id,y,p\n,a,b\n", ":2 id: ", "is empty in line 2"),
        ("id,y,p\n1,,b\n", ":2 y: ", "is empty in line 2"),
        ('id,y,p\n1,a,""\n', ":2 p: ", "is empty in line 2"),
        ("id,y,p\n1,a,nan\n", ":2 p: ", "is NaN or infinite in line 2"),
        ("id,y,p\n1,-Inf,a\n", ":2 y: ", "is NaN or infinite in line 2"),
        ('id,y,p\n1,"a\nb",b\n2,a,b\n1,a,b\n', ":5 id: ", "'1' in lines 2, 5"),
        ("id,y,p\n1,a,b\n1.0,a,b\n", ":3 id: ", "'1' in lines 2, 3"),
        (b"id,y,p\n1,\xe9,b\n", ":2:3: ", "not UTF-8"),
    ],
)
def test_bad_csv_is_refused_with_its_line(tmp_path: Path, data: str | bytes, where: str, message: str) -> None:
    """Each kind of bad CSV names the line and the column."""
    problem = str(refusal(written(tmp_path, "rows.csv", data)).problems[0])

    assert problem.startswith(f"out/rows.csv{where}")
    assert message in problem


@pytest.mark.parametrize(
    ("data", "where", "message"),
    [
        ('{"id": 1, "y": 1, "p": 1}\n{"id": 2,\n', ":2:10: ", "in double quotes is expected"),
        ('{"id": 1, "y": 1, "p": NaN}\n', ":1:24 p: ", "NaN"),
        ('{"id": 1, "id": 2, "y": 1, "p": 1}\n', ":1:11 id: ", "twice"),
        ("[1]\n", ":1: ", "not a JSON object"),
        ("", ": ", "no rows"),
        ('{"id": 1, "y": 1}\n', " p: ", "no column `p`"),
        ('{"id": 1, "y": 1, "p": 1}\n\n{"id": 2, "y": 1}\n', ":3 p: ", "is empty in line 3"),
        ('{"id": 1, "y": null, "p": 1}\n', ":1 y: ", "is empty in line 1"),
        ('{"id": "", "y": 1, "p": 1}\n', ":1 id: ", "is empty in line 1"),
        ('{"id": 1, "y": [1], "p": 1}\n', ":1 y: ", "a list or an object"),
        ('{"id": 1e17, "y": 1, "p": 1}\n', ":1 id: ", "too large to be exact"),
        ('{"id": 1, "y": 1, "p": 1}\n{"id": "1", "y": 1, "p": 1}\n', ":2 id: ", "'1' in lines 1, 2"),
    ],
)
def test_bad_jsonl_is_refused_with_its_line(tmp_path: Path, data: str, where: str, message: str) -> None:
    """Each kind of bad JSONL names the line, and the key where there is one."""
    problem = str(refusal(written(tmp_path, "rows.jsonl", data)).problems[0])

    assert problem.startswith(f"out/rows.jsonl{where}")
    assert message in problem


@pytest.mark.parametrize(
    ("columns", "where", "message"),
    [
        ({"id": [1], "label": ["a"], "p": ["a"]}, " y: ", "the columns are `id`, `label`, `p`"),
        ({"id": [], "y": [], "p": []}, ": ", "no rows"),
        ({"id": [7, 7], "y": [1, 1], "p": [1, 1]}, " id: ", "'7' in rows 1, 2"),
        ({"id": [1, None], "y": [1, 1], "p": [1, 1]}, " id: ", "is empty in row 2"),
        ({"id": [1, 2], "y": [1, None], "p": [1, 1]}, " y: ", "is empty in row 2"),
        ({"id": [1, 2], "y": ["a", "b"], "p": ["", "a"]}, " p: ", "is empty in row 1"),
        ({"id": [1, 2], "y": [1, 1], "p": [float("nan"), 1.0]}, " p: ", "is NaN or infinite in row 1"),
        ({"id": [1e17, 2.0], "y": [1, 1], "p": [1, 1]}, " id: ", "too large to be exact"),
        ({"id": [1], "y": [[1]], "p": [1]}, " y: ", "type List(Int64)"),
        ({"id": [b"1"], "y": [1], "p": [1]}, " id: ", "type Binary"),
    ],
)
def test_bad_parquet_is_refused_with_its_row(
    tmp_path: Path, columns: dict[str, list[object]], where: str, message: str
) -> None:
    """Each kind of bad table names the column, and the row where there is one."""
    problem = str(refusal(parquet(tmp_path, **columns)).problems[0])

    assert problem.startswith(f"out/rows.parquet{where}")
    assert message in problem


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "it is empty"),
        (b"id,y,p\n1,a,b\n", "does not begin like one"),
        (b"PAR1" + bytes(100), "cut off"),
        (b"PAR1" + bytes(range(100)) + b"PAR1", "decoding it failed"),
    ],
)
def test_damaged_parquet_is_refused(tmp_path: Path, data: bytes, message: str) -> None:
    """What is no Parquet file is called so, with the reason."""
    error = refusal(written(tmp_path, "rows.parquet", data))

    assert message in str(error.problems[0])


def test_large_parquet_is_read_by_column_and_digested(tmp_path: Path) -> None:
    """The way that large files take gives the same table and digest as the small one's."""
    path = parquet(tmp_path, id=[1, 2], y=["a", "b"], p=["a", "a"], embedding=[[0.1], [0.2]])
    roles = roles_of(Columns())
    small = parquet_table.read_parquet_table(path, roles, file="x", limit=10**6, faults=RowFaults("x"))
    large = parquet_table.read_parquet_table(path, roles, file="x", limit=10**6, faults=RowFaults("x"), in_memory=0)

    assert large[0].frame.equals(small[0].frame)
    assert large[1] == small[1] == digest.of_file(path)


@pytest.mark.parametrize("suffix", [".txt", "", ".json", ".parquet.gz"])
def test_unknown_suffix_names_the_three(tmp_path: Path, suffix: str) -> None:
    """The format is told by the suffix, never guessed."""
    error = refusal(written(tmp_path, f"rows{suffix}", "id,y,p\n1,a,b\n"))

    assert all(known in (error.next_step or "") for known in (".parquet", ".csv", ".jsonl"))


@pytest.mark.parametrize(
    ("cell", "message"),
    [("x", "is not a number"), ("nan", "is NaN or infinite"), ("1e999", "is NaN or infinite"), ("", "is empty")],
)
def test_a_score_must_be_a_finite_number(tmp_path: Path, cell: str, message: str) -> None:
    """The score, where one is declared, is refused by line in CSV."""
    error = refusal(written(tmp_path, "rows.csv", f"id,y,p,s\n1,a,b,1\n2,a,b,{cell}\n"), Columns(score="s"))

    assert [str(problem) for problem in error.problems] == [f"out/rows.csv:3 s: `s` {message} in line 3"]


@pytest.mark.parametrize(
    ("value", "kind"), [('"1"', "text"), ("true", "a truth value"), ("1" + "0" * 308, "too large")]
)
def test_a_json_score_is_a_number_already(tmp_path: Path, value: str, kind: str) -> None:
    """JSON can tell a number from text, so a score in quotes is a mistake."""
    data = f'{{"id": 1, "y": 1, "p": 1, "s": {value if kind != "too large" else "9" + value[1:]}}}\n'
    error = refusal(written(tmp_path, "rows.jsonl", data), Columns(score="s"))

    assert "`s` is not a number in line 1" in str(error.problems[0])


def test_a_parquet_score_of_text_is_refused(tmp_path: Path) -> None:
    """The type of the column is named."""
    error = refusal(parquet(tmp_path, id=[1], y=[1], p=[1], s=["0.5"]), Columns(score="s"))

    assert "`s` has the type String" in str(error.problems[0])


def test_an_empty_group_is_refused(tmp_path: Path) -> None:
    """Rows without a group would vanish from every slice."""
    error = refusal(written(tmp_path, "rows.csv", "id,y,p,g\n1,a,b,\n"), Columns(groups=("g",)))

    assert str(error.problems[0]) == "out/rows.csv:2 g: `g` is empty in line 2"
    assert "unknown" in (error.next_step or "")


def test_many_bad_rows_make_one_sentence_each(tmp_path: Path) -> None:
    """A thousand empty labels and NaN predictions are two problems, with a count and the first rows."""
    rows = "".join(f"{number},,nan\n" for number in range(1000))
    error = refusal(written(tmp_path, "rows.csv", f"id,y,p\n{rows}"))

    assert [problem.message for problem in error.problems] == [
        "`y` is empty in 1000 rows (lines 2, 3, 4, 5, 6, ...)",
        "`p` is NaN or infinite in 1000 rows (lines 2, 3, 4, 5, 6, ...)",
    ]


def test_only_the_first_repeated_ids_are_named(tmp_path: Path) -> None:
    """A file written twice over names five ids and counts the rest."""
    rows = "".join(f"{number},a,b\n" for number in range(100)) * 2
    error = refusal(written(tmp_path, "rows.csv", f"id,y,p\n{rows}"))

    assert "100 ids appear more than once in `id`: '0' in lines 2, 102; " in str(error.problems[0])
    assert str(error.problems[0]).endswith("; ...")


def test_label_and_prediction_must_be_two_columns(tmp_path: Path) -> None:
    """A label compared with itself would always be right."""
    with pytest.raises(UsageError, match="three different columns") as caught:
        read_predictions(tmp_path / "rows.csv", Columns(label="y", prediction="y"))

    assert caught.value.next_step


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_says_so(tmp_path: Path) -> None:
    """A file without read permission is the user's to mend."""
    path = written(tmp_path, "rows.csv", "id,y,p\n1,a,b\n")
    path.chmod(0)

    assert "cannot be opened" in str(refusal(path).problems[0])


def test_a_cell_may_be_as_long_as_its_file(tmp_path: Path) -> None:
    """In a column that is read, and in one that is not: Python's own reader ends at 131,072 characters."""
    long = "x" * 300_000
    path = written(tmp_path, "long.csv", f'id,y,p,note\n1,a,{long},"{long}\n{long}"\n2,b,b,\n')

    rows = read_predictions(path, Columns())

    assert rows.table["prediction"].to_list() == [long, "b"]
