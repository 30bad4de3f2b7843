"""Figures in messages: enough decimals, honest comparisons, no minus zero."""

from __future__ import annotations

import pytest

from seatrial.gates import wording
from seatrial.gates.figures import kept
from seatrial.stats.interval import Interval


@pytest.mark.parametrize(("n", "expected"), [(1, 3), (450, 3), (1_000, 3), (1_001, 4), (50_000, 4), (10**7, 4)])
def test_one_row_shows(n: int, expected: int) -> None:
    """The number of decimals grows with the rows, up to four: a hundredth of a point is all that a reader can use."""
    assert wording.decimals_for(n) == expected


def test_margin_is_printed_as_it_was_written() -> None:
    """A margin finer than the decimals of the data keeps its digits."""
    assert [wording.exactly(value, 3) for value in (0.01, 0.0005, 0.92)] == ["0.010", "0.0005", "0.920"]


def test_different_figures_look_different() -> None:
    """Decimals are added until a figure cannot be mistaken for the limit."""
    assert wording.apart(0.91996, 0.92, 3) == "0.91996"
    assert wording.apart(0.92, 0.92, 3) == "0.920"


def test_interval_names_its_level() -> None:
    """The level is two-sided, and an end near the limit keeps its side."""
    text = wording.between(Interval(lower=-0.00998, upper=-0.0), 0.05, 3, limit=-0.01)

    assert text == "90 % interval -0.00998 to 0.000"


def test_a_huge_figure_is_not_spelled_out() -> None:
    """Three hundred digits help nobody."""
    assert wording.number(4.5e300, 0) == "4.5e+300"
    assert wording.number(123456789.25, 1) == "123456789.2"


def test_rows_are_counted_in_words() -> None:
    """One row is not plural, thousands are separated."""
    assert [wording.rows(1), wording.rows(1713)] == ["1 row", "1,713 rows"]


def test_kept_figures_have_no_negative_zero() -> None:
    """Equal numbers are equal text in JSON."""
    assert str(kept(-1e-15)) == "0.0"


@pytest.mark.parametrize(
    ("n", "word", "said"),
    [(1, "query", "1 query"), (2, "query", "2 queries"), (1, "cluster", "1 cluster"), (1713, "row", "1,713 rows")],
)
def test_one_is_told_in_the_singular(n: int, word: str, said: str) -> None:
    assert wording.units(n, word) == said
