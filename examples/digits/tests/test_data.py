"""The split must never leak, and must be the same everywhere."""

from pathlib import Path

import pytest

from digits import data


def test_no_digit_is_both_trained_and_tested_on() -> None:
    """Train and test never share an id, and nothing but held-out rows is left aside."""
    train, test = data.split(list(range(1797)), test_rows=data.HELD_OUT)

    assert set(train).isdisjoint(test)
    assert len(train) + len(test) == 1797


def test_smaller_test_set_is_the_beginning_of_a_larger_one() -> None:
    """Changing the number of test rows moves no digit into the training file."""
    train, test = data.split(list(range(1797)), test_rows=900)
    same_train, few = data.split(list(range(1797)), test_rows=150)

    assert train == same_train
    assert test[:150] == few


@pytest.mark.parametrize("rows", [0, -1, data.HELD_OUT + 1])
def test_impossible_number_of_test_rows_is_refused(rows: int) -> None:
    """A test set that is empty or larger than what is held out stops the stage, with a reason."""
    with pytest.raises(SystemExit, match=r"data\.test_rows"):
        data.split(list(range(1797)), test_rows=rows)


def test_files_hold_what_was_prepared(tmp_path: Path) -> None:
    """Prepared files read back as digits: known labels, grey values from 0 to 1."""
    data.prepare(tmp_path / "train.csv", tmp_path / "test.csv", test_rows=150)

    test = data.read(tmp_path / "test.csv")

    assert test.pixels.shape == (150, 64)
    assert set(test.labels) == set(range(10))
    assert test.pixels.min() == 0
    assert test.pixels.max() == 1
