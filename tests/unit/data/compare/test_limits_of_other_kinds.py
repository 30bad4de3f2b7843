"""Limits on distances for columns that are no numbers: they are held, or it is said that they cannot be."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from seatrial.data.claims import Severity
from seatrial.data.codes import Check, Reason
from seatrial.data.compare.columns import compare
from seatrial.data.decide import decide
from seatrial.data.findings import DataFinding
from seatrial.data.policy import ColumnRule, Contract, Drift
from seatrial.verdict import Verdict
from tests.support.profiled import profile_of


def flags(share: float, rows: int = 20_000) -> pl.Series:
    return pl.Series(np.arange(rows) < share * rows)


def times(seed: int, *, late: bool) -> pl.Series:
    """Hours of one month, evenly; or most of them in its last third."""
    chance = np.random.default_rng(seed)
    hours = chance.integers(0, 720, 20_000)
    if late:
        hours[5_000:] = chance.integers(480, 720, 15_000)
    return pl.Series(np.datetime64("2026-01-01T00", "us") + hours.astype("timedelta64[h]"))


def units(seed: int, scale: float) -> pl.Series:
    matrix = np.random.default_rng(seed).normal(0, 1, (5_000, 8)) * scale
    return pl.Series(matrix, dtype=pl.Array(pl.Float64, 8))


def held(before: pl.Series, after: pl.Series, contract: Contract) -> dict[str | None, DataFinding]:
    """The findings on limited distances of a column `x`, by statistic."""
    reference = pl.DataFrame({"x": before})
    claims, facts = compare(
        profile_of(reference), profile_of(pl.DataFrame({"x": after}), reference=reference), contract
    )
    every = (*decide(claims, q=0.01), *facts)
    return {finding.statistic: finding for finding in every if finding.check is Check.DISTANCE}


LIMITED = Contract(drift=Drift(max={"kl": 0.1}))


@pytest.mark.parametrize(
    ("before", "like", "unlike"),
    [
        (flags(0.3), flags(0.31), flags(0.7)),
        (times(1, late=False), times(2, late=False), times(3, late=True)),
        (units(1, 1.0), units(2, 1.0), units(3, 2.0)),
    ],
    ids=["flags", "times", "vectors"],
)
def test_a_limit_holds_for_flags_times_and_vectors(before: pl.Series, like: pl.Series, unlike: pl.Series) -> None:
    assert held(before, like, LIMITED)["kl"].verdict is Verdict.PASS
    assert held(before, unlike, LIMITED)["kl"].verdict is Verdict.FAIL


def test_a_distance_that_a_column_does_not_have_is_no_pass() -> None:
    """Words have no order, so that no Wasserstein distance can be told of them."""
    words = pl.Series(["a", "b"] * 500)
    own = Contract(columns={"x": ColumnRule(name="x", drift=Drift(max={"wasserstein": 0.1}))})
    of_all = Contract(drift=Drift(max={"wasserstein": 0.1}))

    (asked,), (said,) = held(words, words, own).values(), held(words, words, of_all).values()

    assert (asked.verdict, asked.reason, asked.severity) == (
        Verdict.INCONCLUSIVE,
        Reason.NOT_LOOKED_AT,
        Severity.ERROR,
    )
    assert (said.verdict, said.severity) == (Verdict.INCONCLUSIVE, Severity.INFO)
    assert "wasserstein" in asked.message


def test_vectors_of_one_length_stay_quiet_when_only_their_rounding_changes() -> None:
    matrix = np.random.default_rng(1).normal(0, 1, (8_000, 16))
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    reference = pl.DataFrame({"x": pl.Series(matrix[:4000], dtype=pl.Array(pl.Float64, 16))})
    for coarser in (np.float32, np.float16):
        rounded = matrix[4000:].astype(coarser).astype(np.float64)
        current = pl.DataFrame({"x": pl.Series(rounded, dtype=pl.Array(pl.Float64, 16))})
        claims, _ = compare(profile_of(reference), profile_of(current, reference=reference), Contract())
        loud = [finding for finding in decide(claims, q=0.01) if finding.verdict is not Verdict.PASS]

        assert [(finding.check, finding.verdict) for finding in loud] == []


def test_what_must_not_go_unseen_is_asked_of_the_column_in_all_rows() -> None:
    """Among 60 values of 2,000 rows a shift of 0.3 sd cannot be excluded; it moves the whole column by 0.05."""
    chance = np.random.default_rng(4)
    sparse = [pl.Series([float(x) for x in chance.normal(0, 1, 60)] + [None] * 1940) for _ in range(2)]
    full = [pl.Series([float(x) for x in chance.normal(0, 1, 60)]) for _ in range(2)]

    def shift(before: pl.Series, after: pl.Series) -> DataFinding:
        reference = pl.DataFrame({"x": before})
        current = profile_of(pl.DataFrame({"x": after}), reference=reference)
        claims, _ = compare(profile_of(reference), current, Contract())
        return next(finding for finding in decide(claims, q=0.01) if finding.check is Check.SHIFT)

    assert shift(*sparse).verdict is Verdict.PASS
    assert shift(*full).verdict is Verdict.INCONCLUSIVE
