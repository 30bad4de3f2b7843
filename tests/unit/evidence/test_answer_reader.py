"""Answers to test cases: what is read, and what is refused rather than filled in."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seatrial import digest
from seatrial.errors import EvidenceError
from seatrial.evidence.answers import read_answers
from seatrial.evidence.case_records import Answer, Answers
from seatrial.evidence.predicted_answers import answers_from
from seatrial.evidence.records import Predictions, Source


def read(tmp_path: Path, name: str, text: str) -> Answers:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_answers(path, shown=name, action="b3:a", stage="ask")


def test_answers_keep_their_text_and_what_a_stage_said_of_them(tmp_path: Path) -> None:
    """Numbers and truth values become canonical text, lists and objects JSON with sorted keys."""
    answers = read(
        tmp_path,
        "a.jsonl",
        '{"id": 1, "answer": "caf\\u00e9\\n", "score": 0.5, "passed": true}\n'
        '{"id": "two", "answer": 1.0, "score": "3", "passed": "FALSE"}\n'
        '{"id": "three", "answer": {"b": [true, null], "a": "\\u00fc"}}\n'
        '{"id": "four", "answer": ""}\n',
    )

    assert answers.by_case == {
        "1": (Answer(text="café\n", score=0.5, passed=True),),
        "two": (Answer(text="1", score=3.0, passed=False),),
        "three": (Answer(text='{"a": "ü", "b": [true, null]}'),),
        "four": (Answer(text=""),),
    }
    assert (answers.repeats, answers.partial) == (1, False)
    assert (answers.source.path, answers.source.action, answers.source.stage) == ("a.jsonl", "b3:a", "ask")
    assert answers.source.digest == digest.of_file(tmp_path / "a.jsonl")


def test_repeats_are_ordered_by_their_number_not_by_their_row(tmp_path: Path) -> None:
    """The rows of a file may stand in any order."""
    answers = read(tmp_path, "a.csv", "id,answer,repeat\na,third,3\nb,x,1\na,first,1\na,second,2\nb,y,2\nb,z,3\n")

    assert [answer.text for answer in answers.by_case["a"]] == ["first", "second", "third"]
    assert answers.repeats == 3


def test_formats_agree(tmp_path: Path) -> None:
    """The same answers from CSV, JSONL and Parquet are the same records."""
    pl.DataFrame(
        {"id": ["1", "b"], "answer": ["2", "yes"], "score": [0.5, 1.0], "passed": [True, False]}
    ).write_parquet(tmp_path / "a.parquet")
    from_parquet = read_answers(tmp_path / "a.parquet").by_case
    from_csv = read(tmp_path, "a.csv", "id,answer,score,passed\n1.0,2.0,.5,True\nb,yes,1,0\n").by_case
    from_jsonl = read(
        tmp_path,
        "a.jsonl",
        '{"id":1,"answer":2,"score":0.5,"passed":true}\n{"id":"b","answer":"yes","score":1,"passed":false}\n',
    ).by_case

    assert from_csv == from_jsonl == from_parquet


def test_a_column_of_lists_in_parquet_is_an_answer_in_json(tmp_path: Path) -> None:
    """A model may well answer with a list."""
    pl.DataFrame({"id": ["a"], "answer": [[1, 2]]}).write_parquet(tmp_path / "a.parquet")

    assert read_answers(tmp_path / "a.parquet").by_case["a"][0].text == "[1, 2]"


@pytest.mark.parametrize(
    ("name", "text", "where", "message"),
    [
        ("a.csv", "", "a.csv: ", "this file is empty"),
        ("a.csv", "id,answer\n", "a.csv: ", "holds no answers"),
        ("a.jsonl", "\n", "a.jsonl: ", "holds no answers"),
        ("a.json", "[]", "a.json: ", "told by its suffix"),
        ("a.csv", "id,anwser\na,b\n", "a.csv:1 answer: ", "there is no column `answer`"),
        ("a.csv", "id,answer,passd\na,b,true\n", "a.csv passd: ", "is not one that is read"),
        ("a.csv", "id,answer,id\na,b,c\n", "a.csv:1 id: ", "several columns named `id`"),
        ("a.csv", "id,answer\n,b\n", "a.csv:2 id: ", "`id` is empty"),
        ("a.csv", "id,answer\na,\n", "a.csv:2 answer: ", "`answer` is empty"),
        ("a.jsonl", '{"id": "a", "answer": null}\n', "a.jsonl:1 answer: ", "`answer` is empty"),
        ("a.jsonl", '{"id": "a"}\n{"id": "b", "answer": 1}\n', "a.jsonl:1 answer: ", "`answer` is empty"),
        ("a.jsonl", '{"id": " ", "answer": "x"}\n', "a.jsonl:1 id: ", "`id` is empty"),
        ("a.jsonl", '{"id": "a", "answer": 1e300}\n', "a.jsonl:1 answer: ", "too large to be exact"),
        ("a.jsonl", '{"id": "a", "answer": 1, "score": "nan"}\n', "a.jsonl:1 score: ", "must be a number"),
        ("a.jsonl", '{"id": "a", "answer": 1, "score": true}\n', "a.jsonl:1 score: ", "must be a number"),
        ("a.jsonl", '{"id": "a", "answer": 1, "score": "1_000"}\n', "a.jsonl:1 score: ", "must be a number"),
        ("a.jsonl", '{"id": "a", "answer": 1, "passed": "ok"}\n', "a.jsonl:1 passed: ", "must be true or false"),
        ("a.csv", "id,answer\na,x\nb,y\na,z\n", "a.csv:4 id: ", "'a' is answered twice; first in line 2"),
        ("a.csv", "id,answer,repeat\na,x,1\na,y,1\n", "a.csv:3 id: ", "(repeat 1) is answered twice"),
        ("a.csv", "id,answer,repeat\na,x,one\n", "a.csv:2 repeat: ", "must be a whole number"),
        ("a.csv", "id,answer,repeat\na,x,1.5\n", "a.csv:2 repeat: ", "must be a whole number"),
        ("a.csv", "id,answer,repeat\na,x,\n", "a.csv:2 repeat: ", "must be a whole number"),
        ("a.csv", "id,answer,repeat\na,x,1\na,x,2\nb,x,1\nc,x,1\nc,x,2\n", "a.csv repeat: ", "1 have others: 'b'"),
        ("a.csv", "id,answer,repeat\na,x,1\na,x,2\nb,x,1\nb,x,3\n", "a.csv repeat: ", "1 have others: 'b'"),
    ],
)
def test_what_cannot_be_an_answer_is_refused(tmp_path: Path, name: str, text: str, where: str, message: str) -> None:
    """A file with a gap is never read as a file without one."""
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, name, text)

    assert any(str(each).startswith(where) and message in each.message for each in caught.value.problems), [
        str(each) for each in caught.value.problems
    ]
    assert all(problem.next_step for problem in caught.value.problems)


def test_all_mistakes_are_told_at_once_and_many_are_counted(tmp_path: Path) -> None:
    """The first few dozen by name, the rest as a number."""
    rows = "".join(f"{at},\n" for at in range(70))
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, "a.csv", f"id,answer\n{rows}")

    assert len(caught.value.problems) == 51
    assert caught.value.problems[-1].message == "and 20 more mistakes"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.parquet", b"", "not a readable Parquet file"),
        ("a.parquet", b"PAR1" + b"x" * 40 + b"PAR1", "not a readable Parquet file"),
        ("a.csv", b"id,answer\na,\xff\n", "not UTF-8 text"),
        ("a.csv", b'id,answer\na,"b\n', "not valid CSV"),
        ("a.jsonl", b'\xef\xbb\xbf{"id": "a", "answer": 1}\n', "byte order mark"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    """Whatever is wrong with the bytes is told as such."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(EvidenceError, match=message):
        read_answers(tmp_path / name)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A path that leads nowhere, and one that leads to a folder."""
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(EvidenceError, match="there is no such file"):
        read_answers(tmp_path / "none.csv")
    with pytest.raises(EvidenceError, match="not a plain file"):
        read_answers(tmp_path / "folder.csv")


def test_a_nan_in_parquet_is_no_score_and_no_answer(tmp_path: Path) -> None:
    """Parquet can hold what JSON cannot."""
    pl.DataFrame({"id": ["a"], "answer": [float("nan")], "score": [float("inf")]}).write_parquet(tmp_path / "a.parquet")
    with pytest.raises(EvidenceError) as caught:
        read_answers(tmp_path / "a.parquet", shown="a.parquet")

    assert [problem.message for problem in caught.value.problems] == [
        "`answer` is NaN or infinite",
        "`score` must be a number, and is inf",
    ]


def test_predictions_are_answers_for_the_ids_that_are_asked() -> None:
    """A million rows are not looked at for a dozen cases; ids that are not there are left out."""
    table = pl.DataFrame({"id": ["a", "b", "c"], "prediction": ["1", "0", "1"], "score": [0.1, 0.2, 0.3]})
    predictions = Predictions(source=Source(path="p.csv", digest="b3:p"), table=table)
    answers = answers_from(predictions, {"c", "a", "z"})

    assert answers.by_case == {"a": (Answer(text="1", score=0.1),), "c": (Answer(text="1", score=0.3),)}
    assert (answers.partial, answers.repeats, answers.source.digest) == (True, 1, "b3:p")


def test_a_csv_answer_may_be_long(tmp_path: Path) -> None:
    """As in JSONL: a file has a greatest size, and its answers none of their own."""
    path = tmp_path / "answers.csv"
    path.write_text(f"id,answer\none,{'x' * 300_000}\n", encoding="utf-8")

    assert len(read_answers(path).by_case["one"][0].text) == 300_000
