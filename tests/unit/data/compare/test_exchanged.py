"""Columns under each other's names: told as that where it is plain, and never where values themselves changed."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import numpy as np
import polars as pl
import pytest

from seatrial.data.compare.exchanged import exchanged
from seatrial.data.findings import DataFinding
from seatrial.data.policy import Contract, Drift
from seatrial.data.profile.records import Profile
from seatrial.replacing import replace
from seatrial.verdict import Verdict
from tests.unit.data.compare.tables import TABLES, findings, profile

COUNTS_UP = {"id", "embedding"}  # an id of later rows is elsewhere; vectors have no figures without bins


@cache
def reference(table: str) -> Profile:
    return profile(TABLES[table](2_000, np.random.default_rng(1), 0))


def rows(table: str, seed: int = 2, count: int = 1_000) -> pl.DataFrame:
    return TABLES[table](count, np.random.default_rng(seed), 10_000)


def judged(table: str, frame: pl.DataFrame, contract: Contract | None = None) -> tuple[DataFinding, ...]:
    before = reference(table)
    return exchanged(findings(before, frame, contract), before, profile(frame, before.binning))


def guesses(found: tuple[DataFinding, ...]) -> dict[str | None, str]:
    """What each column is told to look like."""
    told = [finding for finding in found if "it now looks as " in finding.message]
    assert len({finding.column for finding in told}) == len(told), "one finding of each"
    return {finding.column: finding.message.partition("it now looks as ")[2].partition(" did")[0] for finding in told}


def named(frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    """Values under other names, the columns in their old order."""
    return frame.rename(names).select(frame.columns)


@pytest.mark.parametrize("table", list(TABLES))
def test_whatever_two_columns_are_exchanged_is_told_of_both_and_of_no_other(table: str) -> None:
    """Of like kinds and of unlike ones."""
    frame = rows(table)
    told = 0
    for one, other in combinations(frame.columns, 2):
        found = guesses(judged(table, named(frame, {one: other, other: one})))
        expected = {} if COUNTS_UP & {one, other} else {one: other, other: one}
        assert found == expected, (one, other)
        told += bool(found)

    assert told >= 10


def test_an_exchange_is_asked_as_a_question_and_changes_no_verdict() -> None:
    frame = named(rows("shop"), {"temp": "income", "income": "temp"})
    before = reference("shop")
    plain = findings(before, frame)

    found = exchanged(plain, before, profile(frame, before.binning))

    assert [replace(each, message="") for each in found] == [replace(each, message="") for each in plain]
    [said] = [each.message for each in found if each.column == "temp" and "exchanged" in each.message]
    assert said.endswith("; it now looks as income did: were temp and income exchanged?")


def test_a_header_that_slipped_is_told_column_by_column() -> None:
    """One name too many before the first, the last one lost: no ring, but each step goes to the next column."""
    frame = rows("sensors")
    slipped = frame.rename(dict(zip(frame.columns, ["new", *frame.columns[:-1]], strict=True)))

    found = guesses(judged("sensors", slipped))

    steps = dict(zip(frame.columns, frame.columns[1:], strict=False))
    assert set(found.items()) <= set(steps.items())
    assert len(found) >= 6


def test_a_ring_of_three_is_told() -> None:
    frame = named(rows("shop"), {"temp": "age", "age": "city", "city": "temp"})

    assert guesses(judged("shop", frame)) == {"age": "temp", "city": "age", "temp": "city"}


@pytest.mark.parametrize("table", list(TABLES))
def test_clean_rows_have_no_such_guess(table: str) -> None:
    for seed in range(10, 30):
        assert guesses(judged(table, rows(table, seed, 300))) == {}


@pytest.mark.parametrize("moved", [0.5, 2.0, -3.0])
def test_columns_that_drift_by_themselves_are_not_told_to_be_others(moved: float) -> None:
    frame = rows("shop").with_columns(
        pl.col(name) + moved * pl.col(name).std() for name in ("temp", "income", "age", "quantity")
    )
    found = judged("shop", frame)

    assert sum(finding.verdict is Verdict.FAIL for finding in found) >= 4
    assert guesses(found) == {}


def test_one_step_alone_is_no_guess() -> None:
    """A column that took the values of another, which is itself whole, or gone: what that is, the alarm says."""
    frame = rows("shop")

    assert guesses(judged("shop", frame.with_columns(temp=pl.col("age").cast(pl.Float64)))) == {}
    assert guesses(judged("shop", frame.with_columns(temp=pl.col("age").cast(pl.Float64)).drop("age"))) == {}


def normals(seed: int, **middles: float) -> pl.DataFrame:
    """Columns of one width that lie at these values."""
    draw = np.random.default_rng(seed)
    return pl.DataFrame({name: draw.normal(at, 1, 5_000) for name, at in middles.items()})


def between(old: pl.DataFrame, new: pl.DataFrame) -> dict[str | None, str]:
    before = profile(old)
    return guesses(exchanged(findings(before, new), before, profile(new, before.binning)))


def test_of_two_columns_that_it_might_be_none_is_named() -> None:
    """`a` now lies where both `b` and `c` did; that `b` lies where `a` did does not say which of the two it was."""
    after = normals(2, a=50, b=0, c=900)

    assert between(normals(1, a=0, b=50, c=50), after) == {}
    assert between(normals(1, a=0, b=50, c=70), after) == {"a": "b", "b": "a"}


def test_columns_that_came_nearer_to_each_other_are_not_exchanged() -> None:
    """Each lies within a quarter of a standard deviation of where the other was, and hardly farther from itself."""
    assert between(normals(1, a=0, b=0.45), normals(2, a=0.3, b=0.15)) == {}
    assert between(normals(1, a=0, b=0.9), normals(2, a=0.9, b=0)) == {"a": "b", "b": "a"}


def test_columns_that_are_not_compared_take_no_part() -> None:
    frame = named(rows("shop"), {"temp": "income", "income": "temp"})

    assert guesses(judged("shop", frame, Contract(drift=Drift(off=True)))) == {}
