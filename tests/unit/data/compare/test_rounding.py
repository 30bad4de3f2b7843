"""The grid of numbers: a part that was rounded is told, a change of zeros is not, and chance raises no alarm."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from seatrial.data.claims import Claim, Severity
from seatrial.data.columns import Column, Kind
from seatrial.data.compare.pair import Pair
from seatrial.data.compare.rounding import rounding
from seatrial.data.policy import Drift
from seatrial.data.profile.numbers import NumberTaker
from seatrial.data.profile.records import ColumnBinning, ColumnProfile, Numbers
from seatrial.data.profile.sketches import Sketches

Values = NDArray[np.float64]


def profile(values: Values) -> ColumnProfile:
    column = Column(name="x", source="x", dtype="Float64", kind=Kind.NUMBER)
    taker = NumberTaker(column, ColumnBinning(), Sketches(1))
    taker.hashes(pl.Series(values))
    taker.codes(np.arange(len(values)))
    return taker.finish()


def claim(before: Values, after: Values) -> Claim | None:
    old, new = profile(before), profile(after)
    assert isinstance(old.numbers, Numbers)
    assert isinstance(new.numbers, Numbers)
    pair = Pair(
        name="x",
        before=old,
        after=new,
        binning=ColumnBinning(),
        drift=Drift(),
        severity=Severity.ERROR,
        alpha=1e-4,
    )
    return rounding(pair, old.numbers, new.numbers)


def stands(found: Claim | None) -> bool:
    return found is not None and found.p < 1e-3 and found.low > found.floor


def measured(rows: int, seed: int, digits: int = 2) -> Values:
    return np.round(np.random.default_rng(seed).normal(200, 50, rows), digits)


def test_a_tenth_of_the_rows_cut_to_whole_numbers_is_told() -> None:
    after = measured(500, 2)
    after[:50] = np.trunc(after[:50])

    found = claim(measured(5_000, 1), after)

    assert stands(found)
    assert found is not None
    assert found.message.startswith("x is rounded more coarsely than before: 1")
    assert "whole, was" in found.message


def test_values_given_more_finely_are_told_as_such() -> None:
    found = claim(measured(5_000, 1, digits=1), measured(500, 2, digits=3))

    assert stands(found)
    assert found is not None
    assert "given more finely" in found.message
    assert ": 98.6 % with more than 1 digit after the point, was 0 %: " in found.message


@pytest.mark.parametrize("digits", [0, 1, 2, 8])
def test_other_rows_of_one_source_are_quiet_and_certain(digits: int) -> None:
    """Also with few rows: only a gross share must not go unseen."""
    for seed in range(2, 22):
        found = claim(measured(300, 1, digits), measured(300, seed, digits))
        assert not stands(found)
        assert found is None or found.high < found.detect


def test_zeros_are_on_every_grid_and_tell_nothing() -> None:
    before, after = measured(2_000, 1), measured(500, 2)
    after[:250] = 0.0

    assert not stands(claim(before, after))


def test_all_zeros_now_is_no_error() -> None:
    assert claim(measured(500, 1, digits=0), np.zeros(500)) is None
