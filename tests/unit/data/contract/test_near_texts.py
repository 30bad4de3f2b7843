"""Texts of one dataset that are nearly in another: exactly those whose words have the asked similarity."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.config.contract import load_contract
from seatrial.data.contract import near_pairs
from seatrial.data.contract.exact_judging import exact_findings
from seatrial.data.contract.near_pairs import Sets, matches, sets_of
from seatrial.data.contract.near_texts import near_shared
from seatrial.data.findings import DataFinding
from seatrial.data.reading.opening import open_dataset
from seatrial.data.reading.records import Dataset
from seatrial.errors import ConfigError
from seatrial.verdict import Verdict
from tests.unit.data.joint.sentences import dressed, sentences, with_a_word_changed

TEXTS = st.lists(st.lists(st.integers(1, 9), max_size=7), max_size=25)


def _sets(texts: list[list[int]]) -> Sets:
    hashes = np.array([word for text in texts for word in text], dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return sets_of(hashes, np.array([len(text) for text in texts], dtype=np.intp), np.arange(len(texts)) + 100)


def _similarity(one: list[int], other: list[int]) -> float:
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 0.0


@given(mine=TEXTS, theirs=TEXTS, near=st.sampled_from([0.5, 0.6, 2 / 3, 0.75, 0.8, 1.0]), pairs=st.integers(1, 60))
def test_matches_are_those_of_a_search_through_all_pairs(
    mine: list[list[int]], theirs: list[list[int]], near: float, pairs: int
) -> None:
    found = matches(_sets(mine), _sets(theirs), near, pairs=pairs)

    expected = [
        place + 100
        for place, text in enumerate(mine)
        if any(_similarity(text, other) >= near - 1e-12 for other in theirs)
    ]
    assert found.rows.tolist() == expected
    for row, first in zip(found.rows.tolist(), found.firsts.tolist(), strict=True):
        assert _similarity(mine[row - 100], theirs[first - 100]) >= near - 1e-12


def test_matches_do_not_depend_on_how_many_words_are_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    texts = [rng.integers(1, 12, rng.integers(1, 9)).tolist() for _ in range(120)]
    whole = matches(_sets(texts[:60]), _sets(texts[60:]), 0.6)

    monkeypatch.setattr(near_pairs, "WORDS", 5)
    found = matches(_sets(texts[:60]), _sets(texts[60:]), 0.6)

    assert 5 < len(whole.rows) < 60
    assert (found.rows.tolist(), found.firsts.tolist()) == (whole.rows.tolist(), whole.firsts.tolist())


def _written(path: Path, *texts: Sequence[str | None]) -> Dataset:
    path.mkdir()
    for place, some in enumerate(texts):
        frame = pl.DataFrame({"n": range(len(some)), "text": some}, schema={"n": pl.Int64, "text": pl.String})
        frame.write_parquet(path / f"{place}.parquet")
    return open_dataset(path)


@pytest.mark.parametrize("block", [50, 1_000_000])
def test_copies_with_a_changed_word_are_found_whatever_the_blocks(tmp_path: Path, block: int) -> None:
    train = sentences(3000, 1, templates=0.0, words=20)
    copies = with_a_word_changed(train[:40], 2) + dressed(train[40:60])
    fresh = sentences(500, 3, templates=0.0, words=20)
    test: list[str | None] = [None, *fresh[:300], *copies, *fresh[300:]]

    count = near_shared(
        _written(tmp_path / "test", test[:310], test[310:]),
        ["text"],
        _written(tmp_path / "train", train),
        0.8,
        block=block,
    )

    assert (count.looked_at, count.repeated) == (560, 60)
    assert count.rows == tuple(range(301, 321))
    assert count.firsts == tuple(range(20))


def _finding(tmp_path: Path, contract: str) -> DataFinding:
    train = _written(tmp_path / "train", ["the quick brown fox jumps", "a b c d e"])
    test = _written(tmp_path / "test", ["The quick brown fox, jumps!", "a b c d f", "what else", None])
    (found,) = exact_findings(test, load_contract(contract.encode(), "c.yaml"), lambda _: train)
    return found


@pytest.mark.parametrize(("near", "rows"), [("0.6", (0, 1)), ("70%", (0,)), ("1", (0,))])
def test_a_contract_finds_texts_by_the_share_of_words_in_common(
    tmp_path: Path, near: str, rows: tuple[int, ...]
) -> None:
    found = _finding(tmp_path, f"disjoint: {{with: train, on: text, near: {near}}}")

    assert (found.verdict, found.rows, found.n) == (Verdict.FAIL, rows, 3)
    assert "row 0 is nearly row 0 there" in found.message


def test_what_is_no_text_cannot_be_near(tmp_path: Path) -> None:
    found = _finding(tmp_path, "disjoint: {with: train, on: n, near: 0.8}")

    assert found.verdict is Verdict.ERROR
    assert "`n` is Int64" in found.message


@pytest.mark.parametrize(
    ("contract", "message"),
    [
        ("disjoint: {with: a, near: 0.8}", "`on` names none"),
        ("disjoint: {with: a, on: text, near: 0.2}", "near must be at least 0.5"),
        ("disjoint: {with: a, on: text, near: much}", "near must be a share"),
        ("duplicates: {}", "has no limit"),
    ],
)
def test_mistakes_of_a_contract_are_told(contract: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_contract(contract.encode(), "c.yaml")
