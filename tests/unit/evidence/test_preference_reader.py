"""Preferences: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from seatrial.errors import EvidenceError
from seatrial.evidence.preference_records import Preference, Preferences, Winner
from seatrial.evidence.preferences import read_preferences

HEADER = "id,order,winner,judge\n"
BOTH = "1,candidate_first,candidate,j@1\n1,baseline_first,tie,j@1\n"


def read(tmp_path: Path, text: str, name: str = "p.csv") -> Preferences:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return read_preferences(tmp_path / name, shown=name)


def test_both_orders_of_an_id_become_one_preference(tmp_path: Path) -> None:
    """Order and winner are kept apart for each id; the judge stands for all rows."""
    preferences = read(tmp_path, f"{HEADER}{BOTH}2.0,baseline_first,baseline,j@1\n")

    assert preferences.by_id == (
        Preference(id="1", candidate_first=Winner.CANDIDATE, baseline_first=Winner.TIE),
        Preference(id="2", candidate_first=None, baseline_first=Winner.BASELINE),
    )
    assert (preferences.judge, preferences.rows, preferences.clustered) == ("j@1", 3, False)


@pytest.mark.parametrize(
    ("order", "letter", "winner"),
    [
        ("candidate_first", "A", Winner.CANDIDATE),
        ("candidate_first", "B", Winner.BASELINE),
        ("baseline_first", "A", Winner.BASELINE),
        ("baseline_first", "B", Winner.CANDIDATE),
    ],
)
def test_a_is_what_was_shown_first(tmp_path: Path, order: str, letter: str, winner: Winner) -> None:
    """Letters name places, and `order` says who stood there; the same for people."""
    (one,) = read(tmp_path, f"id,order,winner,judge,human\n1,{order},{letter},j@1,{letter}\n").by_id

    assert one.winners == (winner,)
    assert one.human is winner


def test_formats_agree(tmp_path: Path) -> None:
    """CSV, JSONL and Parquet give the same records."""
    rows = [
        {"id": 1, "order": "candidate_first", "winner": "A", "judge": "j@1", "human": "tie", "cluster": 7},
        {"id": 1, "order": "baseline_first", "winner": "tie", "judge": "j@1", "human": None, "cluster": 7},
    ]
    pl.DataFrame(rows).write_parquet(tmp_path / "p.parquet")
    pl.DataFrame(rows).write_csv(tmp_path / "p.csv")
    pl.DataFrame(rows).write_ndjson(tmp_path / "p.jsonl")
    found = [read_preferences(tmp_path / f"p.{suffix}").by_id for suffix in ("parquet", "csv", "jsonl")]

    assert found[0] == found[1] == found[2]
    assert (found[0][0].human, found[0][0].cluster) == (Winner.TIE, "7")


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("", "p.csv: ", "empty"),
        (HEADER, "p.csv: ", "holds no preferences"),
        ("id,order,winer,judge\n1,candidate_first,tie,j@1\n", "p.csv:1 winner: ", "no column `winner`"),
        ("id,order,winner\n1,candidate_first,tie\n", "p.csv:1 judge: ", "no column `judge`"),
        (f"{HEADER[:-1]},humans\n1,candidate_first,tie,j@1,tie\n", "p.csv humans: ", "is not one that is read"),
        (f"{HEADER}1,candidate_first,candidat,j@1\n", "p.csv:2 winner: ", "cannot be 'candidat'"),
        (f"{HEADER}1,candidate_first,,j@1\n", "p.csv:2 winner: ", "is empty"),
        (f"{HEADER}1,first,tie,j@1\n", "p.csv:2 order: ", "cannot be 'first'"),
        (f"{HEADER}1,first,A,j@1\n", "p.csv:2 order: ", "cannot be 'first'"),
        (f"{HEADER},candidate_first,tie,j@1\n", "p.csv:2 id: ", "is empty"),
        (f"{HEADER}1,candidate_first,tie,\n", "p.csv:2 judge: ", "is empty"),
        (f"{HEADER}1,candidate_first,tie,j\n", "p.csv:2 judge: ", "the judge 'j' names no version"),
        (f"{HEADER}1,candidate_first,tie,j@\n", "p.csv:2 judge: ", "names no version"),
        (f"{HEADER}1,candidate_first,tie,j@latest\n", "p.csv:2 judge: ", "or one that changes"),
        (
            f"{HEADER}{BOTH}1,baseline_first,tie,j@1\n",
            "p.csv:4 id: ",
            "stands twice as baseline_first; first in line 3",
        ),
        (f"{HEADER}{BOTH}2,baseline_first,tie,j@2\n", "p.csv:4 judge: ", "2 judges in one file: 'j@1', 'j@2'"),
        (
            "id,order,winner,judge,human\n1,candidate_first,tie,j@1,A\n1,baseline_first,tie,j@1,A\n",
            "p.csv:3 human: ",
            "two words",
        ),
        (
            "id,order,winner,judge,cluster\n1,candidate_first,tie,j@1,a\n1,baseline_first,tie,j@1,b\n",
            "p.csv:3 cluster: ",
            "two clusters",
        ),
        ("id,order,winner,judge,cluster\n1,candidate_first,tie,j@1,\n", "p.csv:2 cluster: ", "is empty"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, text: str, where: str, message: str) -> None:
    """Each mistake with its place and a next step."""
    with pytest.raises(EvidenceError) as caught:
        read(tmp_path, text)

    assert any(str(each).startswith(where) and message in each.message for each in caught.value.problems), [
        str(each) for each in caught.value.problems
    ]
    assert all(problem.next_step for problem in caught.value.problems)
