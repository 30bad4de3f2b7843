"""The learner: what it can learn, and that it gives the same answer each time."""

from __future__ import annotations

import numpy as np

from seatrial.data.joint import boosting


def _accuracy(codes: boosting.Codes, target: np.ndarray, ordered: np.ndarray) -> float:
    half = len(codes) // 2
    model = boosting.fit(codes[:half], target[:half], ordered, np.ones(half))
    return float(((boosting.score(model, codes[half:]) > 0) == target[half:]).mean())


def test_a_threshold_of_one_column_is_learned() -> None:
    codes = np.random.default_rng(0).integers(0, 16, (2000, 5)).astype(np.uint8)

    assert _accuracy(codes, codes[:, 3] > 6, np.ones(5, dtype=np.bool_)) == 1.0


def test_what_lies_between_two_seen_codes_of_an_ordered_column_goes_with_them() -> None:
    """Learned from even codes only, judged on odd ones."""
    codes = np.random.default_rng(7).integers(0, 8, (1000, 2)).astype(np.uint8) * 2
    model = boosting.fit(codes, codes[:, 0] > 7, np.ones(2, dtype=np.bool_), np.ones(1000))
    between = codes[codes[:, 0] != 6] + 1  # the cut may be on either side of 7

    assert ((boosting.score(model, between) > 0) == (between[:, 0] > 7)).all()


def test_words_in_no_order_are_learned_as_a_set() -> None:
    """Every second word stands for the target: no single cut of their order would do."""
    codes = np.random.default_rng(1).integers(2, 16, (2000, 3)).astype(np.uint8)

    assert _accuracy(codes, codes[:, 1] % 2 == 0, np.zeros(3, dtype=np.bool_)) == 1.0


def test_two_columns_together_are_learned() -> None:
    codes = np.random.default_rng(2).integers(0, 16, (4000, 4)).astype(np.uint8)

    assert _accuracy(codes, (codes[:, 0] > 7) & (codes[:, 2] > 7), np.ones(4, dtype=np.bool_)) > 0.99


def test_noise_is_hardly_learned() -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 16, (4000, 20)).astype(np.uint8)

    assert 0.46 < _accuracy(codes, rng.random(4000) < 0.5, np.ones(20, dtype=np.bool_)) < 0.54


def test_the_gain_names_the_column_that_tells() -> None:
    codes = np.random.default_rng(4).integers(0, 16, (2000, 6)).astype(np.uint8)

    model = boosting.fit(codes, codes[:, 4] > 9, np.ones(6, dtype=np.bool_), np.ones(2000))

    assert model.gains.argmax() == 4
    assert model.gains[4] > 0.9
    assert np.isclose(model.gains.sum(), 1.0)


def test_a_row_of_weight_two_is_two_rows() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 16, (600, 4)).astype(np.uint8)
    target = codes[:, 0] + rng.integers(0, 8, 600) > 11
    order, twice = np.ones(4, dtype=np.bool_), np.arange(600) < 200

    weighted = boosting.fit(codes, target, order, np.where(twice, 2.0, 1.0))
    repeated = boosting.fit(
        np.concatenate([codes, codes[twice]]), np.concatenate([target, target[twice]]), order, np.ones(800)
    )

    assert np.allclose(boosting.score(weighted, codes), boosting.score(repeated, codes))


def test_the_same_rows_give_the_same_scores_to_the_last_bit() -> None:
    rng = np.random.default_rng(6)
    codes, target = rng.integers(0, 16, (500, 8)).astype(np.uint8), rng.random(500) < 0.3
    order = np.ones(8, dtype=np.bool_)

    first, second = (boosting.score(boosting.fit(codes, target, order, np.ones(500)), codes) for _ in range(2))

    assert first.tobytes() == second.tobytes()
