"""Runs of rows: the same however rows come in blocks and partitions, one for each bin of a sorted file."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from seatrial.data.profile.records import Runs
from seatrial.data.profile.runs import RunTaker, joined
from tests.unit.data.compare.tables import profile

CODES = st.lists(st.integers(0, 3), max_size=40)


def runs_of(codes: list[int], *cuts: int) -> Runs:
    """Taken in blocks that end at the cuts."""
    taker = RunTaker([1])
    for start, end in itertools.pairwise([0, *sorted(min(cut, len(codes)) for cut in cuts), len(codes)]):
        block = np.asarray(codes[start:end], dtype=np.uint8)
        taker.add(np.stack([np.zeros_like(block), block]))
    return taker.finish()[0]


@given(CODES, st.integers(0, 40), st.integers(0, 40))
def test_runs_are_those_that_one_counts_however_rows_come_in_blocks(codes: list[int], one: int, other: int) -> None:
    expected = sum(1 for _ in itertools.groupby(codes))

    assert runs_of(codes, one, other) == runs_of(codes)
    assert runs_of(codes).count == expected


@given(CODES, CODES)
def test_runs_of_two_partitions_are_those_of_their_rows(one: list[int], other: list[int]) -> None:
    assert joined(runs_of(one), runs_of(other)) == runs_of(one + other)


def test_a_sorted_column_has_one_run_for_each_bin_and_nulls_are_one() -> None:
    rng = np.random.default_rng(1)
    words = [("b", "a", "c", None)[place] for place in rng.integers(0, 4, 2_000)]
    frame = pl.DataFrame({"x": rng.normal(size=2_000), "word": words})

    by_word, as_it_is = profile(frame.sort("word")), profile(frame)

    assert by_word.columns["word"].runs is not None
    assert by_word.columns["word"].runs.count == 4
    assert as_it_is.columns["word"].runs is not None
    assert as_it_is.columns["word"].runs.count > 1_200
    assert by_word.columns["x"].runs is not None
    assert by_word.columns["x"].runs.count > 1_800
