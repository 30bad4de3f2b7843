"""Predictions that are read in pieces: the same rows are refused in the same words as in a table, wherever they lie."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from seatrial import digest
from seatrial.errors import EvidenceError, OutsideError, Problem, SeatrialError, UsageError
from seatrial.evidence.large import names
from seatrial.evidence.large_rows import Limits, read_rows
from seatrial.evidence.pairing import sample_of
from seatrial.evidence.policy import Columns
from seatrial.evidence.records import LargePredictions, Predictions, pieces_of
from tests.support.large_models import shuffled

_LIMITS = Limits(large_from=1, piece_rows=7, part_rows=11)
_COLUMNS = Columns(score="s", values=("v",), groups=("g",))
_N = 60


def _frame(**columns: Any) -> pl.DataFrame:
    """A table without mistakes, but for the columns that are given."""
    return pl.DataFrame(
        {
            "id": [f"row-{(at * 37) % _N:03d}" for at in range(_N)],
            "y": ["cat", "dog", "1.0"] * (_N // 3),
            "p": ["cat", "cat", "1"] * (_N // 3),
            "s": [at / _N for at in range(_N)],
            "v": [float(at) for at in range(_N)],
            "g": ["north", "south"] * (_N // 2),
        }
    ).with_columns(**{name: pl.Series(values) for name, values in columns.items()})


def _put(values: list[Any], at: dict[int, Any]) -> list[Any]:
    return [at.get(position, value) for position, value in enumerate(values)]


_IDS = _frame()["id"].to_list()
_SCORES = _frame()["s"].to_list()
_MISTAKES: dict[str, pl.DataFrame] = {
    "a null label": _frame(y=_put(["a"] * _N, {3: None, 40: None})),
    "empty and null ids": _frame(id=_put(_IDS, {2: "", 30: None, 59: ""})),
    "whole ids, one null": _frame(id=_put(list(range(_N)), {33: None})),
    "answers that are not finite": _frame(p=_put(["a"] * _N, {0: "nan", 8: "-inf", 20: "", 21: "NaN"})),
    "scores that are not finite": _frame(s=_put(_SCORES, {5: float("nan"), 55: float("inf")})),
    "many null scores": _frame(s=_put(_SCORES, dict.fromkeys(range(10, 30)))),
    "an empty group": _frame(g=_put(["north"] * _N, {58: ""})),
    "an id twice, far apart": _frame(id=_put(_IDS, {1: "twice", 57: "twice"})),
    "many ids twice": _frame(id=[f"row-{at % 40}" for at in range(_N)]),
    "one id in many rows": _frame(id=_put(_IDS, dict.fromkeys(range(4, 24), "again"))),
    "ids that are one id in canonical text": _frame(id=_put(_IDS, {6: "1.0", 50: "1"})),
    "whole ids twice": _frame(id=_put(list(range(_N)), {58: 2, 59: 1})),
    "labels too large to be exact": _frame(y=_put([1.0] * _N, {9: 2.0**60})),
    "mistakes in several columns": _frame(y=_put(["a"] * _N, {9: None}), s=_put(_SCORES, {50: None})),
    "a list as label and text as score": _frame(y=[[1]] * _N, s=["high"] * _N),
    "a missing column": _frame().drop("g").rename({"s": "score"}),
}


def _problems(read: Callable[[], object]) -> list[Problem]:
    with pytest.raises(SeatrialError) as caught:
        read()
    return list(caught.value.problems)


def _large(path: Path, frame: pl.DataFrame, columns: Columns = _COLUMNS) -> LargePredictions:
    frame.write_parquet(path)
    found = read_rows(path, columns, shown=path.name, limits=_LIMITS)
    assert isinstance(found, LargePredictions)
    return found


def _small(path: Path, frame: pl.DataFrame, columns: Columns = _COLUMNS) -> Predictions:
    frame.write_parquet(path)
    found = read_rows(path, columns, shown=path.name)
    assert isinstance(found, Predictions)
    return found


@pytest.mark.parametrize("what", list(_MISTAKES))
def test_mistakes_are_told_as_of_a_table(tmp_path: Path, what: str) -> None:
    """Every problem has the same words, place and next step; rows are counted over the whole file. Mistakes of one
    column are told in the order in which they are met."""
    path = tmp_path / "p.parquet"

    as_table = _problems(lambda: _small(path, _MISTAKES[what]))

    assert sorted(_problems(lambda: _large(path, _MISTAKES[what])), key=str) == sorted(as_table, key=str)


def test_a_record_says_what_the_table_has(tmp_path: Path) -> None:
    """Rows, columns and digest are those of the file; no table is held."""
    path = tmp_path / "p.parquet"
    found, table = _large(path, _frame()), _small(path, _frame())

    assert (found.source, found.rows, found.groups) == (table.source, _N, ("g",))
    assert set(found.columns) == set(table.columns)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (_frame(), _frame(id=_put(_IDS, {4: "new", 44: "other"}))),
        (_frame(), _frame().head(50)),
        (_frame().head(7), _frame()),
        (_frame(), _frame(y=_put(_frame()["y"].to_list(), dict.fromkeys(range(20, 29), "bird")))),
        (_frame(), _frame(g=_put(_frame()["g"].to_list(), {20: "west"}))),
        (_frame(id=list(range(_N))), _frame(id=[str(at) for at in range(1, _N + 1)])),
    ],
    ids=["ids of both alone", "fewer", "more", "labels", "groups", "whole and text ids"],
)
@pytest.mark.parametrize("order", ["same", "shuffled"])
def test_rows_that_cannot_be_paired_are_told_as_of_tables(
    tmp_path: Path, ours: pl.DataFrame, theirs: pl.DataFrame, order: str
) -> None:
    """What differs is counted over the whole file, and the first ids are the first of all."""
    other = theirs if order == "same" else shuffled(theirs)
    tables = _small(tmp_path / "a.parquet", ours), _small(tmp_path / "b.parquet", other)
    pieces = _large(tmp_path / "a.parquet", ours), _large(tmp_path / "b.parquet", other)

    expected, found = _raised(lambda: sample_of(*tables)), _raised(lambda: pieces_of(*pieces))

    assert (type(found), found.problems) == (type(expected), expected.problems)


def _raised(act: Callable[[], object]) -> EvidenceError:
    with pytest.raises(EvidenceError) as caught:
        act()
    return caught.value


@pytest.mark.parametrize("order", ["same", "shuffled"])
@pytest.mark.parametrize("ids", ["text", "whole", "spelled in two ways"])
def test_pieces_put_together_are_the_sample(tmp_path: Path, order: str, ids: str) -> None:
    """Each row of the sample is there once, with both answers, scores and groups."""
    ours = _frame() if ids == "text" else _frame(id=[(at * 37) % _N for at in range(_N)])
    theirs = ours.with_columns(p=pl.Series(["dog", "cat", "bird"] * 20), s=1 - pl.col("s"))
    if ids == "spelled in two ways":
        theirs = theirs.with_columns(id=pl.col("id").cast(pl.String) + ".0")
    theirs = theirs if order == "same" else shuffled(theirs)
    expected = sample_of(_small(tmp_path / "a.parquet", ours), _small(tmp_path / "b.parquet", theirs))

    pieces = pieces_of(_large(tmp_path / "a.parquet", ours), _large(tmp_path / "b.parquet", theirs))

    columns = ("label", "prediction", "score", "value:v", "group:g")
    found = [_rows(sample) for sample in pieces.samples(*columns)]
    assert pieces.outline.classes == expected.classes
    assert sorted(row for piece in found for row in piece) == sorted(_rows(expected))
    assert (pieces.n, len(found)) == (_N, -(-_N // 7) if order == "same" else -(-_N // 11))


def _rows(sample: Any) -> list[tuple[Any, ...]]:
    sides = [[side.answers, side.score, side.values["v"]] for side in (sample.candidate, sample.baseline)]
    return list(zip(sample.labels, sample.groups["g"].codes, *sides[0], *sides[1], strict=True))


def test_only_the_columns_that_are_asked_for_are_read(tmp_path: Path) -> None:
    """A pass over scores reads no labels, and the outline knows of both and has no rows."""
    pieces = _large(tmp_path / "p.parquet", _frame()).held.pieces(None, first=True)

    piece = next(pieces.samples("score"))

    assert (piece.n, piece.labels, piece.candidate.answers, piece.groups) == (7, None, None, {})
    assert piece.candidate.score is not None
    assert pieces.outline.labels is not None
    assert (pieces.outline.n, len(pieces.outline.labels), pieces.outline.groups["g"].names) == (
        0,
        0,
        ("north", "south"),
    )


def test_a_table_and_a_large_file_are_paired(tmp_path: Path) -> None:
    """A CSV file of as many rows is put beside the Parquet file, on either side."""
    frame = _frame()
    large, table = _large(tmp_path / "a.parquet", frame), _small(tmp_path / "b.parquet", shuffled(frame))

    for pair in ((large, table), (table, large)):
        pieces = pieces_of(*pair)
        assert sum(piece.n for piece in pieces.samples("label")) == _N


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_text_is_read_as_a_table_whatever_its_rows(tmp_path: Path, suffix: str) -> None:
    """Only Parquet says beforehand how many rows it has."""
    path = tmp_path / f"p{suffix}"
    _frame().write_csv(path) if suffix == ".csv" else _frame().write_ndjson(path)

    assert isinstance(read_rows(path, _COLUMNS, limits=_LIMITS), Predictions)


def test_the_threshold_is_a_number_of_rows(tmp_path: Path) -> None:
    """One row below it is a table."""
    path = tmp_path / "p.parquet"
    _frame().write_parquet(path)

    assert isinstance(read_rows(path, _COLUMNS, limits=Limits(large_from=_N)), LargePredictions)
    assert isinstance(read_rows(path, _COLUMNS, limits=Limits(large_from=_N + 1)), Predictions)


def test_answers_come_from_a_threshold(tmp_path: Path) -> None:
    """The same answers as in a table."""
    frame = _frame(y=["no", "yes"] * 30).drop("p")
    columns = Columns(score="s", positive="yes", threshold=0.25)
    expected = sample_of(_small(tmp_path / "p.parquet", frame, columns))

    pieces = _large(tmp_path / "p.parquet", frame, columns).held.pieces(None, first=True)

    found = np.concatenate([piece.candidate.answers for piece in pieces.samples("prediction")])
    assert pieces.outline.classes == expected.classes
    assert expected.candidate.answers is not None
    assert found.tolist() == expected.candidate.answers.tolist()


def test_a_threshold_among_three_classes_is_refused_as_of_a_table(tmp_path: Path) -> None:
    """Which class a low score means is not known."""
    frame, columns = _frame().drop("p"), Columns(score="s", positive="cat", threshold=0.25)
    path = tmp_path / "p.parquet"

    assert _problems(lambda: _large(path, frame, columns)) == _problems(lambda: _small(path, frame, columns))


def test_too_many_classes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Codes have 16 bits; what cannot be counted is not read for nothing."""
    monkeypatch.setattr(names, "MOST_NAMES", 20)

    (problem,) = _problems(lambda: _large(tmp_path / "p.parquet", _frame(p=[f"c{at}" for at in range(_N)])))

    assert "`p` has more than 20 different values, too many to be classes" in problem.message
    assert problem.place is not None
    assert problem.place.key == "p"


