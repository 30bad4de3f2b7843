"""Keys of texts and vectors that small changes mostly leave as they are."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.profile.freezing import frozen
from seatrial.data.profile.merging import merged
from seatrial.data.profile.near_texts import text_keys
from seatrial.data.profile.near_vectors import vector_keys
from seatrial.data.profile.records import Profile
from seatrial.data.profile.serial import read_profile, write_profile
from seatrial.data.profile.taking import Taker
from seatrial.data.profile.words import LONGEST, words
from tests.support.profiled import binning_of, columns_of, profile_of
from tests.unit.data.joint.sentences import sentences


def _keys(*texts: str) -> list[int]:
    return [int(key) for key in text_keys(pl.Series(texts, dtype=pl.String))]


def _hashes(texts: list[str]) -> list[list[int]]:
    found: list[list[int]] = []
    for some in words(pl.Series(texts, dtype=pl.String)):
        ends = np.cumsum(some.counts)
        found += [some.hashes[end - count : end].tolist() for end, count in zip(ends, some.counts, strict=True)]
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The cat sat, on the mat.", "the CAT sat on the mat"),
        ("naïve café, \u201cmenu\u201d\u2014new", "NAÏVE  Café menu new!"),
        ("日本語の文章", "日本語の文章\u2026"),
    ],
)
def test_case_blanks_and_punctuation_do_not_matter(one: str, other: str) -> None:
    assert len(set(_keys(one, other))) == 1


def test_words_are_told_apart_by_their_letters_and_their_order() -> None:
    hashes = _hashes(["ab ba abc a b", "b a"])

    assert len(set(hashes[0])) == 5
    assert hashes[1] == [hashes[0][4], hashes[0][3]]
    assert len(set(_keys("ab cd", "cd ab", "abcd", "a bcd"))) == 4


def test_a_script_without_blanks_has_a_word_for_each_character() -> None:
    assert [len(text) for text in _hashes(["日本語 ok", "한국어", "привет мир"])] == [4, 3, 2]


def test_a_text_without_a_word_has_no_key() -> None:
    assert len(_keys("", "...", " \n\t", "\u2026", "a")) == 1


def test_keys_are_the_same_in_every_version() -> None:
    """What one process writes into a profile another one compares with: a change here needs another `SCHEMA`."""
    assert _keys("The quick brown fox", "a") == [843064991778, 379739746649]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=8))
def test_a_text_has_the_same_words_whatever_stands_beside_it(texts: list[str]) -> None:
    assert _hashes(texts) == [hashes for text in texts for hashes in _hashes([text])]


def test_texts_of_many_pieces_have_the_words_of_each() -> None:
    texts = [*sentences(3000, 1), "x" * 200_000, "\U0001f600 " * 5000]
    whole = _hashes(texts)

    assert whole[:3000:100] == [_hashes([text])[0] for text in texts[:3000:100]]
    assert whole[-2] == _hashes(["x" * LONGEST])[0]


@pytest.mark.parametrize(("count", "functions"), [(20, 3), (100, 5)])
def test_two_texts_share_their_key_with_a_power_of_their_similarity(count: int, functions: int) -> None:
    """One word of `count` changed: of count pairs, the last with the end, two are others."""
    rng = np.random.default_rng(count)
    texts = [[f"w{word}" for word in rng.integers(0, 10**9, count)] for _ in range(3000)]
    changed = [[*text[:-2], "new", text[-1]] for text in texts]
    similarity = (count - 2) / (count + 2)

    same = text_keys(pl.Series(map(" ".join, texts))) == text_keys(pl.Series(map(" ".join, changed)))

    expected = similarity**functions
    assert same.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 3000))


def test_unlike_texts_share_no_key() -> None:
    keys = text_keys(pl.Series(sentences(20_000, 3, templates=0.0, words=40)))

    assert len(np.unique(keys)) > 0.995 * len(keys)


def _vectors(rows: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.random.default_rng(5).normal(size=(rows, 384))


def _vector_keys(matrix: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> list[int]:
    return [int(key) for key in vector_keys(matrix, np.sqrt((matrix**2).sum(axis=1)))]


def test_vectors_keep_their_key_when_scaled_or_stored_with_less_precision() -> None:
    matrix = _vectors(500)
    keys = np.array(_vector_keys(matrix))

    assert np.mean(keys == _vector_keys(matrix * 0.03)) > 0.99
    assert np.mean(keys == _vector_keys(matrix.astype(np.float32).astype(np.float64))) > 0.99
    assert np.mean(keys == _vector_keys(matrix.astype(np.float16).astype(np.float64))) > 0.5
    assert len(set(keys)) == 500
    assert not set(keys) & set(_vector_keys(matrix[:, ::-1]))


def test_vectors_of_no_length_have_no_key() -> None:
    matrix = np.array([[0.0, 0.0], [np.nan, 1.0], [1.0, 2.0]])

    assert len(_vector_keys(matrix)) == 1


def _frame(seed: int, rows: int) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    texts = sentences(rows, seed)
    vectors = rng.normal(size=(rows, 12))
    return pl.DataFrame(
        {
            "text": [*texts[: rows // 2], None, *texts[rows // 2 + 1 :]],
            "vector": vectors,
            "name": texts[:4] * (rows // 4),
        },
        schema_overrides={"vector": pl.Array(pl.Float64, 12)},
    )


def test_samples_of_pieces_are_the_sample_of_the_whole_and_survive_a_file() -> None:
    frame = _frame(1, 20_000)
    whole = profile_of(frame)
    binned = [profile_of(frame[start : start + 7000], reference=frame) for start in range(0, 20_000, 7000)]

    for name in ("text", "vector"):
        near = whole.columns[name].near
        assert near is not None
        assert merged(binned).columns[name].near == near
        assert len(near.keys) == 8192
        assert list(near.keys) == sorted(near.keys)
        assert read_profile(write_profile(whole), file="p").columns[name].near == near
    text = whole.columns["text"].near
    assert text is not None
    assert text.count == 19_999
    assert text.keys == tuple(np.sort(text_keys(frame["text"].drop_nulls()))[:8192].tolist())


def test_keys_are_taken_of_sentences_and_vectors_only() -> None:
    """Labels, names and ids have none, however long."""
    frame = _frame(2, 400).with_columns(
        pl.Series("id", [f"{row:040d}" for row in range(400)]), pl.Series("word", [f"word {row}" for row in range(400)])
    )

    limits = {name: bins.near for name, bins in binning_of(frame).columns.items()}

    assert limits == {"text": 8192, "vector": 8192, "name": 0, "id": 0, "word": 0}


def test_many_columns_share_the_room_for_keys() -> None:
    frame = pl.DataFrame({f"t{place}": sentences(5000, place) for place in range(16)})

    profile = profile_of(frame)

    assert {len(column.near.keys) for column in profile.columns.values() if column.near} == {1024}
    packed = len(write_profile(profile)) - len(write_profile(_without_keys(frame)))
    assert packed < 16 * 8000


def _without_keys(frame: pl.DataFrame) -> Profile:
    binning = binning_of(frame)
    columns = {name: msgspec.structs.replace(bins, near=0) for name, bins in binning.columns.items()}
    taker = Taker(columns_of(frame), frozen(columns, binning.left_out))
    taker.add(frame)
    return taker.finish([("whole", frame.height)])
