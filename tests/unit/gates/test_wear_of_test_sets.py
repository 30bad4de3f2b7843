"""A test set that judged many candidates: how much luck can do, and when it is said."""

from __future__ import annotations

import numpy as np
import pytest

from seatrial.gates import wear


def test_few_candidates_are_not_worth_a_warning() -> None:
    assert wear.warning("m", wear.MANY - 1, 1_000) is None
    assert wear.warning("m", wear.MANY, 1_000) is not None


def test_luck_is_what_the_best_of_many_equal_models_gains() -> None:
    """The mean of the largest of k normal differences, by simulation; the leading term is a little above it."""
    largest = np.random.default_rng(1).normal(size=(4_000, 100)).max(axis=1).mean()

    assert wear.luck(100, 10_000, 0.05) == pytest.approx(largest * (0.05 / 10_000) ** 0.5, rel=0.25)
    assert wear.luck(1, 10_000, 0.05) == 0.0


def test_the_warning_says_how_many_how_much_and_what_to_do() -> None:
    text = wear.warning("digits", 20, 1_000)

    assert text == (
        "20 different candidates of digits were judged on the same 1,000 rows: the best of as many equally good models "
        "looks better by about 0.017 by luck alone; "
        "put fresh rows into the test set, or keep a second one for promotion"
    )
