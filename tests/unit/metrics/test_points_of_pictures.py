"""What pictures of a model's rows are made of agrees with the metrics, and is as small as promised."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.evidence.records import pieces_of
from seatrial.evidence.sample import Sample, Side
from seatrial.metrics import ranks
from seatrial.metrics.answer_table import OTHERS, answer_table
from seatrial.metrics.large.some_rows import some_of, some_of_pieces
from seatrial.metrics.number_pairs import BARS, errors, is_regression, pairs
from seatrial.metrics.score_curves import POINTS, pooled_curves, score_curves
from seatrial.metrics.trouble import MetricError
from seatrial.replacing import replace
from tests.support.large_models import COLUMNS, as_table, frames, in_pieces
from tests.support.samples import random_sample


def numbers(labels: list[str], answers: list[str], before: list[str] | None = None) -> Sample:
    """A regression of one or two models."""
    names = sorted({*labels, *answers, *(before or [])})

    def codes(texts: list[str]) -> np.ndarray:
        return np.array([names.index(text) for text in texts], dtype=np.int32)

    return Sample(
        n=len(labels),
        classes=tuple(names),
        labels=codes(labels),
        candidate=Side(answers=codes(answers)),
        baseline=None if before is None else Side(answers=codes(before)),
    )


@settings(max_examples=80)
@given(st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=2, max_size=60))
def test_areas_are_those_of_the_metrics_ties_and_all(rows: list[tuple[int, bool]]) -> None:
    """The figure in the legend and the figure in the table are one figure."""
    score = np.array([each for each, _ in rows], dtype=np.float64)
    hit = np.array([each for _, each in rows])
    found = score_curves(score, hit)
    if hit.all() or not hit.any():
        assert found is None
        return

    assert found is not None
    assert found.area == pytest.approx(ranks.auc(score, hit).value, abs=1e-12)
    assert found.average_precision == pytest.approx(ranks.average_precision(score, hit).value, abs=1e-12)
    assert (found.false_positives[0], found.true_positives[0]) == (0, 0)
    assert (found.false_positives[-1], found.true_positives[-1]) == (1, 1)
    assert found.recall[-1] == 1
    assert found.precision[-1] == hit.mean()


def test_many_thresholds_are_few_points_near_the_curve() -> None:
    """The area under the points that were kept is that of all to three digits."""
    sample = random_sample(2, 40_000, 5)
    assert sample.candidate.score is not None
    assert sample.labels is not None
    found = score_curves(sample.candidate.score, sample.labels == 1)
    assert found is not None
    x, y = np.array(found.false_positives), np.array(found.true_positives)

    assert len(x) <= POINTS + 3
    assert len(found.recall) <= POINTS + 2
    assert np.trapezoid(y, x) == pytest.approx(found.area, abs=1e-3)
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= 0).all()


def test_scores_that_are_no_numbers_have_no_curve() -> None:
    assert score_curves(np.array([0.1, np.nan]), np.array([True, False])) is None


def test_classes_are_pooled_as_one_model_of_all_pairs() -> None:
    sample = random_sample(4, 300, 5)
    assert sample.labels is not None
    scores = np.stack([sample.candidate.scores[name] for name in sample.classes], axis=1)
    truth = np.eye(4)[sample.labels].astype(bool)
    found = pooled_curves(sample)

    assert found is not None
    assert found.area == pytest.approx(ranks.auc(scores.ravel(), truth.ravel()).value, abs=1e-12)
    assert pooled_curves(replace(sample, labels=None)) is None


def test_a_table_of_answers_counts_every_row_once_by_label_and_answer() -> None:
    sample = random_sample(5, 700, 3)
    table = answer_table(sample, 12)
    assert table is not None
    assert sample.labels is not None
    assert sample.candidate.answers is not None

    assert table.names == sample.classes
    assert sum(map(sum, table.candidate)) == sum(map(sum, table.baseline or ())) == 700
    assert table.candidate[1][3] == int(((sample.labels == 1) & (sample.candidate.answers == 3)).sum())
    assert table.together == 0


def test_classes_beyond_the_most_are_put_together_the_rarest_first() -> None:
    """Class 9 has most labels and class 0 fewest."""
    sample = random_sample(10, 5000, 3)
    table = answer_table(sample, 4)
    assert table is not None

    assert table.names == ("7", "8", "9", OTHERS)
    assert table.together == 7
    assert sum(map(sum, table.candidate)) == 5000


def test_rows_without_labels_or_answers_have_no_table() -> None:
    sample = random_sample(3, 50, 3)

    assert answer_table(replace(sample, labels=None), 4) is None
    assert answer_table(replace(sample, candidate=Side()), 4) is None


def test_measurements_are_told_from_classes() -> None:
    """Digits are classes though they are numbers, and prices are not."""
    assert not is_regression(numbers(["1", "2", "0"], ["1", "1", "0"]))
    assert is_regression(numbers(["1.5", "2"], ["1", "2"]))
    assert is_regression(numbers([str(at) for at in range(60)], [str(at) for at in range(60)]))
    assert not is_regression(numbers(["1.5", "a"], ["1.5", "a"]))
    assert not is_regression(
        replace(numbers(["1.5"], ["1"]), candidate=Side(answers=np.zeros(1, dtype=np.int32), score=np.ones(1)))
    )


def test_pairs_are_of_the_same_rows_and_reach_both_ends() -> None:
    labels = [f"{at}.5" for at in range(500)]
    sample = numbers(labels, [f"{at}.25" for at in range(500)], labels)
    ours, theirs = pairs(sample, 20)

    assert len(ours) == len(theirs) == 20
    assert (ours[0], ours[-1]) == ((0.5, 0.25), (499.5, 499.25))
    assert all(x == y for x, y in theirs)
    assert [x for x, _ in ours] == [x for x, _ in theirs]


def test_errors_are_shares_of_all_rows_with_the_furthest_in_the_last_bar() -> None:
    """One row that is off by a million does not press the others into one bar."""
    labels = ["0.5"] * 1000
    answers = [f"{0.5 + at / 1000:.3f}" for at in range(999)] + ["1000000.5"]
    found = errors(numbers(labels, answers))

    assert found is not None
    assert len(found.shares[0]) == BARS
    assert sum(found.shares[0]) == pytest.approx(1)
    assert found.high < 1.1
    assert (found.below, found.above) == (True, True)


def test_errors_without_a_width_have_no_bars() -> None:
    assert errors(numbers(["0.5", "1.5"], ["0.5", "1.5"])) is None
    assert errors(numbers(["-1.7e308", "0.5"], ["1.7e308", "0.5"])) is None
    with pytest.raises(MetricError, match="'x' is not a number"):
        errors(numbers(["0.5", "1.5"], ["0.5", "x"]))


def test_some_rows_of_a_large_file_are_those_of_the_table_at_even_steps(tmp_path: Path) -> None:
    """Over the borders of pieces too; and few enough."""
    ours, _ = frames(1000)
    large = in_pieces(tmp_path / "a.parquet", ours, piece_rows=97)
    some = some_of_pieces(pieces_of(large, None), 90)
    table = as_table(tmp_path / "b.parquet", ours, COLUMNS).table

    assert some.n == -(-1000 // 12) <= 90
    assert some.candidate.score is not None
    assert some.candidate.score.tolist() == table["score"].to_list()[::12]
    assert some.labels is not None
    assert [some.classes[at] for at in some.labels] == table["label"].to_list()[::12]
    assert some_of_pieces(pieces_of(large, None)).n == 1000


def test_a_sample_that_is_small_enough_stays_itself() -> None:
    sample = random_sample(3, 50, 3)

    assert some_of(sample, 50) is sample
    assert some_of(sample, 20).n == 17
    assert set(some_of(sample, 20).candidate.scores) == set(sample.candidate.scores)
