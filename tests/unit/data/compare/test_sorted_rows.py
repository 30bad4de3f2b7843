"""A file that came to be sorted by a column, or no longer is, is told; how densely it is sampled is not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.verdict import Verdict
from tests.unit.data.compare.tables import TABLES, findings, profile, shop


def order(before: pl.DataFrame, after: pl.DataFrame) -> list[DataFinding]:
    """What is told of the order by a column that is no time."""
    found = findings(profile(before), after)
    return [each for each in found if each.check == "drift.order" and each.column not in ("at", "t")]


def rows(count: int, seed: int) -> pl.DataFrame:
    return shop(count, np.random.default_rng(seed), seed * 1_000_000)


@pytest.mark.parametrize("column", ["bought", "city", "age", "income"])
@pytest.mark.parametrize("descending", [False, True])
def test_rows_sorted_by_a_column_warn_and_name_it(column: str, descending: bool) -> None:
    (told,) = order(rows(3_000, 1), rows(400, 2).sort(column, descending=descending))

    assert (told.column, told.verdict, told.severity) == (column, Verdict.FAIL, Severity.WARNING)
    assert f"in the order of {column} now" in told.message


def test_rows_that_lost_their_order_warn_too() -> None:
    (told,) = order(rows(3_000, 1).sort("bought"), rows(400, 2))

    assert told.verdict is Verdict.FAIL
    assert "no longer in the order of bought" in told.message


def test_rows_that_were_sorted_and_are_tell_nothing() -> None:
    assert order(rows(3_000, 1).sort("city"), rows(400, 2).sort("city")) == []


@pytest.mark.parametrize("name", sorted(TABLES))
def test_clean_rows_tell_nothing(name: str) -> None:
    make = TABLES[name]

    assert order(make(2_000, np.random.default_rng(1), 0), make(300, np.random.default_rng(2), 10_000)) == []


def test_a_slow_signal_that_is_sampled_more_thinly_is_not_out_of_order() -> None:
    """Neighbours in a dense sample lie in one bin, in a thin one they do not; neither is sorted."""
    turns = [np.sin(np.linspace(0, 2 * np.pi * 5, count)) for count in (20_000, 300)]

    assert order(*(pl.DataFrame({"signal": each}) for each in turns)) == []
    assert order(*(pl.DataFrame({"signal": each}) for each in turns[::-1])) == []


def test_a_rare_word_that_happens_to_stand_together_is_no_order() -> None:
    before = pl.DataFrame({"word": ["a"] * 995 + ["b", "a", "b", "a", "b"]})
    after = pl.DataFrame({"word": ["a"] * 297 + ["b"] * 3})

    assert order(before, after) == []
