"""Whole tables: clean samples stay quiet, and what breaks in practice is found at n = 500.

A small, seeded part of what `benchmarks/data --corruptions` measures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.findings import DataFinding
from seatrial.data.profile.records import Profile
from seatrial.verdict import Verdict
from tests.unit.data.compare.tables import TABLES, findings, profile

REFERENCE_ROWS = 20_000
ROWS = 500
col = pl.col
Breaking = Callable[[pl.DataFrame, np.random.Generator], pl.DataFrame]


@cache
def reference(table: str) -> Profile:
    return profile(TABLES[table](REFERENCE_ROWS, np.random.default_rng(7), 0))


def sample(table: str, seed: int, rows: int = ROWS) -> pl.DataFrame:
    return TABLES[table](rows, np.random.default_rng(seed), REFERENCE_ROWS)


def alarms(found: Sequence[DataFinding]) -> dict[str, DataFinding]:
    return {
        f"{finding.check} {finding.column}": finding
        for finding in found
        if finding.verdict is Verdict.FAIL and finding.severity is not Severity.INFO
    }


def undecided(finding: DataFinding) -> bool:
    """What is open and counts: a note does not."""
    return finding.verdict is Verdict.INCONCLUSIVE and finding.severity is not Severity.INFO


@pytest.mark.parametrize("table", list(TABLES))
@pytest.mark.parametrize("rows", [500, 5_000])
def test_clean_samples_raise_no_alarm_and_leave_little_open(table: str, rows: int) -> None:
    """About 60 claims a sample at q = 0.01: an alarm in any of these would be one of a hundred samples."""
    found = [findings(reference(table), sample(table, seed, rows)) for seed in range(1_000, 1_006)]

    assert [alarms(each) for each in found] == [{}] * 6
    assert sum(any(undecided(finding) for finding in each) for each in found) <= 2


@pytest.mark.parametrize("table", list(TABLES))
def test_a_small_reference_that_lists_every_word_raises_no_alarm(table: str) -> None:
    """400 rows on both sides: most of the many words come once, and others come in other rows."""
    for seed in range(6):
        small = profile(TABLES[table](400, np.random.default_rng(100 + seed), 0))

        assert alarms(findings(small, sample(table, 9_000 + seed, 400))) == {}


def some(share: float, change: Callable[[str], pl.Expr], column: str) -> Breaking:
    """Change a column in a share of the rows."""

    def broken(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
        chosen = np.zeros(frame.height, dtype=bool)
        chosen[rng.choice(frame.height, round(share * frame.height), replace=False)] = True
        return frame.with_columns(
            pl.when(pl.Series(chosen))
            .then(change(column))
            .otherwise(col(column))
            .cast(frame.schema[column])
            .alias(column)
        )

    return broken


def every(change: Callable[[str], pl.Expr], column: str) -> Breaking:
    """Change a column in all rows."""
    return lambda frame, rng: frame.with_columns(change(column).alias(column))


def value(what: object) -> Callable[[str], pl.Expr]:
    return lambda column: pl.lit(what)


def repeated(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    ids = frame["id"].to_list()
    for place in rng.choice(frame.height - 10, 5, replace=False):
        ids[place] = ids[place + 7]
    return frame.with_columns(pl.Series("id", ids))


def scaled_to_one(frame: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """A tenth of the vectors."""
    vectors = frame["embedding"].to_numpy().copy()
    rows = rng.choice(frame.height, frame.height // 10, replace=False)
    vectors[rows] /= np.linalg.norm(vectors[rows], axis=1, keepdims=True)
    return frame.with_columns(pl.Series("embedding", vectors.tolist(), dtype=frame.schema["embedding"]))


BROKEN: dict[str, tuple[str, Breaking, str]] = {
    "5 % nulls": ("shop", some(0.05, value(None), "temp"), "drift.nulls temp"),
    "shift by 0.3 sd": ("shop", every(lambda c: col(c) + 1.5, "temp"), "drift.shift temp"),
    "wider by 1.3": ("shop", every(lambda c: (col(c) - 20) * 1.3 + 20, "temp"), "drift.spread temp"),
    "columns swapped": (
        "shop",
        lambda frame, rng: frame.rename({"age": "quantity", "quantity": "age"}).select(frame.columns),
        "drift.shift age",
    ),
    "Celsius to Fahrenheit": ("shop", every(lambda c: col(c) * 1.8 + 32, "temp"), "drift.shift temp"),
    "1 % times 1000": ("shop", some(0.01, lambda c: col(c) * 1000, "income"), "drift.beyond income"),
    "2 % typos": (
        "shop",
        some(0.02, lambda c: col(c).str.slice(0, 2) + col(c).str.slice(3), "city"),
        "drift.new_values city",
    ),
    "0.5 % of a new word": ("shop", some(0.005, value("Atlantis"), "city"), "drift.new_values city"),
    "six hours later": ("shop", every(lambda c: col(c).dt.offset_by("6h"), "at"), "drift.hours at"),
    "30 % of the tail lost": (
        "shop",
        lambda frame, rng: frame.sort("at").head(int(frame.height * 0.7)),
        "drift.window at",
    ),
    "mojibake": (
        "shop",
        lambda frame, rng: frame.with_columns(
            pl.Series("city", [text.encode().decode("latin-1") for text in frame["city"]])
        ),
        "drift.new_values city",
    ),
    "20 % stuck": ("shop", some(0.2, value(20.123), "temp"), "drift.frequent_value temp"),
    "1 % sentinel": ("shop", some(0.01, value(-999.0), "temp"), "drift.beyond temp"),
    "rounded to thousands": (
        "shop",
        every(lambda c: (col(c) / 1000).round() * 1000, "income"),
        "drift.rounding income",
    ),
    "1 % of ids repeated": ("shop", repeated, "drift.repeated id"),
    "another label prior": (
        "shop",
        lambda frame, rng: frame.with_columns(
            pl.Series("bought", np.maximum(frame["bought"].to_numpy(), rng.random(frame.height) < 0.3).astype(int))
        ),
        "drift.shape bought",
    ),
    "hidden nulls": ("shop", some(0.03, value("NA"), "city"), "drift.text_marks city"),
    "dates in another form": (
        "reviews",
        some(0.1, lambda c: col(c).str.to_date().dt.strftime("%m/%d/%Y"), "date"),
        "drift.new_values date",
    ),
    "texts cut at 50": ("reviews", every(lambda c: col(c).str.slice(0, 50), "text"), "drift.lengths text"),
    "texts encoded twice": (
        "reviews",
        some(0.05, lambda c: pl.format('"{}"', col(c)), "text"),
        "drift.text_marks text",
    ),
    "vectors scaled to one": ("reviews", scaled_to_one, "drift.norms embedding"),
    "2 % inside the range": ("sensors", some(0.02, value(1.25), "heavy"), "drift.frequent_value heavy"),
    "a tenth cut to whole numbers": ("sensors", some(0.1, lambda c: col(c).floor(), "load"), "drift.rounding load"),
    "a wrong year": ("shop", some(0.03, lambda c: col(c).dt.offset_by("5y"), "at"), "drift.beyond at"),
    "out of order": ("sensors", lambda frame, rng: frame[rng.permutation(frame.height)], "drift.order t"),
    "empty texts": ("reviews", some(0.03, value(""), "text"), "drift.text_marks text"),
    "keys in capitals": ("reviews", every(lambda c: col(c).str.to_uppercase(), "key"), "drift.text_forms key"),
    "a flag turned round": ("reviews", every(lambda c: ~col(c), "verified"), "drift.shape verified"),
    "another embedding": (
        "reviews",
        lambda frame, rng: frame.with_columns(
            pl.Series("embedding", (frame["embedding"].to_numpy() + 0.6).tolist(), dtype=frame.schema["embedding"])
        ),
        "drift.projections embedding",
    ),
    "NaN": ("sensors", some(0.02, value(float("nan")), "heavy"), "drift.not_finite heavy"),
    "a constant changed": ("sensors", every(value(8), "constant"), "drift.shift constant"),
    "whole numbers now": ("sensors", every(lambda c: col(c).round(), "load"), "drift.rounding load"),
    "shares for percent": ("sensors", every(lambda c: col(c) / 100, "humidity"), "drift.shift humidity"),
}


@pytest.mark.parametrize("name", list(BROKEN))
def test_what_breaks_in_practice_is_found_with_500_rows(name: str) -> None:
    table, breaking, expected = BROKEN[name]
    frame = breaking(sample(table, 5_000), np.random.default_rng(1))

    found = alarms(findings(reference(table), frame))

    assert expected in found
    assert {key.split()[1] for key in found} <= {expected.split()[1], "age", "quantity"}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Celsius to Fahrenheit", "Celsius to Fahrenheit"),
        ("1 % times 1000", "about 1,000 times the usual"),
        ("2 % typos", "looks like a typo of"),
        ("six hours later", "look shifted by +6 h"),
        ("30 % of the tail lost", "the tail looks cut off"),
        ("mojibake", "in a wrong encoding"),
        ("20 % stuck", "it looks stuck"),
        ("rounded to thousands", "divisible by 1,000"),
        ("shares for percent", "a hundredth"),
    ],
)
def test_the_message_says_what_happened(name: str, told: str) -> None:
    table, breaking, expected = BROKEN[name]
    frame = breaking(sample(table, 5_000), np.random.default_rng(1))

    assert told in alarms(findings(reference(table), frame))[expected].message


def test_the_same_profiles_give_the_same_findings() -> None:
    frame = sample("shop", 1)

    assert findings(reference("shop"), frame) == findings(reference("shop"), frame)