def test_columns_that_cannot_be_meant_are_refused(tmp_path: Path) -> None:
    """A label compared with itself is always right, in a large file too."""
    with pytest.raises(UsageError):
        _large(tmp_path / "p.parquet", _frame(), Columns(label="y", prediction="y"))


def test_a_damaged_file_is_told_as_it_is_of_a_table(tmp_path: Path) -> None:
    """Cut off, its footer names no rows, and the reader of tables says why."""
    path = tmp_path / "p.parquet"
    _frame().write_parquet(path)
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(EvidenceError, match="its end is missing"):
        read_rows(path, _COLUMNS, limits=_LIMITS)


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The digest before and after must be one, for it names what is judged."""
    told = iter(["b3:" + "0" * 64, "b3:" + "1" * 64])
    monkeypatch.setattr(digest, "of_file", lambda _path: next(told))

    with pytest.raises(EvidenceError, match="changed while it was read"):
        _large(tmp_path / "p.parquet", _frame())


def test_temporary_space_has_no_name(tmp_path: Path) -> None:
    """Whatever ends the process leaves nothing behind, for there is nothing to find."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    path = tmp_path / "p.parquet"
    shuffled(_frame()).write_parquet(path)
    found = read_rows(path, _COLUMNS, scratch=scratch, limits=_LIMITS)
    _frame().write_parquet(path)
    other = read_rows(path, _COLUMNS, scratch=scratch, limits=_LIMITS)

    assert sum(piece.n for piece in pieces_of(found, other).samples("label")) == _N
    assert list(scratch.iterdir()) == []


def test_a_full_disk_is_told_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's mistake in the file."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)

    with pytest.raises(OutsideError, match="No space left on device") as caught:
        _large(tmp_path / "p.parquet", _frame())
    assert "TMPDIR" in (caught.value.next_step or "")
