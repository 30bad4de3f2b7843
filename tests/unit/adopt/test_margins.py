"""Margins and limits that the rows at hand can enforce."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.adopt.margins import ALPHA, DISAGREEMENT, POWER, lowest, paired_margin
from seatrial.stats.paired_power import paired_power


@given(st.integers(1, 50_000))
def test_equal_models_pass_with_the_margin_as_often_as_is_promised(rows: int) -> None:
    margin = paired_margin(rows)

    if margin is None:
        assert paired_power(rows, DISAGREEMENT, margin=0.3, alpha=ALPHA) < POWER
    else:
        assert margin.power >= POWER
        assert margin.power == paired_power(rows, DISAGREEMENT, margin=margin.value, alpha=ALPHA)


def test_more_rows_allow_a_smaller_margin() -> None:
    values = [found.value for rows in (60, 400, 2_000, 20_000) if (found := paired_margin(rows)) is not None]

    assert len(values) == 4
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 4
    assert paired_margin(5) is None


@given(st.floats(0, 1), st.integers(1, 100_000))
def test_a_limit_lies_below_what_was_seen(value: float, rows: int) -> None:
    assert 0 <= lowest(value, rows) <= value + 0.5 / rows + 1e-12


def test_fewer_rows_leave_more_open_and_an_unknown_number_five_hundredths() -> None:
    assert lowest(0.9, 100) < lowest(0.9, 10_000) < 0.9
    assert lowest(0.9, None) == 0.85
