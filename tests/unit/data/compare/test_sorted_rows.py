"""A file that came to be sorted by a column, or no longer is, is told; how densely it is sampled is not."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.compare.columns import compare
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract
from seatrial.data.profile.merging import merged
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


def words(count: int, rows: int, seed: int) -> pl.DataFrame:
    """Rows with one of so many words each, rare and frequent ones."""
    shares = 1 / np.arange(1, count + 1)
    chosen = np.random.default_rng(seed).choice(count, rows, p=shares / shares.sum())
    return pl.DataFrame({"word": [f"w{place * 7919 % count:04d}" for place in chosen]})


def test_rows_sorted_by_a_column_of_many_words_warn() -> None:
    """A profile lists 254 words; the others lie between them."""
    before, after = words(1_000, 6_000, 1), words(1_000, 3_000, 2)

    (told,) = order(before, after.sort("word"))
    assert (told.column, told.verdict) == ("word", Verdict.FAIL)
    (lost,) = order(before.sort("word"), after)
    assert lost.verdict is Verdict.FAIL
    assert order(before, after) == []


@pytest.mark.parametrize("rows", [100, 200, 400, 800])
@pytest.mark.parametrize("count", [300, 1_000, 5_000])
def test_few_rows_of_many_words_are_in_no_order_by_chance(count: int, rows: int) -> None:
    assert order(words(count, 6_000, 1), words(count, rows, 2)) == []


def test_few_rows_that_are_nearly_all_different_change_too_often_for_an_order() -> None:
    """Sorted, 70 rows of 60 words turn nearly as often as in any order."""
    names = [f"w{place:02d}" for place in range(60)]
    rng = np.random.default_rng(1)
    before = pl.DataFrame({"word": rng.choice(names, 3_000)})

    assert order(before, pl.DataFrame({"word": sorted(names + names[:10])})) == []


def test_files_that_are_each_sorted_are_sorted() -> None:
    before = profile(rows(3_000, 1))
    files = merged(profile(rows(300, seed).sort("city"), before.binning) for seed in (2, 3, 4))

    claims, _ = compare(before, files, Contract())

    assert ["in the order of city now" in each.message for each in claims if each.check == "drift.order"][-1]


def test_of_several_columns_that_are_in_order_the_one_that_changed_most_is_told() -> None:
    fine = np.random.default_rng(1).integers(0, 60, 3_000)
    frame = pl.DataFrame({"coarse": fine // 30, "fine": fine})

    (told,) = order(frame, frame.head(400).sort("fine"))

    assert told.column == "fine"
    assert "and in that of 1 more columns" in told.message


def test_p_is_that_of_the_best_of_all_columns() -> None:
    rng = np.random.default_rng(1)
    one = pl.DataFrame({"a": rng.integers(0, 2, 1_000)})
    more = one.with_columns(pl.Series(name, rng.normal(size=1_000)) for name in "bcd")

    (alone,), (of_four,) = (order(frame, frame.head(150).sort("a")) for frame in (one, more))

    assert alone.p is not None
    assert of_four.p is not None
    assert of_four.p / alone.p == pytest.approx(4)


def test_rows_sorted_by_numbers_some_of_which_are_none_are_sorted() -> None:
    rng = np.random.default_rng(1)
    frame = pl.DataFrame({"x": np.where(rng.random(3_000) < 0.1, np.nan, rng.normal(size=3_000))})

    (told,) = order(frame, frame.head(400).sort("x"))

    assert told.verdict is Verdict.FAIL


def test_rows_needed_are_those_for_the_limits_of_the_claim() -> None:
    """An order is asked whether it is gross, so few rows show it."""
    before, after = profile(rows(3_000, 1)), rows(400, 2).sort("city")
    claims, _ = compare(before, profile(after, before.binning), Contract())

    (told,) = (claim for claim in claims if claim.check == "drift.order" and claim.column == "city")

    assert (told.floor, told.detect) == (1.0, 2.0)
    assert told.n_needed is not None
    assert told.n_needed < 20
