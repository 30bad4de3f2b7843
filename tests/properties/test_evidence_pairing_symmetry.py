"""Pairing counts rows; which side is called the candidate, and in what order rows lie, does not matter."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatrial.evidence.policy import Columns
from seatrial.evidence.predictions import read_predictions
from seatrial.evidence.records import Predictions
from seatrial.replacing import replace
from tests.support.counting import Paired, pair, right
from tests.support.strategies import FORMATS, Table, table_pairs


def predictions_of(table: Table, suffix: str = ".csv") -> Predictions:
    """The table as the reader sees it."""
    with tempfile.TemporaryDirectory() as folder:
        return read_predictions(table.write(Path(folder) / f"rows{suffix}"), Columns())


@given(table_pairs())
def test_swapping_the_sides_swaps_the_counts(pairs: tuple[Table, Table]) -> None:
    """pair(a, b) is pair(b, a) with candidate and baseline exchanged."""
    first, second = map(predictions_of, pairs)
    there = pair(first, second)
    back = pair(second, first)

    assert back == replace(there, candidate_only=there.baseline_only, baseline_only=there.candidate_only)


@given(table_pairs(), st.sampled_from(FORMATS), st.sampled_from(FORMATS))
def test_counts_add_up_and_agree_with_accuracy(pairs: tuple[Table, Table], ours: str, theirs: str) -> None:
    """The four cells sum to n, and their margins are the two accuracies, across any two formats."""
    first, second = predictions_of(pairs[0], ours), predictions_of(pairs[1], theirs)
    paired = pair(first, second)

    assert paired.n == paired.both_right + paired.candidate_only + paired.baseline_only + paired.both_wrong
    assert right(first) == paired.both_right + paired.candidate_only
    assert right(second) == paired.both_right + paired.baseline_only
    assert paired.candidate_only + paired.baseline_only <= paired.disagreements <= paired.n - paired.both_right


@given(table_pairs(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(pairs: tuple[Table, Table], random: object) -> None:
    """A table and its reverse pair alike."""
    first, second = pairs
    backwards = second.reordered(range(len(second.ids))[::-1])

    assert pair(predictions_of(first), predictions_of(second)) == pair(predictions_of(first), predictions_of(backwards))


@given(table_pairs())
def test_a_model_paired_with_itself_never_disagrees(pairs: tuple[Table, Table]) -> None:
    """Nothing is won or lost against oneself."""
    table = predictions_of(pairs[0])
    rows_right = right(table)

    assert pair(table, table) == Paired(
        n=table.rows,
        both_right=rows_right,
        candidate_only=0,
        baseline_only=0,
        both_wrong=table.rows - rows_right,
        disagreements=0,
    )
